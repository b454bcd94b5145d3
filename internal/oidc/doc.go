// Package oidc is the relying party of OpenID Connect: it sends a browser to a provider, checks what comes back, and says
// who the provider says it is. It owns the code flow with PKCE, state and nonce, the sealed flow cookie, discovery and keys
// with the guard on where the server may be made to call, signing out at the provider, back-channel sign-out tokens, and
// the guard on where a browser is sent after signing in.
//
// It does not own users, sessions, teams or who may set a provider up, and keeps nothing but caches and the flows that were
// finished. Whom a subject stands for, and whether it may come in, is for others to say.
package oidc
