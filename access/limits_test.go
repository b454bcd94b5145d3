package access_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"bailiwick/access"
)

// patience is far more than these need and far less than anything quadratic would.
const patience = 20 * time.Second

func within(t *testing.T, what string, do func()) {
	t.Helper()
	began := time.Now()
	do()
	if took := time.Since(began); took > patience {
		t.Errorf("%s took %v: it grows faster than its input", what, took)
	}
}

// TestManyGrantsOfOnePersonStayBounded is attack 129: 30,000 code locations with an override each, 20,000 branch roles.
func TestManyGrantsOfOnePersonStayBounded(t *testing.T) {
	org := crowd(t, 1)
	eve := org.Users[0].ID
	p := &org.Platforms[0]
	org.Grants = append(org.Grants, access.Grant{To: user(eve), Role: "viewer", On: "dagster/prod"})
	for i := range 30_000 {
		path := fmt.Sprintf("dagster/prod/l%05d", i)
		p.Resources = append(p.Resources, access.Resource{Path: path})
		org.Grants = append(org.Grants, access.Grant{To: user(eve), Role: "launcher", On: path})
	}
	for i := range 20_000 {
		org.Grants = append(org.Grants, access.Grant{To: user(eve), Role: "editor", On: "dagster/branch:*", Until: noon.Add(time.Duration(i+1) * time.Second)})
	}
	within(t, "Build, Decide, Explain, CheckGrants and Apply", func() {
		s, err := access.Build(org, noon)
		if err != nil {
			t.Fatal(err)
		}
		q := access.Question{Subject: user(eve), Permission: "runs.launch", Resource: "dagster/prod/l29999", At: noon.Add(time.Hour)}
		if !s.Decide(q).Allowed || !s.Explain(q).Decision.Allowed {
			t.Error("the last override does not count")
		}
		if problems := s.CheckGrants(org.Grants); len(problems) > 0 {
			t.Errorf("%d problems, the first: %+v", len(problems), problems[0])
		}
		if _, err := s.Apply(access.RemoveGrant{Grant: org.Grants[1]}); err != nil {
			t.Error(err)
		}
	})
}

// TestRowsWithManySetsAreWide makes more distinct sets of permissions than fit a narrow slot: every custom role another.
func TestRowsWithManySetsAreWide(t *testing.T) {
	org := crowd(t, 1)
	eve := org.Users[0].ID
	p := &org.Platforms[0]
	var names []string
	for i := range p.Model.Permissions {
		if at := p.Model.Permissions[i].At; at == "code_location" || at == "deployment" {
			names = append(names, p.Model.Permissions[i].Name)
		}
	}
	const roles = 1500
	for i := range roles {
		r := access.Role{Name: fmt.Sprintf("r%04d", i), At: []string{"deployment"}}
		for bit := range 11 {
			if (i+1)>>bit&1 == 1 {
				r.Permissions = append(r.Permissions, names[bit])
			}
		}
		p.Roles = append(p.Roles, r)
		path := fmt.Sprintf("dagster/d%04d", i)
		p.Resources = append(p.Resources, access.Resource{Path: path})
		org.Grants = append(org.Grants, access.Grant{To: user(eve), Role: r.Name, On: path})
	}
	s, err := access.Build(org, noon)
	if err != nil {
		t.Fatal(err)
	}
	for i := range roles {
		for bit := range 11 {
			q := access.Question{Subject: user(eve), Permission: names[bit], Resource: fmt.Sprintf("dagster/d%04d", i), At: noon}
			want := (i+1)>>bit&1 == 1 || minimum(p.Model, names[bit])
			if got := s.Decide(q).Allowed; got != want {
				t.Fatalf("%s on %s: %v, want %v", q.Permission, q.Resource, got, want)
			}
		}
	}
	if n := len(mustSearch(t, s, user(eve), "deployments.view")); n != roles+1 {
		t.Errorf("%d deployments found, want %d", n, roles+1)
	}
}

// minimum tells whether every role on a deployment has the permission.
func minimum(m *access.Model, permission string) bool {
	for _, name := range m.Role("viewer").Permissions {
		if name == permission {
			return true
		}
	}
	return false
}

func mustSearch(t *testing.T, s *access.Snapshot, sub access.Subject, permission string) []string {
	t.Helper()
	paths, code := s.SearchResources(sub, permission, "dagster", noon)
	if code != access.Granted {
		t.Fatalf("%s: %v", permission, code)
	}
	return paths
}

// TestPathsAreBounded refuses what no vendor's object is called, and trees that are deeper than a decision looks.
func TestPathsAreBounded(t *testing.T) {
	org := crowd(t, 1)
	s, err := access.Build(org, noon)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"dagster/prod/" + strings.Repeat("x", 1<<20), strings.Repeat("a/", 1<<19), "dagster//etl", "dagster/prod/%zz", "dagster/prod/\xff"} {
		if d := s.Decide(access.Question{Subject: user(org.Users[0].ID), Permission: "runs.view", Resource: path, At: noon}); d.Code != access.UnknownResource {
			t.Errorf("%.40q…: %v", path, d.Code)
		}
	}
	deep := &access.Model{Edition: "deep", Kinds: []access.Kind{{Name: "root"}, {Name: "folder", Under: []string{"root", "folder"}}},
		Permissions: []access.Permission{{Name: "read", At: "folder"}},
		Roles:       []access.Role{{Name: "reader", At: []string{"root", "folder"}, Holders: []access.HolderKind{access.User}, Permissions: []string{"read"}}}}
	p := access.Platform{Slug: "deep", Model: deep}
	path := "deep"
	for range 10 {
		path += "/f"
		p.Resources = append(p.Resources, access.Resource{Path: path})
	}
	if _, err := access.Build(access.Organization{Platforms: []access.Platform{p}}, noon); err == nil {
		t.Error("a tree of ten levels was built; a decision looks at five")
	}
}
