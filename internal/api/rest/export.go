package rest

import (
	"encoding/json"
	"strings"

	"go.yaml.in/yaml/v3"

	"bailiwick/event"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/change"
	"bailiwick/internal/fault"
)

func export(a *asking) (any, error) {
	if err := a.view().Everything(); err != nil {
		return nil, err
	}
	facts, err := a.wanted()
	if err != nil {
		return nil, err
	}
	if err := a.view().Everything(); err != nil {
		return nil, err
	}
	file, _, err := change.Export(facts.State)
	if err != nil {
		return nil, err
	}
	text, err := accessfile.Write(file)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "the export cannot be written")
	}
	org := &file.Organization
	rows := len(org.Users) + len(org.ServiceUsers) + len(org.Teams) + len(org.Grants)
	// First the row, then the answer: no data leaves without one.
	if err := a.Changes.Note(a.r.Context(), a.caller.Organization, a.actor(), &event.Exported{What: "access_file", Rows: rows}); err != nil {
		return nil, err
	}
	a.facts(facts.State)
	if accept := strings.Join(a.r.Header.Values("Accept"), ","); strings.Contains(accept, "application/json") && !strings.Contains(accept, "text/yaml") {
		return keysOf(text)
	}
	return plainText{media: "text/yaml; charset=utf-8", text: text}, nil
}

// keysOf reads YAML of ours as what JSON can say.
func keysOf(text []byte) (any, error) {
	var keys any
	if err := yaml.Unmarshal(text, &keys); err != nil {
		return nil, fault.Wrap(fault.Internal, err, "the export cannot be read")
	}
	if _, err := json.Marshal(keys); err != nil {
		return nil, fault.Wrap(fault.Internal, err, "the export cannot be written as JSON")
	}
	return keys, nil
}
