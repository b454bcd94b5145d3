// Package seal keeps small texts unreadable where they are stored: client secrets, letters that carry links.
//
// It owns how a text is sealed and how its key is made from the installation's master key. It does not own where the
// master key or the sealed texts are kept.
//
// A sealed text opens only for the purpose, the organization and the id that it was sealed for: whoever can write to
// the database cannot put one organization's secret in another's place.
package seal
