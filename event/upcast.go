package event

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"strings"
)

// upcasts are the steps from each older version to the one after it, by type; a type that is not here has had one version.
func upcasts() map[string][]upcast {
	return map[string][]upcast{
		// Version 2 says who made a token and which one it follows; what version 1 does not say is not known.
		"token.issued": {asItIs},
		// Version 2 says who ended it.
		"token.revoked": {asItIs}, "token.suspended": {asItIs},
		// Version 2 has an id, which outlives the name.
		"role.put": {roleWithID},
	}
}

// asItIs is the upcast to a version that only has more fields.
func asItIs(facts, personal []byte) ([]byte, []byte, error) { return facts, personal, nil }

// roleWithID gives a role of version 1 the id that follows from its platform and name: the same wherever and whenever the
// event is read.
func roleWithID(facts, personal []byte) ([]byte, []byte, error) {
	var old struct {
		Platform    string   `json:"platform"`
		Name        string   `json:"name"`
		At          string   `json:"at"`
		BasedOn     string   `json:"based_on,omitempty"`
		Permissions []string `json:"permissions"`
		Description string   `json:"description,omitempty"`
	}
	if err := strict(facts, &old); err != nil {
		return nil, nil, err
	}
	sum := sha256.Sum256([]byte(old.Platform + "\x00" + old.Name))
	id := "rol_" + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:16]))
	out, err := json.Marshal(&RolePut{Platform: old.Platform, ID: id, Name: old.Name, At: old.At, BasedOn: old.BasedOn, Permissions: old.Permissions,
		Description: old.Description})
	return out, personal, err
}
