package event

// OrganizationCreated is the first event of every organization.
type OrganizationCreated struct {
	Name string `json:"name"` // its short name, part of addresses: "acme"
}

// SettingChanged sets a switch of the organization.
type SettingChanged struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// A Test is one stored policy test: whoever breaks it is refused.
type Test struct {
	Who        string `json:"who"`        // holder with an opaque id: "user:usr_…"
	Permission string `json:"permission"` // as in a question
	On         string `json:"on"`         // path
	Can        bool   `json:"can"`        // what the answer must be
	At         int64  `json:"at,omitempty"`
}

// TestsSet replaces the stored policy tests.
type TestsSet struct {
	Tests []Test `json:"tests"`
}

// EditionStored keeps the text of an operator's own edition.
type EditionStored struct {
	Name string `json:"name"`
	Hash string `json:"hash"` // SHA-256 of Text in hexadecimal
	Text string `json:"text"` // YAML
}

// PlatformAttached attaches a product.
type PlatformAttached struct {
	Slug     string            `json:"slug"`
	Edition  string            `json:"edition"`
	Hash     string            `json:"hash"` // of the edition's text
	Plan     string            `json:"plan,omitempty"`
	Seats    int               `json:"seats,omitempty"` // 0: no limit
	Authzen  bool              `json:"authzen,omitempty"`
	Settings map[string]string `json:"settings,omitempty"` // of its root
}

// PlatformChanged replaces everything that PlatformAttached said.
type PlatformChanged PlatformAttached

// PlatformDetached removes a platform with its resources, custom roles, grants and licenses.
type PlatformDetached struct {
	Slug string `json:"slug"`
}

// ResourceCreated adds a resource.
type ResourceCreated struct {
	Path     string            `json:"path"`
	Number   int32             `json:"number"` // 31 bits, from the organization's counter, never reused
	Category string            `json:"category,omitempty"`
	Settings map[string]string `json:"settings,omitempty"`
}

// ResourceChanged replaces everything but the number.
type ResourceChanged struct {
	Path     string            `json:"path"`
	Category string            `json:"category,omitempty"`
	Settings map[string]string `json:"settings,omitempty"`
}

// ResourceRenamed moves a resource with all beneath it and every grant there to another path.
type ResourceRenamed struct {
	Path string `json:"path"`
	To   string `json:"to"`
}

// ResourceDeleted removes a resource with all beneath it and every grant there.
type ResourceDeleted struct {
	Path string `json:"path"`
}

// ResourceDocumentSet keeps a small document of the product's at a resource, or at a platform's root. It says nothing about
// access, and is stored for good: personal data must not be in it.
type ResourceDocumentSet struct {
	Path     string `json:"path"`
	Name     string `json:"name"`               // "settings"
	Document string `json:"document,omitempty"` // compact JSON, at most 64 KiB; "" removes it
}

// RolePut creates or replaces a custom role.
type RolePut struct {
	Platform    string   `json:"platform"`
	ID          string   `json:"id"`   // "rol_…"; stays when the role is renamed
	Name        string   `json:"name"` // unique on the platform
	At          string   `json:"at"`
	BasedOn     string   `json:"based_on,omitempty"`
	Permissions []string `json:"permissions"`
	Description string   `json:"description,omitempty"`
	Icon        string   `json:"icon,omitempty"` // what the product shows it with; says nothing about access
}

// RoleRenamed gives a custom role another name. Every grant of it follows.
type RoleRenamed struct {
	Platform string `json:"platform"`
	Name     string `json:"name"`
	To       string `json:"to"`
}

// RoleDeleted removes a custom role that nobody holds.
type RoleDeleted struct {
	Platform string `json:"platform"`
	Name     string `json:"name"`
}

// Type returns "organization.created".
func (*OrganizationCreated) Type() string { return "organization.created" }

// Type returns "setting.changed".
func (*SettingChanged) Type() string { return "setting.changed" }

// Type returns "tests.set".
func (*TestsSet) Type() string { return "tests.set" }

// Type returns "edition.stored".
func (*EditionStored) Type() string { return "edition.stored" }

// Type returns "platform.attached".
func (*PlatformAttached) Type() string { return "platform.attached" }

// Type returns "platform.changed".
func (*PlatformChanged) Type() string { return "platform.changed" }

// Type returns "platform.detached".
func (*PlatformDetached) Type() string { return "platform.detached" }

// Type returns "resource.created".
func (*ResourceCreated) Type() string { return "resource.created" }

// Type returns "resource.changed".
func (*ResourceChanged) Type() string { return "resource.changed" }

// Type returns "resource.renamed".
func (*ResourceRenamed) Type() string { return "resource.renamed" }

// Type returns "resource.deleted".
func (*ResourceDeleted) Type() string { return "resource.deleted" }

// Type returns "resource.document_set".
func (*ResourceDocumentSet) Type() string { return "resource.document_set" }

// Type returns "role.put".
func (*RolePut) Type() string { return "role.put" }

// Type returns "role.renamed".
func (*RoleRenamed) Type() string { return "role.renamed" }

// Type returns "role.deleted".
func (*RoleDeleted) Type() string { return "role.deleted" }
