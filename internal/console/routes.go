package console

import (
	"net/http"

	"bailiwick/internal/fault"
	"bailiwick/internal/signin"
)

func (p *pages) routes() []Route {
	files := http.FileServerFS(fileFiles)
	routes := []Route{
		{Pattern: "GET /files/page.js", Operation: "files", Early: true, Quiet: true, Handler: files},
		{Pattern: "GET /files/console.css", Operation: "files", Early: true, Quiet: true, Handler: files},
		{Pattern: "GET /files/htmx.min.js", Operation: "files", Early: true, Quiet: true, Handler: files},
		{Pattern: "GET /files/icon.svg", Operation: "files", Early: true, Quiet: true, Handler: files},
		{Pattern: "GET /setup", Operation: "setup.use", Early: true, Handler: p.whileUnset(p.showSetup)},
		{Pattern: "POST /setup", Operation: "setup.use", Early: true, MaxBody: maxForm, Handler: p.form(p.whileUnset(p.useSetup))},
		p.open("GET /{$}", "home", p.home),
		p.inside("GET /search", "search", (*asking).search),
		p.open("GET /signin", "sign_in", p.chooseOrganization),
		p.open("GET /o/{organization}/signin", "sign_in", p.showSignIn),
		p.open("POST /o/{organization}/signin", "sign_in", p.signIn),
		p.open("GET /o/{organization}/signin/{provider}", "sign_in", p.toProvider),
		p.open("GET /o/{organization}/forgotten", "link.recover", p.showForgotten),
		p.open("POST /o/{organization}/forgotten", "link.recover", p.forgotten),
		p.open("GET /signin/callback", "sign_in", p.fromProvider),
		{Pattern: "POST /o/{organization}/signin/{provider}/signout", Operation: "back_channel", MaxBody: maxForm, Handler: http.HandlerFunc(p.backChannel)},
		p.open("GET /activate", "link.use", p.showLink),
		p.open("POST /activate", "link.use", p.useLink),
		p.open("GET /reset", "link.use", p.showLink),
		p.open("POST /reset", "link.use", p.useLink),
		p.open("GET /break-glass", "break_glass.use", p.showGlass),
		p.open("POST /break-glass", "break_glass.use", p.breakGlass),
		p.open("POST /signout", "sign_out", p.signOut),
		p.open("GET /signed-out", "sign_out", p.signedOut),
		p.inside("GET /denied", "denied", (*asking).denied),
		p.inside("GET /account", "account", (*asking).account),
		p.inside("GET /account/password", "password.set", (*asking).showPassword),
		p.inside("POST /account/password", "password.set", (*asking).changePassword),
		p.inside("POST /account/sessions/end", "sessions.end", (*asking).endOthers),
		p.inside("POST /account/sessions/{session}/end", "session.end", (*asking).endSession),
		p.mine("GET "+linkAddress+"{provider}", "identity.link", p.deliberate(p.linkProvider)),
		p.mine("GET "+testAddress+"{provider}", "provider.test", p.deliberate(p.testProvider)),
		p.mine("GET /cli/signin", "cli.sign_in", p.showCommandLine),
		p.mine("POST /cli/signin", "cli.sign_in", p.letCommandLine),
		p.mine("GET /gate/signin", "gate.sign_in", p.gateSignIn),
		p.inside("GET /users", "users", (*asking).users),
		p.inside("GET /users/{user}/roles", "user", (*asking).user),
		p.inside("GET /users/add", "user.add", (*asking).showAdd),
		p.inside("POST /users/add", "user.add", (*asking).addUser),
		p.inside("GET /users/{user}/role", "user.role", (*asking).editRole),
		p.inside("POST /users/{user}/role", "user.role", (*asking).saveRole),
		p.inside("POST /users/{user}/remove", "user.remove", (*asking).removeUser),
		p.inside("GET /teams", "teams", (*asking).teams),
		p.inside("GET /teams/new", "team.create", (*asking).newTeam),
		p.inside("POST /teams/new", "team.create", (*asking).createTeam),
		p.inside("GET /teams/{team}/members", "team", (*asking).members),
		p.inside("POST /teams/{team}/members", "team.join", (*asking).addMembers),
		p.inside("POST /teams/{team}/members/remove", "team.leave", (*asking).removeMember),
		p.inside("POST /teams/{team}/delete", "team.delete", (*asking).deleteTeam),
		p.inside("GET /teams/{team}/roles", "team", (*asking).teamRoles),
		p.inside("GET /teams/{team}/roles/edit", "grants.replace", (*asking).showTeamRole),
		p.inside("POST /teams/{team}/roles/edit", "grants.replace", (*asking).saveTeamRole),
		p.inside("GET /platforms", "platforms", (*asking).platforms),
		p.inside("GET /platforms/{platform}/tree", "platform", (*asking).platform),
		p.inside("GET /platforms/{platform}/resource", "resource", (*asking).resource),
		p.inside("POST /platforms/{platform}/resource", "resource.update", (*asking).saveResource),
		p.inside("GET /platforms/{platform}/create", "resource.create", (*asking).showCreate),
		p.inside("POST /platforms/{platform}/create", "resource.create", (*asking).create),
		p.inside("POST /platforms/{platform}/delete", "resource.delete", (*asking).removeResource),
		p.inside("GET /platforms/{platform}/give", "resource", (*asking).give),
		p.inside("GET /platforms/{platform}/people", "users", (*asking).peopleList),
		p.inside("GET /platforms/{platform}/groups", "teams", (*asking).groups),
		p.inside("GET /platforms/{platform}/group", "team", (*asking).group),
		p.inside("POST /platforms/{platform}/group", "grants.replace", (*asking).changeGroup),
		p.inside("GET /platforms/{platform}/licenses", "users", (*asking).licenses),
		p.inside("GET /platforms/{platform}/license", "user", (*asking).showLicense),
		p.inside("POST /platforms/{platform}/license", "license.set", (*asking).assignLicense),
		p.inside("GET /access", "access.explain", (*asking).explore),
		p.inside("GET /audit", "audit.read", (*asking).audit),
		p.inside("GET /audit/entry", "audit.read", (*asking).auditEntry),
		p.inside("POST /audit/verify", "audit.check", (*asking).verifyChain),
		p.inside("GET /service-users", "service_users", (*asking).serviceUsers),
		p.inside("GET /service-users/add", "service_user.create", (*asking).showAddService),
		p.inside("POST /service-users/add", "service_user.create", (*asking).addServiceUser),
		p.inside("GET /service-users/{service}/roles", "service_user", (*asking).showServiceUser),
		p.inside("POST /service-users/{service}/edit", "service_user.update", (*asking).editServiceUser),
		p.inside("POST /service-users/{service}/remove", "service_user.delete", (*asking).removeServiceUser),
		p.inside("GET /service-users/{service}/role", "service_user.role", (*asking).editRole),
		p.inside("POST /service-users/{service}/role", "service_user.role", (*asking).saveRole),
		p.inside("GET /tokens", "tokens", (*asking).tokens),
		p.inside("GET /tokens/new", "token.issue", (*asking).newToken),
		p.inside("POST /tokens/new", "token.issue", (*asking).createToken),
		p.inside("GET /tokens/{token}/details", "token", (*asking).showToken),
		p.inside("POST /tokens/{token}/describe", "token.describe", (*asking).describeToken),
		p.inside("POST /tokens/{token}/serves", "grants.replace", (*asking).saveServed),
		p.inside("POST /tokens/{token}/rotate", "token.rotate", (*asking).rotateToken),
		p.inside("POST /tokens/{token}/revoke", "token.revoke", (*asking).revokeToken),
		p.inside("GET /roles", "roles", (*asking).roles),
		p.inside("GET /roles/{platform}/{role}", "role", (*asking).oneRole),
		p.inside("GET /roles/new", "role.put", (*asking).newRole),
		p.inside("POST /roles/new", "role.put", (*asking).createRole),
		p.inside("GET /roles/export/csv", "roles", (*asking).exportRoles),
		p.inside("GET /roles/{platform}/{role}/edit", "role.put", (*asking).editRoleForm),
		p.inside("POST /roles/{platform}/{role}/edit", "role.put", (*asking).saveRoleForm),
		p.inside("POST /roles/{platform}/{role}/delete", "role.delete", (*asking).deleteRole),
	}
	routes = append(routes, p.settingsRoutes()...)
	routes = append(routes, p.userRoutes()...)
	if p.Demo != nil {
		routes = append(routes, p.open("POST /demo/signin", "demo.sign_in", p.demoSignIn))
	}
	return routes
}

// open is a page for anybody.
func (p *pages) open(pattern, operation string, answer http.HandlerFunc) Route {
	return Route{Pattern: pattern, Operation: operation, MaxBody: maxForm, Handler: p.form(answer)}
}

// mine is a page for somebody who is signed in. Others are sent to sign in; what they were about to do is not done after it.
func (p *pages) mine(pattern, operation string, answer func(http.ResponseWriter, *http.Request, *signin.Caller)) Route {
	return Route{Pattern: pattern, Operation: operation, SignedIn: true, MaxBody: maxForm, Handler: p.form(func(w http.ResponseWriter, r *http.Request) {
		caller, err := p.caller(w, r)
		switch {
		case err == nil:
			answer(w, r, caller)
		case fault.Is(err, fault.Unauthenticated) && r.Method == http.MethodGet:
			http.Redirect(w, r, p.signInPage(r.URL.RequestURI()), http.StatusSeeOther)
		default:
			p.failed(w, r, "This was not done", err)
		}
	})}
}

// form guards what a browser sends: from our own pages only.
func (p *pages) form(answer http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := p.guard.Check(r); err != nil {
			p.show(w, r, http.StatusForbidden, "message", page{Title: "This was not done", Content: message{Lines: []string{"Another site asked for it, and only pages of this server may."}}})
			return
		}
		if r.Method == http.MethodPost {
			r.Body = http.MaxBytesReader(w, r.Body, maxForm)
			if err := r.ParseForm(); err != nil {
				p.show(w, r, http.StatusBadRequest, "message", page{Title: "This was not done", Content: message{Lines: []string{"The form cannot be read."}}})
				return
			}
		}
		answer(w, r)
	})
}

// caller is who is signed in at the browser. A new secret of the session goes with the answer.
func (p *pages) caller(w http.ResponseWriter, r *http.Request) (*signin.Caller, error) {
	caller, err := p.Reader.Caller(r, signin.SessionKind)
	if err != nil {
		return nil, err
	}
	if caller.Renewed != nil {
		http.SetCookie(w, caller.Renewed)
	}
	return caller, nil
}
