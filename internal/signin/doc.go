// Package signin says who is asking. It owns the format of credentials (tokens, sessions, links and codes), their reading
// from a request, their judging against the state, and the narrowing that a token puts on its subject; and the Desk, where
// people get in and out: with a password, a link, an identity provider, or by breaking the glass.
//
// It does not own where tokens are kept (internal/state folds them from the journal) and sessions (internal/journal), who
// may issue or end one (internal/change), how passwords are hashed (internal/password), guesses counted (internal/lockout)
// and providers asked (internal/oidc), or what a subject may do (access).
package signin
