package signin

const (
	linkPrefix   = "bwk_link_"
	secretPrefix = "sec_"
)

// NewLink makes the secret of a one-time link, with the hash that is kept of it. It stands in the part of an address that
// browsers do not send.
func NewLink() (secret Secret, hash string) {
	secret = newSecret(linkPrefix)
	return secret, HashOf(secret.Reveal())
}
