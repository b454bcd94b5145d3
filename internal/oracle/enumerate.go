package oracle

import (
	"slices"
	"time"

	"bailiwick/access"
)

// Subjects lists everybody who can ask.
func (o *Oracle) Subjects() []access.Subject {
	var all []access.Subject
	for _, u := range o.org.Users {
		all = append(all, access.Subject{Kind: access.User, ID: u.ID})
	}
	for _, name := range o.org.ServiceUsers {
		all = append(all, access.Subject{Kind: access.ServiceUser, ID: name})
	}
	for _, id := range o.org.Agents {
		all = append(all, access.Subject{Kind: access.Agent, ID: id})
	}
	return all
}

// Resources lists the real resources of a platform: its root and its tree, no "*" scopes.
func (o *Oracle) Resources(platform string) []string {
	var all []string
	for _, p := range o.org.Platforms {
		if p.Slug != platform {
			continue
		}
		all = append(all, p.Slug)
		for _, r := range p.Resources {
			all = append(all, r.Path)
		}
	}
	return all
}

// Scopes lists the "*" scopes of a platform that a question can be asked at.
func (o *Oracle) Scopes(platform string) []string {
	var all []string
	for _, path := range o.Resources(platform) {
		for _, star := range []string{path + "/*", path + "/branch:*"} {
			if p, found := o.platformOf(path); found && o.rulesOf(p).kindOf(star) != "" {
				all = append(all, star)
			}
		}
	}
	return all
}

// Permissions lists the permissions of a platform in the order of the documents.
func (o *Oracle) Permissions(platform string) []string {
	p, found := o.platformOf(platform)
	if !found {
		return nil
	}
	return o.rulesOf(p).permissions()
}

// Askable says whether a permission exists on the resource's platform and may be asked at that resource.
func (o *Oracle) Askable(permission, path string) bool {
	p, found := o.platformOf(path)
	if !found {
		return false
	}
	r := o.rulesOf(p)
	kind := r.kindOf(path)
	return kind != "" && slices.Contains(r.permissions(), permission) && r.mayAsk(permission, kind)
}

// AtOwnLevel says whether a path is of the level that a permission is asked at.
func (o *Oracle) AtOwnLevel(permission, path string) bool {
	p, _ := o.platformOf(path)
	switch p.Model.Edition {
	case DagsterPlus, DagsterCloud2023:
		kind := dagster{o, p}.kindOf(path)
		return slices.Contains(map[string][]string{
			"organization": {dagOrganization},
			"deployment":   {dagDeployment, dagBranch},
			"location":     {dagLocation, dagBranchLocation},
		}[dagsterLevel(permission)], kind)
	case DbtEnterprise:
		row, _ := dbtRow(permission)
		kind := dbt{o, p}.kindOf(path)
		switch {
		case isAccountRow(row):
			return kind == dbtAccount
		case isRunRow(row):
			return kind == dbtJob
		}
		return kind == dbtProject
	case Astro2022, Astro2024:
		a := astro{o, p}
		return a.row(permission).level == a.kindOf(path)
	}
	return path == p.Slug
}

// SubjectsWith lists who may do something somewhere.
func (o *Oracle) SubjectsWith(permission, path string, at time.Time) []access.Subject {
	var all []access.Subject
	for _, s := range o.Subjects() {
		if o.Allowed(access.Question{Subject: s, Permission: permission, Resource: path, At: at}) {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b access.Subject) int { return compare(a.String(), b.String()) })
	return all
}

// ResourcesWith lists the real resources at the permission's level where a subject may do something.
func (o *Oracle) ResourcesWith(s access.Subject, permission, platform string, at time.Time) []string {
	var all []string
	for _, path := range o.Resources(platform) {
		q := access.Question{Subject: s, Permission: permission, Resource: path, At: at}
		if slices.Contains(o.Permissions(platform), permission) && o.AtOwnLevel(permission, path) && o.Allowed(q) {
			all = append(all, path)
		}
	}
	slices.Sort(all)
	return all
}

// PermissionsWith lists what a subject may do at a resource, in the order of the documents.
func (o *Oracle) PermissionsWith(s access.Subject, path string, at time.Time) []string {
	p, found := o.platformOf(path)
	if !found {
		return nil
	}
	var all []string
	for _, permission := range o.rulesOf(p).permissions() {
		if o.Allowed(access.Question{Subject: s, Permission: permission, Resource: path, At: at}) {
			all = append(all, permission)
		}
	}
	return all
}

func compare(a, b string) int {
	if a < b {
		return -1
	}
	if a > b {
		return 1
	}
	return 0
}

// PossibleGrants lists every lasting grant on a platform that the documents let be made to a subject: each role at each
// of its scopes, without overrides.
func (o *Oracle) PossibleGrants(to access.Holder, platform string) []access.Grant {
	p, found := o.platformOf(platform)
	if !found {
		return nil
	}
	g := generator{org: o.org}
	var all []access.Grant
	for _, option := range g.optionsFor(p) {
		for _, scope := range option.scopes {
			grant := access.Grant{To: to, Role: option.role, On: scope}
			same := func(other access.Grant) bool { return grantKey(other) == grantKey(grant) }
			if slices.Contains(option.holders, to.Kind) && o.mayBeMade(p, grant) && !slices.ContainsFunc(all, same) {
				all = append(all, grant)
			}
		}
	}
	return all
}

// mayBeMade leaves out what the generator makes although it is forbidden: a dbt user's own set, a team's role in
// astro-2022, a program's role in the directory for a person.
func (o *Oracle) mayBeMade(p access.Platform, g access.Grant) bool {
	switch p.Model.Edition {
	case DbtEnterprise:
		return dbt{o, p}.mayHold(g.To)
	case Astro2022, Astro2024:
		return astro{o, p}.mayHold(g.To)
	case Directory:
		return directory{o, p}.mayHold(g.To, g.Role)
	}
	return true
}
