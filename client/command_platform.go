package client

import (
	"encoding/json"
	"time"
)

// OrganizationSet sets a switch of the organization.
type OrganizationSet struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// PlatformAttach attaches a product.
type PlatformAttach struct {
	Platform string            `json:"platform"`        // slug: "dagster"
	Model    string            `json:"model"`           // an edition's name: "dagster-plus"
	Text     string            `json:"text,omitempty"`  // of an edition of one's own, YAML
	Plan     string            `json:"plan,omitempty"`  // "": everything
	Seats    int               `json:"seats,omitempty"` // 0: no limit
	Authzen  bool              `json:"authzen,omitempty"`
	Settings map[string]string `json:"settings,omitempty"`
}

// PlatformUpdate changes a platform. What is left out stays; of Settings, the keys that are named change, and "" unsets one.
type PlatformUpdate struct {
	Platform string            `json:"platform"`
	Model    *string           `json:"model,omitempty"` // moves to another edition
	Text     *string           `json:"text,omitempty"`  // of an edition of one's own, YAML
	Plan     *string           `json:"plan,omitempty"`
	Seats    *int              `json:"seats,omitempty"`
	Authzen  *bool             `json:"authzen,omitempty"`
	Settings map[string]string `json:"settings,omitempty"`
}

// PlatformDetach removes a platform with its resources, custom roles, grants and licenses.
type PlatformDetach struct {
	Platform string `json:"platform"`
}

// ResourceCreate adds a resource beneath one that exists.
type ResourceCreate struct {
	Resource string            `json:"resource"`           // path
	Category string            `json:"category,omitempty"` // of a dbt environment
	Settings map[string]string `json:"settings,omitempty"`
	Attached map[string]string `json:"attached,omitempty"`  // what the product ties it to: a dbt job's environment
	CopyFrom string            `json:"copy_from,omitempty"` // a new Dagster deployment: the one whose permissions it begins with
}

// ResourceUpdate changes a resource. What is left out stays; of the maps, the keys that are named change, and "" unsets one.
type ResourceUpdate struct {
	Resource string            `json:"resource"`
	Category *string           `json:"category,omitempty"`
	Settings map[string]string `json:"settings,omitempty"`
	Attached map[string]string `json:"attached,omitempty"`
}

// ResourceRename moves a resource with all beneath it and every grant there to another path.
type ResourceRename struct {
	Resource string `json:"resource"`
	To       string `json:"to"` // path
}

// ResourceDelete removes a resource with all beneath it and every grant there.
type ResourceDelete struct {
	Resource string `json:"resource"`
}

// DocumentSet keeps a small JSON document of the product's at a resource, or at a platform's root: a deployment's settings, what
// runs a code location. Documents say nothing about access, follow their resource when it is renamed and go with it; they are
// in no access file. They are stored for good, so personal data must not be in them.
type DocumentSet struct {
	Resource string          `json:"resource"`           // path
	Name     string          `json:"name"`               // "settings"
	Document json.RawMessage `json:"document,omitempty"` // any JSON, at most 64 KiB when compact; left out or null: removes it
}

// RolePut creates or replaces a custom role. Its Result has the id.
type RolePut struct {
	Platform    string   `json:"platform"`
	Role        string   `json:"role"` // name, or the id of one that there is
	At          string   `json:"at"`   // kind: "deployment"
	BasedOn     string   `json:"based_on,omitempty"`
	Permissions []string `json:"permissions"`
	Description string   `json:"description,omitempty"`
	Icon        string   `json:"icon,omitempty"` // what the product shows it with
}

// RoleRename gives a custom role another name. Whoever holds it holds it still.
type RoleRename struct {
	Platform string `json:"platform"`
	Role     string `json:"role"` // id or name
	To       string `json:"to"`
}

// RoleDelete removes a custom role that nobody holds.
type RoleDelete struct {
	Platform string `json:"platform"`
	Role     string `json:"role"` // id or name
}

// TestsSet replaces the stored policy tests.
type TestsSet struct {
	Tests []Test `json:"tests"`
}

// A Test is a stored policy test: a change that breaks it is refused.
type Test struct {
	Who        string     `json:"who"`
	Permission string     `json:"permission"`
	Resource   string     `json:"resource"`
	Allowed    bool       `json:"allowed"`      // what the answer must be
	At         *time.Time `json:"at,omitempty"` // left out: at any time
}

// Do returns "organization.set".
func (OrganizationSet) Do() string { return "organization.set" }

// Do returns "platform.attach".
func (PlatformAttach) Do() string { return "platform.attach" }

// Do returns "platform.update".
func (PlatformUpdate) Do() string { return "platform.update" }

// Do returns "platform.detach".
func (PlatformDetach) Do() string { return "platform.detach" }

// Do returns "resource.create".
func (ResourceCreate) Do() string { return "resource.create" }

// Do returns "resource.update".
func (ResourceUpdate) Do() string { return "resource.update" }

// Do returns "resource.rename".
func (ResourceRename) Do() string { return "resource.rename" }

// Do returns "resource.delete".
func (ResourceDelete) Do() string { return "resource.delete" }

// Do returns "document.set".
func (DocumentSet) Do() string { return "document.set" }

// Do returns "role.put".
func (RolePut) Do() string { return "role.put" }

// Do returns "role.rename".
func (RoleRename) Do() string { return "role.rename" }

// Do returns "role.delete".
func (RoleDelete) Do() string { return "role.delete" }

// Do returns "tests.set".
func (TestsSet) Do() string { return "tests.set" }
