package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"bailiwick/access"

	"go.yaml.in/yaml/v3"
)

// The types of this file are the keys of -o json and -o yaml: add, never rename.

// checkAnswer is what check prints.
type checkAnswer struct {
	Decision   string    `json:"decision"` // "allow" or "deny"
	Allowed    bool      `json:"allowed"`
	Code       string    `json:"code"` // "granted", "not_granted", "unknown_subject", "unknown_resource"
	Subject    string    `json:"subject"`
	Permission string    `json:"permission"` // with its platform: "dagster.runs.launch"
	Resource   string    `json:"resource"`
	At         time.Time `json:"at"`
	Why        string    `json:"why"`
}

// explainAnswer is what explain prints: check's keys and these.
type explainAnswer struct {
	checkAnswer
	Level    string         `json:"level"`             // kind that the permission is asked at
	Kind     string         `json:"kind"`              // of the resource
	License  string         `json:"license,omitempty"` // the subject's on the platform; "none" where it has none
	Inactive bool           `json:"inactive"`
	Reasons  []reasonAnswer `json:"reasons"`
	Fixes    []fixAnswer    `json:"fixes"`
}

type reasonAnswer struct {
	Outcome string      `json:"outcome"` // "wins", "contributes", "lost"
	Why     string      `json:"why"`
	Detail  string      `json:"detail"`
	Via     string      `json:"via"` // "" for an own grant; "team:data", "license:it", "membership"
	Grant   grantAnswer `json:"grant"`
}

type grantAnswer struct {
	To           string     `json:"to"`
	Role         string     `json:"role"`
	On           string     `json:"on"`
	Environments []string   `json:"environments,omitempty"`
	From         *time.Time `json:"from,omitempty"`
	Until        *time.Time `json:"until,omitempty"`
}

type fixAnswer struct {
	Text  string       `json:"text"`
	Steps []stepAnswer `json:"steps"`
}

type stepAnswer struct {
	Kind     string       `json:"kind"` // "grant", "reactivate", "license", "member", "join"
	Text     string       `json:"text"`
	Grant    *grantAnswer `json:"grant,omitempty"`
	Platform string       `json:"platform,omitempty"`
	License  string       `json:"license,omitempty"`
	Team     string       `json:"team,omitempty"`
}

// whoAnswer is what who-can prints.
type whoAnswer struct {
	Permission string          `json:"permission"`
	Resource   string          `json:"resource"`
	At         time.Time       `json:"at"`
	Count      int             `json:"count"`
	Subjects   []subjectAnswer `json:"subjects"`
}

type subjectAnswer struct {
	Subject string `json:"subject"`
	Name    string `json:"name,omitempty"`
	Role    string `json:"role"`
	On      string `json:"on"`
	Via     string `json:"via"`
}

// whatAnswer is what what-can prints, with permissions at one resource or with resources.
type whatAnswer struct {
	Subject     string             `json:"subject"`
	At          time.Time          `json:"at"`
	Resource    string             `json:"resource,omitempty"`
	Roles       []string           `json:"roles,omitempty"`
	Permissions []permissionAnswer `json:"permissions,omitempty"`
	Resources   []resourceAnswer   `json:"resources,omitempty"`
}

type permissionAnswer struct {
	Permission string `json:"permission"`
	Title      string `json:"title"`
	Level      string `json:"level"`
}

type resourceAnswer struct {
	Resource    string   `json:"resource"`
	Kind        string   `json:"kind"`
	Roles       []string `json:"roles"`
	Permissions []string `json:"permissions"` // asked at this resource's own level
}

// diffAnswer is what diff prints.
type diffAnswer struct {
	Changed bool           `json:"changed"`
	At      time.Time      `json:"at"`
	Objects []objectAnswer `json:"objects"`
	Access  []accessAnswer `json:"access"`
	Gained  int            `json:"gained"` // permissions at single resources
	Lost    int            `json:"lost"`
}

type objectAnswer struct {
	Change string `json:"change"` // "added", "removed", "changed"
	Kind   string `json:"kind"`   // "platform", "resource", "user", "service_user", "team", "role", "grant", "test"
	Name   string `json:"name"`
	Detail string `json:"detail,omitempty"`
}

type accessAnswer struct {
	Subject   string   `json:"subject"`
	Under     string   `json:"under"`     // the resource, or the common parent of several
	Resources []string `json:"resources"` // all that the line stands for
	Gained    []string `json:"gained,omitempty"`
	Lost      []string `json:"lost,omitempty"`
}

// testAnswer is what test prints.
type testAnswer struct {
	Passed int             `json:"passed"`
	Failed int             `json:"failed"`
	Tests  []assertionLine `json:"tests"`
}

type assertionLine struct {
	Passed      bool           `json:"passed"`
	Place       string         `json:"place"` // FILE:LINE:COLUMN
	Says        string         `json:"says"`
	Explanation *explainAnswer `json:"explanation,omitempty"` // of a failed one
}

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

func grantOf(g access.Grant) grantAnswer {
	answer := grantAnswer{To: g.To.String(), Role: g.Role, On: g.On, Environments: g.Environments}
	if !g.From.IsZero() {
		answer.From = &g.From
	}
	if !g.Until.IsZero() {
		answer.Until = &g.Until
	}
	return answer
}
