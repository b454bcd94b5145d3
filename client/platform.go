package client

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Platforms are the attached products that the caller sees, by slug: the answer of GET /api/v1/platforms.
type Platforms struct {
	Platforms []Platform `json:"platforms"`
	Facts
}

// A Platform is an attached product.
type Platform struct {
	Platform    string            `json:"platform"` // slug: "dagster"
	Product     string            `json:"product"`  // for people: "Dagster+"
	Model       string            `json:"model"`    // the edition: "dagster-plus"
	Plan        string            `json:"plan,omitempty"`
	Seats       int               `json:"seats,omitempty"` // 0: no limit
	Authzen     bool              `json:"authzen,omitempty"`
	Settings    map[string]string `json:"settings,omitempty"` // that are set
	Resources   int               `json:"resources"`          // how many
	Roles       int               `json:"roles"`              // built-in ones; how many
	CustomRoles int               `json:"custom_roles"`       // how many
}

// A PlatformDetail is one platform: the answer of GET /api/v1/platforms/{platform}.
type PlatformDetail struct {
	Platform
	Kinds    []PlatformKind    `json:"kinds"`    // of resources, the root first
	Plans    []string          `json:"plans"`    // from the smallest to the largest; none where the product is not gated
	Licenses []string          `json:"licenses"` // none where the product has none
	Switches []PlatformSwitch  `json:"switches"` // what can be set
	Custom   []CustomRoleKinds `json:"custom"`   // where custom roles can be made; none where the product has none
	Facts
}

// A PlatformKind is a kind of resource, or of a scope that stands for all of another kind.
type PlatformKind struct {
	Kind       string   `json:"kind"` // "code_location"
	Title      string   `json:"title"`
	Under      []string `json:"under"`                // the kinds that it lies beneath
	Prefix     string   `json:"prefix,omitempty"`     // before the name in a path: "branch"
	StarOf     string   `json:"star_of,omitempty"`    // the kind that it stands for all of
	Categories []string `json:"categories,omitempty"` // a resource has one of
}

// A PlatformSwitch is a setting of a platform or of its resources.
type PlatformSwitch struct {
	Name   string   `json:"name"`
	At     string   `json:"at"`     // the kind of resource that carries it
	Values []string `json:"values"` // the first is the default
}

// CustomRoleKinds says what the at of a new custom role can be, and at what kinds such a role can be granted.
type CustomRoleKinds struct {
	At     string   `json:"at"`
	Grants []string `json:"grants"`
}

// Roles are the roles of one platform, from the least to the most permissive and then the custom ones by name: the answer
// of GET /api/v1/platforms/{platform}/roles.
type Roles struct {
	Roles []Role `json:"roles"`
	Facts
}

// A Role is a built-in or a custom role.
type Role struct {
	Role        string   `json:"role"`
	ID          string   `json:"id,omitempty"` // "rol_…" of a custom one
	Title       string   `json:"title,omitempty"`
	Platform    string   `json:"platform"`
	Custom      bool     `json:"custom"`
	At          string   `json:"at,omitempty"` // the type of a custom one, as RolePut has it
	GrantAt     []string `json:"grant_at"`     // kinds of resources that it can be granted at
	Holders     []string `json:"holders"`      // who may hold it: "user", "team", "service_user", "agent"
	BasedOn     string   `json:"based_on,omitempty"`
	Description string   `json:"description,omitempty"`
	Icon        string   `json:"icon,omitempty"`
	Contains    int      `json:"contains"` // how many permissions, those of BasedOn included
	Held        int      `json:"held"`     // how many grants of it the caller sees
}

// The marks of a permission in a role.
const (
	MarkContained = "contained" // by the role itself
	MarkBase      = "base"      // by the role that a custom one is based on
	MarkLifted    = "lifted"    // only in the environment categories of a grant
	MarkSetting   = "setting"   // only under a setting of the platform
)

// A RoleDetail is one role: the answer of GET /api/v1/platforms/{platform}/roles/{role}. {role} is a name, or the id of a
// custom one. Who holds it is asked of GET /api/v1/grants.
type RoleDetail struct {
	Role
	Permissions []RolePermission `json:"permissions"` // every one of the platform's, in the product's order
	Facts
}

// A RolePermission is a permission of a platform, and whether a role contains it.
type RolePermission struct {
	Permission string `json:"permission"` // "runs.launch"
	Title      string `json:"title"`
	Section    string `json:"section,omitempty"` // of the product's own table
	Level      string `json:"level"`             // the kind at which it is asked
	Mark       string `json:"mark,omitempty"`    // "contained", "base", "lifted", "setting"; "": not in the role
}

// A ResourceQuery is the query of GET /api/v1/platforms/{platform}/resources.
type ResourceQuery struct {
	Query string // in the path, without regard to case
	Kind  string // only those of this kind
	Under string // only those beneath this one
	Page
	Reading
}

func (r ResourceQuery) values() url.Values {
	q := url.Values{}
	set(q, "query", r.Query)
	set(q, "kind", r.Kind)
	set(q, "under", r.Under)
	r.Page.query(q)
	r.Reading.query(q)
	return q
}

// Resources is one page of a platform's resources by path: the answer of GET /api/v1/platforms/{platform}/resources.
type Resources struct {
	Resources []Resource `json:"resources"`
	Total     int        `json:"total"`
	Next      string     `json:"next,omitempty"`
	Facts
}

// A Resource is one node of a platform's tree.
type Resource struct {
	Resource string            `json:"resource"` // path: "dagster/prod"
	Number   int32             `json:"number"`   // integer id
	Kind     string            `json:"kind"`
	Category string            `json:"category,omitempty"`
	Settings map[string]string `json:"settings,omitempty"`
	// NotSeenSince is when a gate found a code location missing at its own server; nil: it is there, or nobody looks.
	NotSeenSince *time.Time `json:"not_seen_since,omitempty"`
}

// An AgentQuery is the query of GET /api/v1/agents.
type AgentQuery struct {
	Query string // in the description, without regard to case
	Page
	Reading
}

func (a AgentQuery) values() url.Values {
	q := url.Values{}
	set(q, "query", a.Query)
	a.Page.query(q)
	a.Reading.query(q)
	return q
}

// Agents is one page of agents, by id: the answer of GET /api/v1/agents.
type Agents struct {
	Agents []Agent `json:"agents"`
	Total  int     `json:"total"`
	Next   string  `json:"next,omitempty"`
	Facts
}

// An Agent runs a platform's code. It signs in with tokens only.
type Agent struct {
	ID          string     `json:"id"` // "agt_…"
	Description string     `json:"description"`
	Added       *time.Time `json:"added,omitempty"`
	Grants      int        `json:"grants"`           // how many
	Tokens      *int       `json:"tokens,omitempty"` // how many that work; left out where tokens are not the caller's to see
}

// Platforms lists the attached products.
func (c *Client) Platforms(ctx context.Context, r Reading) (Platforms, error) {
	return read[Platforms](ctx, c, "/platforms", r)
}

// Platform shows one product.
func (c *Client) Platform(ctx context.Context, platform string, r Reading) (PlatformDetail, error) {
	return read[PlatformDetail](ctx, c, "/platforms/"+url.PathEscape(platform), r)
}

// Roles lists the roles of a platform.
func (c *Client) Roles(ctx context.Context, platform string, r Reading) (Roles, error) {
	return read[Roles](ctx, c, "/platforms/"+url.PathEscape(platform)+"/roles", r)
}

// Role shows one role, by name or by the id of a custom one.
func (c *Client) Role(ctx context.Context, platform, role string, r Reading) (RoleDetail, error) {
	return read[RoleDetail](ctx, c, "/platforms/"+url.PathEscape(platform)+"/roles/"+url.PathEscape(role), r)
}

// Resources lists the resources of a platform.
func (c *Client) Resources(ctx context.Context, platform string, q ResourceQuery) (Resources, error) {
	return do[Resources](ctx, c, call{method: http.MethodGet, path: "/platforms/" + url.PathEscape(platform) + "/resources", query: q.values()})
}

// Agents lists agents.
func (c *Client) Agents(ctx context.Context, q AgentQuery) (Agents, error) {
	return do[Agents](ctx, c, call{method: http.MethodGet, path: "/agents", query: q.values()})
}

func read[A any](ctx context.Context, c *Client, path string, r Reading) (A, error) {
	q := url.Values{}
	r.query(q)
	return do[A](ctx, c, call{method: http.MethodGet, path: path, query: q})
}
