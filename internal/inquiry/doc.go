// Package inquiry answers what both APIs are asked about people, their access and the platforms, in the types of package
// client: the lists, and the questions of who may do what. Every door that is asked the same calls it, so that all say the same.
//
// It does not own what somebody may see (internal/sight), what access says (access) and its sentences (internal/answer), how
// pages are cut (internal/paging), nor how a door reads a question and writes the answer (internal/api).
package inquiry
