package client

import (
	"context"
	"net/http"
)

// A LoginExchange is the body of POST /api/v1/login: a command line brings the code that a browser brought it.
type LoginExchange struct {
	Code     string `json:"code"`
	Verifier string `json:"verifier"` // the text whose hash began the login: base64url of its SHA-256
}

// Login exchanges a code for a token of whoever let the command line act as them. No token is needed.
func (c *Client) Login(ctx context.Context, r LoginExchange) (IssuedToken, error) {
	return do[IssuedToken](ctx, c, call{method: http.MethodPost, path: "/login", body: r, withoutToken: true})
}
