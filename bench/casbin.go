package main

import (
	_ "embed"
	"fmt"

	"github.com/casbin/casbin/v3"
	"github.com/casbin/casbin/v3/model"

	"bailiwick/access"
)

// casbinModel is casbin's "RBAC with domains": a domain is a deployment, or the organization. A location with
// overrides is a domain of its own.
//
//go:embed casbin.conf
var casbinModel string

// newCasbin loads W into an enforcer. Teams are roles that users have in the domains where the team has one, and a
// role of the ladder has the one below it, as casbin's documents model groups and role hierarchies.
func newCasbin[E casbinLoader](create func(...any) (E, error), b *bench) (E, error) {
	parsed, err := model.NewModelFromString(casbinModel)
	if err != nil {
		var none E
		return none, err
	}
	enforcer, err := create(parsed)
	if err != nil {
		return enforcer, err
	}
	if _, err := enforcer.AddPolicies(casbinPolicies(b.w.model)); err != nil {
		return enforcer, err
	}
	_, err = enforcer.AddGroupingPolicies(casbinGroupings(b.w))
	return enforcer, err
}

type casbinLoader interface {
	AddPolicies(rules [][]string) (bool, error)
	AddGroupingPolicies(rules [][]string) (bool, error)
	Enforce(values ...any) (bool, error)
}

// casbinPolicies say each permission once, for the lowest role that has it.
func casbinPolicies(m *access.Model) [][]string {
	var rules [][]string
	for i, lowest := range lowestRoles(m) {
		if lowest != "" {
			rules = append(rules, []string{lowest, m.Permissions[i].Name})
		}
	}
	return rules
}

// lowestRoles are the least permissive roles that have each permission; "" where no person's role has it.
func lowestRoles(m *access.Model) []string {
	roles, _ := masks(m)
	lowest := make([]string, len(m.Permissions))
	for i := range lowest {
		for _, role := range everyRole() {
			if roles[role]>>i&1 != 0 {
				lowest[i] = role
				break
			}
		}
	}
	return lowest
}

// everyRole is the ladder with the organization's role on top.
func everyRole() []string { return append(ladder[:len(ladder):len(ladder)], orgAdmin) }

// casbinGroupings are who has which role in which domain, and the ladder in every domain in use.
func casbinGroupings(w *workload) [][]string {
	rules := newRuleSet()
	roles := map[string][]access.Grant{} // of teams
	for _, g := range w.org.Grants {
		switch {
		case g.Role == orgAdmin:
			for _, d := range append([]string{platform}, w.deployments...) {
				rules.add(g.To.ID, orgAdmin, d)
			}
			continue
		case g.To.Kind == access.Team:
			roles[g.To.ID] = append(roles[g.To.ID], g)
		}
		rules.add(g.To.ID, g.Role, g.On)
		if isDeployment(g.On) { // some permissions rise: a role anywhere is one for the organization
			rules.add(g.To.ID, g.Role, platform)
		}
	}
	for _, t := range w.org.Teams {
		for _, user := range t.Members {
			for _, g := range roles[t.Name] {
				rules.add(user, t.Name, g.On)
				rules.add(user, t.Name, platform)
			}
		}
	}
	for domain := range rules.domains {
		ladder := everyRole()
		for i := 1; i < len(ladder); i++ {
			rules.add(ladder[i], ladder[i-1], domain)
		}
	}
	return rules.list
}

// A ruleSet keeps each rule once, since casbin refuses a whole load for a rule that comes twice.
type ruleSet struct {
	list    [][]string
	seen    map[[3]string]bool
	domains map[string]bool
}

func newRuleSet() *ruleSet {
	return &ruleSet{seen: map[[3]string]bool{}, domains: map[string]bool{}}
}

func (r *ruleSet) add(who, role, domain string) {
	if key := [3]string{who, role, domain}; !r.seen[key] {
		r.seen[key], r.domains[domain] = true, true
		r.list = append(r.list, []string{who, role, domain})
	}
}

// domains are the domain of each question: a location's deployment, or the resource itself.
func domains(s *stream) []string {
	all := make([]string, len(s.names))
	for i, q := range s.names {
		all[i] = q.Resource
		if !isDeployment(q.Resource) && q.Resource != platform {
			all[i] = parent(q.Resource)
		}
	}
	return all
}

// enforcing asks an enforcer the whole of a stream.
func enforcing(e casbinLoader, s *stream, failed *error) run {
	domain := domains(s)
	return run{n: len(s.names), pass: func() int {
		yes := 0
		for i, q := range s.names {
			ok, err := e.Enforce(q.Subject.ID, domain[i], q.Resource, q.Permission)
			if err != nil {
				*failed = fmt.Errorf("casbin: %w", err)
			}
			if ok {
				yes++
			}
		}
		return yes
	}}
}

func measureCasbin(b *bench) error {
	plain, err := newCasbin(casbin.NewEnforcer, b)
	if err != nil {
		return err
	}
	cached, err := newCasbin(casbin.NewCachedEnforcer, b)
	if err != nil {
		return err
	}
	part := b.stream.first(4000)
	domain := domains(b.stream)
	for i, q := range b.stream.names { // which also warms the cache
		yes, err := cached.Enforce(q.Subject.ID, domain[i], q.Resource, q.Permission)
		if err != nil {
			return err
		}
		if err := b.agree(i, map[string]bool{"casbin": yes}); err != nil {
			return err
		}
	}
	var failed error
	t := measure(max(b.rounds/2, 3),
		deciding(b.snapshot, b.stream), enforcing(cached, b.stream, &failed), enforcing(plain, part, &failed))
	if failed != nil {
		return failed
	}
	b.value("casbin, cached and warm", t[1].median(), "ns").times(t[1].over(t[0]), "Decide").atLeast(5)
	b.value("casbin, without its cache", t[2].median(), "ns").times(t[2].over(t[0]), "Decide")
	return nil
}
