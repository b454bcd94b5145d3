package client

// ProviderPut says how people sign in with an OpenID provider. It makes a new one, or replaces everything that was said of
// one, the client secret apart.
type ProviderPut struct {
	Provider string `json:"provider,omitempty"` // id; "" makes a new one
	Name     string `json:"name"`               // unique; on the button
	Issuer   string `json:"issuer"`             // exactly as the provider calls itself
	ClientID string `json:"client_id"`
	// Secret is the id under which the server keeps the client secret, sealed; the secret itself is in no command. Left out,
	// the one from before stays; "" is a public client.
	Secret      *string  `json:"secret,omitempty"`
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

// A GroupTeam puts the people of a provider's group into a team when they sign in, and takes them out. Groups are compared
// exactly.
type GroupTeam struct {
	Group string `json:"group"`
	Team  string `json:"team"` // id or name
}

// A GroupLicense gives the people of a provider's group a license when they sign in.
type GroupLicense struct {
	Platform string `json:"platform"`
	Group    string `json:"group"`
	License  string `json:"license"`
}

// ProviderRemove removes an OpenID provider. Whoever signed in with it does so no more.
type ProviderRemove struct {
	Provider string `json:"provider"` // id
}

// IdentityLink binds a user to an account at a provider.
type IdentityLink struct {
	User     string `json:"user"`            // id or e-mail
	Provider string `json:"provider"`        // id
	Subject  string `json:"subject"`         // the provider's unchanging id of the account
	Email    string `json:"email,omitempty"` // for people to read
}

// IdentityUnlink ends a binding. Somebody else's open sessions end with it.
type IdentityUnlink struct {
	Identity string `json:"identity"` // id
}

// Do returns "provider.put".
func (ProviderPut) Do() string { return "provider.put" }

// Do returns "provider.remove".
func (ProviderRemove) Do() string { return "provider.remove" }

// Do returns "identity.link".
func (IdentityLink) Do() string { return "identity.link" }

// Do returns "identity.unlink".
func (IdentityUnlink) Do() string { return "identity.unlink" }
