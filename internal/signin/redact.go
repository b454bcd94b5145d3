package signin

import "regexp"

// credential is the form of every secret of ours, whole or cut; whole is that of one that could work.
var (
	credential = regexp.MustCompile(`bwk_[a-z]+_[0-9A-Za-z]*`)
	whole      = regexp.MustCompile(`bwk_[a-z]+_[0-9A-Za-z]{20,}`)
)

// HasCredential tells whether a text holds what could be a whole secret of ours.
func HasCredential(text string) bool { return whole.MatchString(text) }

// Redact takes secrets of ours out of a text, whole or cut: somebody may have put one where a name belongs.
func Redact(text string) string { return credential.ReplaceAllString(text, "[secret]") }
