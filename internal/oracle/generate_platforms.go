package oracle

import (
	"slices"

	"bailiwick/access"
)

// dagsterTree makes deployments with locations and branch deployments; a branch has some of its parent's locations and
// now and then one of its own.
func (g *generator) dagsterTree(p *access.Platform) {
	if chance(g.rng, 3) {
		p.Settings = map[string]string{"branch_scope": "everywhere"}
	}
	deployments := map[string]bool{}
	for range g.rng.IntN(g.size/2 + 3) {
		deployment := p.Slug + "/" + freshName(g.rng, deployments)
		g.add(p, deployment, "")
		locations := map[string]bool{}
		for range g.rng.IntN(3) {
			g.add(p, deployment+"/"+freshName(g.rng, locations), "")
		}
		branches := map[string]bool{}
		for range g.rng.IntN(3) {
			branch := deployment + "/branch:" + freshName(g.rng, branches)
			g.add(p, branch, "")
			inBranch := map[string]bool{}
			for _, name := range sortedKeys(locations) {
				if chance(g.rng, 2) {
					inBranch[name] = true
					g.add(p, branch+"/"+name, "")
				}
			}
			if chance(g.rng, 3) {
				g.add(p, branch+"/"+freshName(g.rng, inBranch), "")
			}
		}
	}
}

func (g *generator) dbtTree(p *access.Platform) {
	projects := map[string]bool{}
	for range g.rng.IntN(g.size/2 + 3) {
		project := p.Slug + "/" + freshName(g.rng, projects)
		g.add(p, project, "")
		environments := map[string]bool{}
		for range g.rng.IntN(4) {
			environment := project + "/" + freshName(g.rng, environments)
			g.add(p, environment, pick(g.rng, []string{"development", "staging", "production", "other"}))
			jobs := map[string]bool{}
			for range g.rng.IntN(3) {
				g.add(p, environment+"/job:"+freshName(g.rng, jobs), "")
			}
		}
	}
}

func (g *generator) astroTree(p *access.Platform) {
	if chance(g.rng, 2) {
		p.Settings = map[string]string{"owners_reach_workspaces": pick(g.rng, []string{"on", "off"})}
	}
	workspaces := map[string]bool{}
	for range g.rng.IntN(g.size/2 + 3) {
		workspace := p.Slug + "/" + freshName(g.rng, workspaces)
		g.add(p, workspace, "")
		deployments := map[string]bool{}
		for range g.rng.IntN(3) {
			g.add(p, workspace+"/"+freshName(g.rng, deployments), "")
		}
	}
}

func (g *generator) add(p *access.Platform, path, category string) {
	p.Resources = append(p.Resources, access.Resource{Path: path, Category: category})
}

// dagsterRoles makes custom deployment and organization roles.
func (g *generator) dagsterRoles(p *access.Platform) {
	below, all := []string{}, []string{}
	for _, row := range dagsterMatrix {
		if row.lowest == "agent" {
			continue
		}
		all = append(all, row.permission)
		if row.level != "organization" {
			below = append(below, row.permission)
		}
	}
	for i := range g.rng.IntN(3) {
		role := access.Role{Name: []string{"release-manager", "Viewer "}[i], At: []string{"deployment"}, Custom: true}
		role.Permissions = g.some(below)
		if chance(g.rng, 2) {
			role.BasedOn = pick(g.rng, []string{"viewer", "launcher", "editor", "admin"})
		}
		p.Roles = append(p.Roles, role)
	}
	if chance(g.rng, 2) {
		role := access.Role{Name: "overseer", At: []string{"organization"}, Custom: true, Permissions: g.some(all)}
		if chance(g.rng, 6) {
			role.BasedOn = "organization_admin"
		}
		p.Roles = append(p.Roles, role)
	}
}

// astroCustomRoles makes custom deployment roles, the only kind that Astro of 2024 has here.
func (g *generator) astroCustomRoles(p *access.Platform) {
	var below []string
	for _, row := range astro2024Matrix {
		// Creating a deployment is not something inside one (decisions 0002, line 15), so no such role may contain it.
		if row.level == astroDeployment && row.permission != "deployments.create" {
			below = append(below, row.permission)
		}
	}
	for i := range g.rng.IntN(3) {
		role := access.Role{Name: []string{"dag-pusher", "größe"}[i], At: []string{"deployment"}, Custom: true}
		role.Permissions = g.some(below)
		if chance(g.rng, 4) {
			role.BasedOn = "deployment_admin"
		}
		p.Roles = append(p.Roles, role)
	}
}

// some picks a few, at least one ("At least one permission is required", dagster.md §2).
func (g *generator) some(from []string) []string {
	var few []string
	for range 1 + g.rng.IntN(5) {
		if name := pick(g.rng, from); !slices.Contains(few, name) {
			few = append(few, name)
		}
	}
	return few
}
