// Package email brings an e-mail address into the one form in which it is stored and compared: NFC, lower case.
//
// It owns what counts as an address here: something on both sides of one @, and nothing that cannot be seen or that
// ends a line. It does not own whether mail arrives there; nobody can tell that from the text.
package email
