package cli

import (
	"bytes"
	"encoding/json"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// The types of package client and those of this file are the keys of -o json and -o yaml: add, never rename.

// editionsAnswer is what editions prints.
type editionsAnswer struct {
	Editions []editionAnswer `json:"editions"`
}

type editionAnswer struct {
	Edition     string   `json:"edition"`
	Product     string   `json:"product"`
	Permissions int      `json:"permissions"`
	Roles       []string `json:"roles"`
}

type versionAnswer struct {
	Version string `json:"version"`
}

// object prints an answer for programs.
func (s *session) object(answer any) error {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(answer); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	if s.output == "yaml" {
		return s.yaml(text.Bytes())
	}
	_, err := s.Stdout.Write(text.Bytes())
	return err
}

// yaml prints JSON, which YAML includes, in YAML's own form: the same keys in the same order.
func (s *session) yaml(text []byte) error {
	var node yaml.Node
	if err := yaml.Unmarshal(text, &node); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	plain(&node)
	encoder := yaml.NewEncoder(s.Stdout)
	encoder.SetIndent(2)
	return encoder.Encode(&node)
}

// plain removes the style that JSON gave the nodes; the encoder quotes where it must.
func plain(node *yaml.Node) {
	node.Style = 0
	for _, child := range node.Content {
		plain(child)
	}
}
