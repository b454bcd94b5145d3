package client

import "time"

// A QuestionRequest is the body of POST /api/v1/check and POST /api/v1/explain.
type QuestionRequest struct {
	Who        string `json:"who"`        // "user:ana@acme.test", "ana@acme.test", "service_user:ci", "ci"
	Permission string `json:"permission"` // "runs.launch", "dagster.runs.launch"
	Resource   string `json:"resource"`   // "dagster/prod/etl"
	Reading
}

// A Check is one decision and one line of why: the answer of POST /api/v1/check.
type Check struct {
	Decision   string    `json:"decision"` // "allow" or "deny"
	Allowed    bool      `json:"allowed"`
	Code       string    `json:"code"` // "granted", "not_granted", "unknown_subject", "unknown_resource"
	Subject    string    `json:"subject"`
	Permission string    `json:"permission"` // with its platform: "dagster.runs.launch"
	Resource   string    `json:"resource"`
	At         time.Time `json:"at"`
	Why        string    `json:"why"`
	Facts
}

// An Explanation is the answer of POST /api/v1/explain: Check's keys and these.
type Explanation struct {
	Check
	Name     string   `json:"name,omitempty"`    // the subject's, for people
	Title    string   `json:"title,omitempty"`   // the permission's, for people
	Level    string   `json:"level"`             // kind that the permission is asked at
	Kind     string   `json:"kind"`              // of the resource
	License  string   `json:"license,omitempty"` // the subject's on the platform; "none" where it has none
	Inactive bool     `json:"inactive"`
	Reasons  []Reason `json:"reasons"`
	Fixes    []Fix    `json:"fixes"`
}

// A Reason is one grant that has to do with an answer.
type Reason struct {
	Outcome string `json:"outcome"` // "wins", "contributes", "lost"
	Why     string `json:"why"`     // stable word
	Detail  string `json:"detail"`
	Via     string `json:"via"` // "" for an own grant; "team:data", "license:it", "membership"
	Grant   Grant  `json:"grant"`
}

// A Grant gives a role: to whom, at which scope, for which environments, from and until when.
type Grant struct {
	To           string     `json:"to"`
	Role         string     `json:"role"`
	On           string     `json:"on"`
	Environments []string   `json:"environments,omitempty"`
	From         *time.Time `json:"from,omitempty"`
	Until        *time.Time `json:"until,omitempty"`
}

// A Fix is one way to turn a deny into an allow.
type Fix struct {
	Text  string `json:"text"`
	Steps []Step `json:"steps"`
}

// A Step is one change of a fix.
type Step struct {
	Kind     string `json:"kind"` // "grant", "reactivate", "license", "member", "join"
	Text     string `json:"text"`
	Grant    *Grant `json:"grant,omitempty"`
	Platform string `json:"platform,omitempty"`
	License  string `json:"license,omitempty"`
	Team     string `json:"team,omitempty"`
}

// A SearchRequest is the body of POST /api/v1/search. With Who it asks what somebody may do and is answered with a
// WhatCan; without, who may do it, and is answered with a WhoCan.
type SearchRequest struct {
	Who        string `json:"who,omitempty"`
	Permission string `json:"permission,omitempty"` // only without Who
	Resource   string `json:"resource,omitempty"`   // with Who: only there
	Reading
}

// A WhoCan lists everybody who may do something.
type WhoCan struct {
	Permission string    `json:"permission"`
	Resource   string    `json:"resource"`
	At         time.Time `json:"at"`
	Count      int       `json:"count"`
	Subjects   []Holder  `json:"subjects"`
	Facts
}

// A Holder is somebody who may, and the nearest grant by which they may.
type Holder struct {
	Subject string `json:"subject"`
	Name    string `json:"name,omitempty"`
	Role    string `json:"role"`
	On      string `json:"on"`
	Via     string `json:"via"`
}

// A WhatCan lists what somebody may do: permissions at one resource, or resources.
type WhatCan struct {
	Subject     string       `json:"subject"`
	At          time.Time    `json:"at"`
	Resource    string       `json:"resource,omitempty"`
	Roles       []string     `json:"roles,omitempty"`
	Permissions []Permission `json:"permissions,omitempty"`
	Resources   []Holding    `json:"resources,omitempty"`
	Facts
}

// A Permission is one that somebody has.
type Permission struct {
	Permission string `json:"permission"`
	Title      string `json:"title"`
	Level      string `json:"level"`
}

// A Holding is a resource at which somebody has something.
type Holding struct {
	Resource    string   `json:"resource"`
	Kind        string   `json:"kind"`
	Roles       []string `json:"roles"`
	Permissions []string `json:"permissions"`       // asked at this resource's own level
	Summary     string   `json:"summary,omitempty"` // them, for the eye: "everything (18)", "runs.*, secrets.edit"
}

// A TestRequest is the body of POST /api/v1/test. Without File the stored policy tests are run; with it, those of the
// file. Both are run on the server's facts.
type TestRequest struct {
	Document
	Reading
}

// Tests is the answer of POST /api/v1/test.
type Tests struct {
	Passed int        `json:"passed"`
	Failed int        `json:"failed"`
	Tests  []TestLine `json:"tests"`
	Facts
}

// A TestLine is one assertion and whether it holds.
type TestLine struct {
	Passed      bool         `json:"passed"`
	Place       string       `json:"place"` // FILE:LINE:COLUMN; of a stored one "tests[3]"
	Says        string       `json:"says"`
	Explanation *Explanation `json:"explanation,omitempty"` // of a failed one
}
