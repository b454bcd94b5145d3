// Package examples holds access files to read, to copy and to ask: one small organization for each product, and Acme,
// a realistic one with all of them.
//
// It owns the files and their bytes. It does not read them.
package examples

import _ "embed"

//go:embed acme.yaml
var acme []byte

// Acme returns the text of the realistic example.
func Acme() []byte { return append([]byte(nil), acme...) }
