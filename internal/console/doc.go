// Package console has the pages: signing in and setting up, everybody's own account, and what an administrator of access
// works with: people, teams, service users, platforms, roles, tokens, questions, the audit log, settings.
//
// It owns what pages say and look like, and the forms' way into package signin and package change. It does not judge
// anything: who may come in is signin's to say, what may be seen is sight's, what may be changed is change's. A page
// works without a script but for secrets that come in the part of a link which browsers do not send.
package console
