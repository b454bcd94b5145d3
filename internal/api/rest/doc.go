// Package rest is the door of Bailiwick's own JSON API, /api/v1: the server's side of package client, whose types every
// request and answer has.
//
// It owns the routes, how a request is read (strictly) and an answer written, and who may read what, by package sight. It translates
// and never decides: answers are package answer's on the facts of package state, changes are package change's, the caller
// is package signin's.
//
// # Who may read what
//
// A token names the organization; there is no way to name another one. What is not listed here is not answered:
//
//   - Oneself: whoami, check, explain and what-can about oneself, one's own record, grants and tokens. Always.
//   - Everything: whoever holds audit.read at org (the roles owner and auditor). Only they may diff, test, export, plan and
//     apply, whose answers are about everybody.
//   - What concerns one platform: whoever holds what the platform's edition asks for people.view, at its root. They see
//     its members (explicit, or by a grant or a license there) with their e-mails; teams, service users and agents that have a
//     grant there, or none anywhere; grants there; and may check, explain and search about its resources. Of what they see,
//     they are shown what concerns that platform. Whoever sees several platforms names one to list users.
//   - Tokens of others: whoever holds what the directory, or a platform for its members, asks for token.list_all.
//
// All of it is judged on the present state, also where facts of the past are asked. A narrowed token narrows all of it: it
// reads with rights that it lets through, and what it shows of its subject is what it lets through.
//
// What somebody may not see and what does not exist are answered alike: 404 for whoever sees some others, 403 for whoever
// sees nobody, also where a change fails for it.
//
// # What is kept of it
//
// A refusal is activity of its subject; so are reads of others' tokens, plans, tests and comparisons. An export is a row of
// the journal. A request with a credential where a name belongs is refused, and what looks like one is taken out of every
// error.
package rest
