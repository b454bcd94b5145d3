package signin

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"hash/crc32"
	"math/big"
	"strings"

	"bailiwick/internal/fault"
)

// A Kind is what a token is for. A door takes the kinds that it is for, and no other.
type Kind string

// The kinds, as they stand in a token's text and in event.TokenIssued.
const (
	UserToken        Kind = "user"
	ServiceUserToken Kind = "svc"
	AgentToken       Kind = "agent"
	ScimToken        Kind = "scim"
	GateToken        Kind = "gate"
)

// A token is "bwk_", its kind, "_", 256 random bits and a checksum of all before it. It does not name its organization: a
// name in clear would leak, and a number would be a promise that restores and renames have to keep. The organization is
// found by the hash (see Reader).
const (
	prefix      = "bwk_"
	randomBytes = 32
	randomChars = 43 // 62^43 > 2^256
	checkChars  = 6  // 62^6 > 2^32
	lastChars   = 4
)

// maxToken is the length of the longest token.
const maxToken = len(prefix) + len(AgentToken) + 1 + randomChars + checkChars

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

func known(kind Kind) bool {
	switch kind {
	case UserToken, ServiceUserToken, AgentToken, ScimToken, GateToken:
		return true
	}
	return false
}

// Mint makes a token. The secret is shown once; its hash and its last characters are what may be kept.
func Mint(kind Kind) (secret Secret, hash, last string, err error) {
	if !known(kind) {
		return Secret{}, "", "", fault.New(fault.Invalid, "there is no token kind %q", kind).In("kind").
			Rather("one of user, svc, agent, scim, gate")
	}
	text := prefix + string(kind) + "_" + randomText()
	text += checksum(text)
	return secretOf(text), HashOf(text), text[len(text)-lastChars:], nil
}

// Parse reads a token's text without looking anything up: the kind that it claims and the hash to find it by. A mistyped
// or cut text fails here.
func Parse(text string) (kind Kind, hash string, err error) {
	bad := func() (Kind, string, error) {
		return "", "", fault.New(fault.Unauthenticated, "this is no token of Bailiwick").By("token_format")
	}
	if len(text) > maxToken || !strings.HasPrefix(text, prefix) {
		return bad()
	}
	word, rest, found := strings.Cut(text[len(prefix):], "_")
	if !found || !known(Kind(word)) || len(rest) != randomChars+checkChars || !alphanumeric(rest) {
		return bad()
	}
	body := len(text) - checkChars
	if checksum(text[:body]) != text[body:] { // no secret: it follows from what stands before it
		return bad()
	}
	return Kind(word), HashOf(text), nil
}

// HashOf is the form in which a secret is kept: SHA-256 of its whole text in base64 for addresses, without padding. A
// secret of 256 random bits needs no slow hash.
func HashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// SameHash compares two hashes in a time that does not depend on where they differ.
func SameHash(a, b string) bool {
	return a != "" && subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}

// randomText is 256 bits from the system's source, which cannot fail without ending the program.
func randomText() string {
	var b [randomBytes]byte
	_, _ = rand.Read(b[:])
	return digits(new(big.Int).SetBytes(b[:]), randomChars)
}

// checksum tells tokens from texts that only look like one, before any lookup.
func checksum(text string) string {
	var b [checkChars]byte
	for i, sum := checkChars-1, crc32.ChecksumIEEE([]byte(text)); i >= 0; i, sum = i-1, sum/uint32(len(base62)) {
		b[i] = base62[sum%uint32(len(base62))]
	}
	return string(b[:])
}

func digits(n *big.Int, width int) string {
	b := make([]byte, width)
	base, digit := big.NewInt(int64(len(base62))), new(big.Int)
	for i := width - 1; i >= 0; i-- {
		n.QuoRem(n, base, digit)
		b[i] = base62[digit.Int64()]
	}
	return string(b)
}

func alphanumeric(text string) bool {
	for i := range len(text) {
		if c := text[i]; (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}
