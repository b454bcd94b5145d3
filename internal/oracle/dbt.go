package oracle

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"bailiwick/access"
)

// dbt holds the rules of dbt Cloud Enterprise (seed 003; dbt.md §2 and §7).
type dbt struct {
	o *Oracle
	p access.Platform
}

const (
	dbtAccount     = "account"
	dbtAllProjects = "all projects"
	dbtProject     = "project"
	dbtEnvironment = "environment"
	dbtJob         = "job"
)

//go:embed testdata/dbt-matrix.yaml
var dbtMatrixText []byte

type dbtName struct{ ID string }

type dbtSet struct {
	ID, Level        string
	Account, Project map[string]string
}

type dbtTables struct {
	AccountPermissions []dbtName `yaml:"account_permissions"`
	ProjectPermissions []dbtName `yaml:"project_permissions"`
	AccountRoles       []dbtSet  `yaml:"account_roles"`
	ProjectRoles       []dbtSet  `yaml:"project_roles"`
}

// dbtMatrix reads the embedded tables once; they are part of the source text.
var dbtMatrix = sync.OnceValue(func() dbtTables {
	var t dbtTables
	if err := yaml.Unmarshal(dbtMatrixText, &t); err != nil {
		panic(err)
	}
	return t
})

func (d dbt) permissions() []string { return dbtPermissions() }

var dbtPermissions = sync.OnceValue(func() []string {
	var names []string
	for _, group := range [][]dbtName{dbtMatrix().AccountPermissions, dbtMatrix().ProjectPermissions} {
		for _, row := range group {
			names = append(names, row.ID+".read", row.ID+".write")
		}
	}
	return names
})

func dbtRow(permission string) (row, verb string) {
	i := strings.LastIndex(permission, ".")
	return permission[:i], permission[i+1:]
}

func isAccountRow(row string) bool {
	return slices.Contains(dbtMatrix().AccountPermissions, dbtName{row})
}

// isRunRow: R* stands in these two rows only, and they are asked at the job (access-file, Resource paths).
func isRunRow(row string) bool { return row == "jobs" || row == "runs" }

// cell is what the printed table says; what is not printed is none.
func cell(set, row string) string {
	for _, group := range [][]dbtSet{dbtMatrix().AccountRoles, dbtMatrix().ProjectRoles} {
		for _, s := range group {
			if s.ID != set {
				continue
			}
			if isAccountRow(row) {
				return s.Account[row]
			}
			return s.Project[row]
		}
	}
	return "none"
}

func dbtSetLevel(set string) string {
	for _, group := range [][]dbtSet{dbtMatrix().AccountRoles, dbtMatrix().ProjectRoles} {
		for _, s := range group {
			if s.ID == set {
				return s.Level
			}
		}
	}
	return ""
}

func (d dbt) kindOf(path string) string {
	if path == d.p.Slug {
		return dbtAccount
	}
	if path == d.p.Slug+"/*" {
		return dbtAllProjects
	}
	if _, there := resource(d.p, path); !there {
		return ""
	}
	return map[int]string{2: dbtProject, 3: dbtEnvironment, 4: dbtJob}[len(strings.Split(path, "/"))]
}

// mayAsk. Source: access-file, Resource paths: account permissions at `dbt`, `jobs` and `runs` at the job, "other project
// permissions at the project"; a place above is always allowed.
func (d dbt) mayAsk(permission, kind string) bool {
	row, _ := dbtRow(permission)
	switch {
	case isAccountRow(row):
		return kind == dbtAccount
	case isRunRow(row):
		return true
	}
	return kind == dbtAccount || kind == dbtAllProjects || kind == dbtProject
}

func (d dbt) allowed(q access.Question) bool {
	rows := d.rowsOf(q)
	if d.o.fault == categoriesMerged {
		rows = mergeCategories(rows)
	}
	for _, g := range rows {
		if d.saysYes(g, q) {
			return true
		}
	}
	return false
}

// rowsOf lists the permission rows that stand for a subject after its license. Source: seed 003: "The user's license
// type always overrides their assigned permission set"; architecture, dbt: "no license = nothing on dbt (people only; a
// service user's grants count as they stand)".
func (d dbt) rowsOf(q access.Question) []access.Grant {
	var rows []access.Grant
	for _, g := range d.o.grantsOf(q.Subject, q.At) {
		if d.mayHold(g.To) {
			rows = append(rows, g)
		}
	}
	user, isUser := d.o.user(q.Subject)
	if !isUser {
		if d.o.fault == serviceNeedsLicense {
			return nil
		}
		return rows
	}
	switch user.Licenses[d.p.Slug] {
	case "developer":
		return rows
	case "read_only":
		// architecture, dbt: "a fixed read profile (the Stakeholder column on all projects)".
		if d.o.fault == licenseLowers && strings.HasSuffix(q.Permission, ".read") {
			return rows
		}
		return []access.Grant{{To: q.Subject, Role: "stakeholder", On: d.p.Slug + "/*"}}
	case "it":
		// architecture, dbt: "IT by Security admin + Billing admin".
		return []access.Grant{
			{To: q.Subject, Role: "security_admin", On: d.p.Slug},
			{To: q.Subject, Role: "billing_admin", On: d.p.Slug},
		}
	}
	if d.o.fault == licenseNotNeeded {
		return rows
	}
	return nil
}

// mayHold. Source: architecture, dbt: "granted to groups (teams) only, and to service tokens"; decisions 0002, lines 17
// and 18.
func (d dbt) mayHold(holder access.Holder) bool {
	if d.o.fault == ownSetsCount && holder.Kind == access.User {
		return true
	}
	return holder.Kind == access.Team || holder.Kind == access.ServiceUser || d.o.fault == anyHolder
}

// saysYes judges one row by itself: "R* depends on the same row's projects and categories" (dbt.md §7, trap 6).
func (d dbt) saysYes(g access.Grant, q access.Question) bool {
	row, verb := dbtRow(q.Permission)
	if !d.isScopeFor(g) || !d.covers(g, q, row) {
		return false
	}
	switch cell(g.Role, row) {
	case "write":
		// dbt.md §1: "W includes R".
		return true
	case "read":
		return verb == "read"
	case "read_env_write":
		return verb == "read" || d.isLifted(g, q)
	}
	return false
}

// isScopeFor. Source: dbt.md §2.1: account sets for the whole account, project sets for all projects or chosen ones.
func (d dbt) isScopeFor(g access.Grant) bool {
	if dbtSetLevel(g.Role) == "account" {
		return d.kindOf(g.On) == dbtAccount
	}
	return d.kindOf(g.On) == dbtAllProjects || d.kindOf(g.On) == dbtProject
}

// covers says whether a row is about the place. Asked at `dbt`, a project permission means all projects, present and
// future (access-file, Resource paths): a row for all projects says that.
func (d dbt) covers(g access.Grant, q access.Question, row string) bool {
	if isAccountRow(row) {
		// architecture, dbt: "A project set's account permissions hold for the account".
		return d.o.fault != accountStaysInside || g.On == d.p.Slug
	}
	if g.On == d.p.Slug || g.On == d.p.Slug+"/*" {
		return true
	}
	return q.Resource == g.On || strings.HasPrefix(q.Resource, g.On+"/")
}

// isLifted. Source: seed 003, footnote of R*; decisions 0002, lines 7 and 8: asked above an environment only the category
// `all` answers; otherwise the category of the environment at the moment of the question.
func (d dbt) isLifted(g access.Grant, q access.Question) bool {
	if slices.Contains(g.Environments, "all") || d.o.fault == fourMeanAll && len(g.Environments) == 4 {
		return true
	}
	environment := q.Resource
	if d.kindOf(q.Resource) == dbtJob {
		environment = parentOf(q.Resource)
	}
	if d.kindOf(environment) != dbtEnvironment {
		return false
	}
	r, _ := resource(d.p, environment)
	return slices.Contains(g.Environments, r.Category)
}

// mergeCategories is the mistake of trap 6, for tests of the differential.
func mergeCategories(rows []access.Grant) []access.Grant {
	var all []string
	for _, g := range rows {
		all = append(all, g.Environments...)
	}
	merged := slices.Clone(rows)
	for i := range merged {
		merged[i].Environments = all
	}
	return merged
}
