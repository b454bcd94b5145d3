// Package authzen is the door for programs that speak the OpenID AuthZEN Authorization API 1.0: evaluation, evaluations,
// the three searches and the metadata document.
//
// It owns the strict reading and the writing of that protocol's JSON, how its types and names stand for ours, paging, and
// its error answers. It translates, and never decides: the answer is state.Decide's, the caller is signin's.
//
// What stands in a request's properties and context never changes a decision: facts come from the journal only.
package authzen
