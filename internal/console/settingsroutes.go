package console

// settingsRoutes are the pages of the organization's settings.
func (p *pages) settingsRoutes() []Route {
	return []Route{
		p.inside("GET /settings", "settings", (*asking).firstSettings),
		p.inside("GET /settings/general", "settings", (*asking).general),
		p.inside("POST /settings/glass/end", "break_glass.end", (*asking).endGlass),
		p.inside("GET /settings/signin", "providers", (*asking).showSignInSettings),
		p.inside("POST /settings/signin", "organization.set", (*asking).saveSignInSettings),
		p.inside("GET /settings/providers", "providers", (*asking).providers),
		p.inside("GET /settings/providers/new", "providers", (*asking).showNewProvider),
		p.inside("POST /settings/providers/new", "provider.put", (*asking).addProvider),
		p.inside("GET /settings/providers/{provider}", "providers", (*asking).showProvider),
		p.inside("POST /settings/providers/{provider}/connection", "provider.put", (*asking).saveProvider),
		p.inside("POST /settings/providers/{provider}/secret", "provider.put", (*asking).keepSecret),
		p.inside("POST /settings/providers/{provider}/enabled", "provider.put", (*asking).switchProvider),
		p.inside("POST /settings/providers/{provider}/groups", "provider.put", (*asking).mapGroup),
		p.inside("POST /settings/providers/{provider}/remove", "provider.remove", (*asking).removeProvider),
		p.inside("GET /settings/provisioning", "settings", (*asking).showProvisioning),
		p.inside("POST /settings/provisioning", "organization.set", (*asking).saveProvisioning),
		p.inside("GET /settings/plan", "platforms", (*asking).showPlans),
		p.inside("POST /settings/plan/{platform}", "platform.update", (*asking).savePlan),
		p.inside("GET /settings/switches", "platforms", (*asking).showSwitches),
		p.inside("POST /settings/switches/{platform}", "platform.update", (*asking).saveSwitch),
		p.inside("GET /settings/danger", "settings", (*asking).showDanger),
		p.inside("POST /settings/danger/export", "export", (*asking).exportFile),
		p.inside("POST /settings/danger/sessions", "sessions.end", (*asking).endEverything),
		p.inside("POST /settings/danger/erase", "person.erase", (*asking).erasePerson),
		p.inside("POST /settings/danger/detach/{platform}", "platform.detach", (*asking).detachPlatform),
	}
}
