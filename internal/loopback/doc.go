// Package loopback says which hosts are this machine, and no other.
//
// It owns that one rule, because plain http, mail without TLS and cookies that are not Secure are allowed with this machine
// only. It looks no name up: what a name other than localhost means tomorrow is not ours to say.
package loopback
