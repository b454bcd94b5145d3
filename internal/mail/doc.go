// Package mail writes letters to people and sends them.
//
// It owns the letters' texts, the outbox's worker (when a letter is tried again, and when it is given up), and the ways
// out: SMTP, or a directory of .eml files for a demo and for teams whose network has no mail. Every link in a letter
// begins with the address of the configuration, never with what a request said.
//
// It does not own the table in which letters wait (internal/journal), their sealing (internal/seal), nor who gets which
// letter and when.
//
// A letter is sent at least once: where the server stops between a delivery and its noting, it is sent again after the
// lease, with the same Message-ID.
package mail
