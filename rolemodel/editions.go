package rolemodel

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"strings"

	"bailiwick/access"
	"bailiwick/internal/suggest"
)

//go:embed editions/*.yaml
var shipped embed.FS

// Editions returns the names of the shipped editions, sorted.
func Editions() []string {
	entries, err := shipped.ReadDir("editions")
	if err != nil {
		panic("rolemodel: the embedded editions cannot be listed: " + err.Error())
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	return names
}

// Edition returns a shipped edition. Each call reads it anew, so that the model is the caller's own.
func Edition(name string) (*access.Model, error) {
	text, err := EditionText(name)
	if err != nil {
		return nil, err
	}
	return Load(name+".yaml", text)
}

// EditionText returns the file of a shipped edition as it was shipped.
func EditionText(name string) ([]byte, error) {
	for _, known := range Editions() {
		if known == name {
			text, err := shipped.ReadFile("editions/" + name + ".yaml")
			if err != nil {
				return nil, fmt.Errorf("reading role model edition %q: %w", name, err)
			}
			return text, nil
		}
	}
	return nil, fmt.Errorf("there is no role model edition %q; %s (shipped: %s)",
		name, suggest.OneOf(name, Editions()), strings.Join(Editions(), ", "))
}

// EditionHash returns the Hash of a shipped edition. A platform pins its edition by it.
func EditionHash(name string) (string, error) {
	text, err := EditionText(name)
	if err != nil {
		return "", err
	}
	return Hash(text), nil
}

// Hash returns the content hash of an edition's text: SHA-256 in hexadecimal.
func Hash(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
