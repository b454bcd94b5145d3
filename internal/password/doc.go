// Package password keeps and judges passwords.
//
// It owns how a password is brought into one form (RFC 8265), which passwords are good enough, how they are hashed
// (argon2id, as PHC text), and how many are hashed at once. It does not own where the hashes are kept, whose they are, or
// how often somebody may try.
package password
