package email

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxBytes is the longest address that mail can carry (RFC 5321, 4.5.3.1.3: 256 with the angle brackets).
const maxBytes = 254

// Normalize returns the stored form of an address, or an error that says what is wrong with it. Two addresses are the
// same person's exactly when their stored forms are equal.
func Normalize(address string) (string, error) {
	if !utf8.ValidString(address) {
		return "", errors.New("the e-mail is not valid UTF-8")
	}
	// Lower-casing can decompose (İ becomes i and a combining dot), so the composition comes last as well as first.
	stored := norm.NFC.String(strings.ToLower(norm.NFC.String(address)))
	if err := check(address, stored); err != nil {
		return "", err
	}
	return stored, nil
}

// check judges the stored form; its errors quote the address as it was given.
func check(address, stored string) error {
	if stored == "" {
		return errors.New("the e-mail is empty")
	}
	if len(stored) > maxBytes {
		return fmt.Errorf("the e-mail has %d bytes and at most %d are possible", len(stored), maxBytes)
	}
	for _, r := range stored {
		if unicode.IsSpace(r) {
			return fmt.Errorf("%q contains a space", address)
		}
		if !unicode.IsPrint(r) {
			return fmt.Errorf("%q contains the invisible character %U", address, r)
		}
	}
	if i := strings.IndexAny(stored, `:*/%,;<>()[]\"`); i >= 0 {
		return fmt.Errorf("%q contains %q, which an e-mail here may not", address, stored[i:i+1])
	}
	switch strings.Count(stored, "@") {
	case 0:
		return fmt.Errorf("%q has no @", address)
	case 1:
	default:
		return fmt.Errorf("%q has more than one @", address)
	}
	local, domain, _ := strings.Cut(stored, "@")
	if local == "" {
		return fmt.Errorf("%q has nothing before the @", address)
	}
	return checkDomain(address, domain)
}

func checkDomain(address, domain string) error {
	if domain == "" {
		return fmt.Errorf("%q has nothing after the @", address)
	}
	for _, label := range strings.Split(domain, ".") {
		if label == "" {
			return fmt.Errorf("%q has an empty part after the @ (a dot too many)", address)
		}
	}
	return nil
}
