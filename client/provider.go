package client

import (
	"net/url"
	"time"
)

// Providers are an organization's identity providers, by name: the answer of GET /api/v1/providers.
type Providers struct {
	Providers []Provider `json:"providers"`
	// SignOn and LocalUsers are the organization's switches: "optional" or "enforced", and "on" or "off".
	SignOn     string `json:"sign_on"`
	LocalUsers string `json:"local_users"`
	Facts
}

// A Provider is an identity provider as lists show it. The client secret is not here.
type Provider struct {
	ID string `json:"id"` // "idp_…"
	ProviderSettings
	HasSecret bool `json:"has_secret"`
	// Tested is the last sign-in that succeeded with the provider as it is; left out: none yet.
	Tested *time.Time `json:"tested,omitempty"`
	// Callback is the address that the provider must be told to send browsers back to.
	Callback string `json:"callback"`
}

// ProviderSettings say how people sign in with an OpenID provider: what lists show, and a part of the body of POST
// /api/v1/providers and PUT /api/v1/providers/{provider}.
type ProviderSettings struct {
	Name        string   `json:"name"`   // unique; on the button
	Issuer      string   `json:"issuer"` // exactly as the provider calls itself
	ClientID    string   `json:"client_id"`
	Scopes      []string `json:"scopes,omitempty"`       // besides openid
	GroupsClaim string   `json:"groups_claim,omitempty"` // which claim lists somebody's groups; "": none
	// TrustEmail takes every address that the provider sends for verified, where it does not say whether it is (Entra ID):
	// only for one in which people cannot write their own.
	TrustEmail bool           `json:"trust_email,omitempty"`
	Create     bool           `json:"create,omitempty"` // make a user at the first sign-in of somebody unknown
	Join       []string       `json:"join,omitempty"`   // platforms that such a user becomes a member of
	Enabled    bool           `json:"enabled,omitempty"`
	Teams      []GroupTeam    `json:"teams,omitempty"`
	Licenses   []GroupLicense `json:"licenses,omitempty"`
}

// A ProviderBody is the body of POST /api/v1/providers and PUT /api/v1/providers/{provider}, which replaces everything that was
// said of the provider, the client secret apart.
type ProviderBody struct {
	ProviderSettings
	// ClientSecret is sealed where it is kept, and in no answer. Left out, the one from before stays; "" is a public client.
	ClientSecret *string `json:"client_secret,omitempty"`
}

// A PreviewRequest is the body of POST /api/v1/providers/{provider}/preview: what would a sign-in come to?
type PreviewRequest struct {
	Groups []string `json:"groups"`
	User   string   `json:"user,omitempty"` // id or e-mail; left out: somebody whom nobody knows yet
	// Draft is the provider as it might be; left out: as it is.
	Draft *ProviderSettings `json:"draft,omitempty"`
}

// A Preview is what a sign-in would come to: the answer of POST /api/v1/providers/{provider}/preview. Nothing was changed.
type Preview struct {
	Created  bool              `json:"created"` // the person would be made
	Joined   []string          `json:"joined"`  // teams, by name
	Left     []string          `json:"left"`
	Licenses map[string]string `json:"licenses"` // that would change, by platform
	Skipped  []string          `json:"skipped"`  // what the mappings say and does not happen, and why
	Notes    []string          `json:"notes"`    // what cannot be known yet
	Difference
	Facts
}

// A ServiceUserQuery is the query of GET /api/v1/service-users.
type ServiceUserQuery struct {
	Query string // in the name, without regard to case
	Page
	Reading
}

func (s ServiceUserQuery) values() url.Values {
	q := url.Values{}
	set(q, "query", s.Query)
	s.Page.query(q)
	s.Reading.query(q)
	return q
}

// ServiceUsers is one page of service users by name: the answer of GET /api/v1/service-users.
type ServiceUsers struct {
	ServiceUsers []ServiceUser `json:"service_users"`
	Total        int           `json:"total"`
	Next         string        `json:"next,omitempty"`
	Facts
}

// A ServiceUser is an account for a program. It signs in with tokens only, and takes no seat.
type ServiceUser struct {
	ID          string     `json:"id"` // "svc_…"
	Number      int32      `json:"number"`
	Name        string     `json:"name"`
	Description string     `json:"description"`
	Added       *time.Time `json:"added,omitempty"`
	Grants      int        `json:"grants"`           // how many
	Tokens      *int       `json:"tokens,omitempty"` // how many that work, without one it is of no use; left out where tokens are not the caller's to see
}
