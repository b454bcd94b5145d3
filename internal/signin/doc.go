// Package signin says who is asking. It owns the format of credentials (tokens, sessions, links and codes), their reading
// from a request, their judging against the state, and the narrowing that a token puts on its subject.
//
// It does not own where tokens are kept (internal/state folds them from the journal), who may issue or end one
// (internal/change), or what a subject may do (access).
package signin
