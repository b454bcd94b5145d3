// Package console has the pages: signing in and out, choosing a password, setting up the server, and everybody's own account.
//
// It owns what pages say and look like, and the forms' way into package signin and package change. It does not judge
// anything: who may come in is signin's to say, what may be changed is change's. A page works without a script but for
// secrets that come in the part of a link which browsers do not send.
package console
