package console

// userRoutes are the pages of people and teams that came later than the first ones.
func (p *pages) userRoutes() []Route {
	return []Route{
		p.inside("GET /users/{user}/signin", "user", (*asking).ways),
		p.inside("GET /users/{user}/history", "audit.read", (*asking).userHistory),
		p.inside("POST /users/{user}/sessions/end", "sessions.end", (*asking).endUserSessions),
		p.inside("POST /users/{user}/deactivate", "user.deactivate", (*asking).deactivateUser),
		p.inside("POST /users/{user}/reactivate", "user.reactivate", (*asking).reactivateUser),
		p.inside("POST /teams/{team}/rename", "team.rename", (*asking).renameTeam),
		p.inside("GET /access/export", "access.explain", (*asking).exportAccess),
		p.inside("GET /access/suggest", "access.suggest", (*asking).suggest),
	}
}
