package signin

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
)

// redacted is what every printing of a Secret shows.
const redacted = "[secret]"

// A Secret is a text that nobody sees by accident: whatever prints, logs or encodes it gets a placeholder.
type Secret struct {
	// A pointer, because fmt calls no methods on unexported fields of other structs: it then prints an address.
	text *string
}

func secretOf(text string) Secret { return Secret{text: &text} }

// Reveal returns the text itself, for the one place that shows it to its owner.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// String returns the placeholder.
func (Secret) String() string { return redacted }

// Format writes the placeholder for every verb.
func (Secret) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, redacted) // fmt has no way to hand on a failed write
}

// LogValue is the placeholder.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalJSON writes the placeholder.
func (Secret) MarshalJSON() ([]byte, error) { return json.Marshal(redacted) }

// MarshalText writes the placeholder, also where a Secret is the key of a map.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
