// Package reference writes the reference pages of the role models: docs/reference/<edition>.md.
//
// It owns the wording and the layout of those pages. It does not own what they say: that is the models', and a test
// fails when a page is not what its model gives. "go generate ./internal/reference" writes them anew.
package reference

//go:generate go run ./cmd/genreference ../../docs/reference
