package accessfile

import (
	"fmt"
	"strings"

	"bailiwick/access"
)

// checkSeats counts the active users on each platform that has a limit. Service users do not count, nor does it matter
// when a grant begins or ends: the file says who is meant to be there.
func (r *reader) checkSeats() {
	for slug, limit := range r.seats {
		attached := r.file.Platforms[slug]
		if n := len(r.onPlatform(slug)); attached.Seats > 0 && n > attached.Seats {
			r.p.Add(limit, fmt.Sprintf("%d users are on %s, which has %s", n, slug, count(attached.Seats, "seat")),
				"take somebody off, deactivate somebody, or raise seats:")
		}
	}
}

// onPlatform returns the active users who are members: explicitly, by a license, or by a grant of their own or a team's.
func (r *reader) onPlatform(slug string) map[string]bool {
	holders := map[access.Holder]bool{}
	for _, grant := range r.file.Organization.Grants {
		if first, _, _ := strings.Cut(grant.On, "/"); first == slug {
			holders[grant.To] = true
		}
	}
	inTeam := map[string]bool{}
	for _, team := range r.file.Organization.Teams {
		if holders[access.Holder{Kind: access.Team, ID: team.Name}] {
			for _, member := range team.Members {
				inTeam[member] = true
			}
		}
	}
	on := map[string]bool{}
	for _, user := range r.file.Organization.Users {
		_, licensed := user.Licenses[slug]
		own := holders[access.Holder{Kind: access.User, ID: user.ID}]
		if !user.Inactive && (licensed || own || inTeam[user.ID] || has(user.On, slug)) {
			on[user.ID] = true
		}
	}
	return on
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
