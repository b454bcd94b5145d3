package cli

import (
	"fmt"
	"io"
	"strings"

	"bailiwick/client"
)

// providerFlags are what adding and changing a provider have in common.
type providerFlags struct {
	SecretFile  string   `name:"client-secret-file" placeholder:"FILE" help:"A file with the client secret; - reads the standard input."`
	Public      bool     `help:"It has no client secret."`
	Scope       []string `sep:"none" placeholder:"WORD" help:"What is asked for besides openid: email, profile, groups."`
	GroupsClaim *string  `name:"groups-claim" placeholder:"CLAIM" help:"Which claim lists somebody's groups."`
	TrustEmail  *bool    `name:"trust-email" negatable:"" help:"Take every e-mail that it sends for verified. Only where people cannot write their own."`
	Create      *bool    `negatable:"" help:"Make a user at the first sign-in of somebody unknown."`
	Join        []string `sep:"none" placeholder:"PLATFORM" help:"Such a user becomes a member of the platform."`
	MapTeam     []string `name:"map-team" sep:"none" placeholder:"GROUP=TEAM" help:"The people of the group are in the team. Several times for several."`
	MapLicense  []string `name:"map-license" sep:"none" placeholder:"PLATFORM=GROUP=LICENCE" help:"The people of the group have the license."`
}

// maxClientSecret is more than any provider gives.
const maxClientSecret = 4096

// fill puts what was given into a body.
func (f providerFlags) fill(s *session, body *client.ProviderBody) error {
	if f.Scope != nil {
		body.Scopes = without(f.Scope)
	}
	if f.GroupsClaim != nil {
		body.GroupsClaim = *f.GroupsClaim
	}
	if f.TrustEmail != nil {
		body.TrustEmail = *f.TrustEmail
	}
	if f.Create != nil {
		body.Create = *f.Create
	}
	if f.Join != nil {
		body.Join = without(f.Join)
	}
	if f.MapTeam != nil {
		body.Teams = nil
		for _, text := range without(f.MapTeam) {
			at := strings.LastIndexByte(text, '=') // a group's name may have one
			if at <= 0 {
				return wrong(fmt.Sprintf("--map-team %q names no group and team", text), "write engineers=data")
			}
			body.Teams = append(body.Teams, client.GroupTeam{Group: text[:at], Team: text[at+1:]})
		}
	}
	if f.MapLicense != nil {
		body.Licenses = nil
		for _, text := range without(f.MapLicense) {
			platform, rest, _ := strings.Cut(text, "=")
			at := strings.LastIndexByte(rest, '=')
			if at <= 0 {
				return wrong(fmt.Sprintf("--map-license %q names no platform, group and license", text), "write dbt=analysts=developer")
			}
			body.Licenses = append(body.Licenses, client.GroupLicense{Platform: platform, Group: rest[:at], License: rest[at+1:]})
		}
	}
	return f.secret(s, body)
}

// secret reads the client secret, which is never a flag's value.
func (f providerFlags) secret(s *session, body *client.ProviderBody) error {
	switch {
	case f.Public && f.SecretFile != "":
		return wrong("a public client has no secret", "leave --public or --client-secret-file out")
	case f.Public:
		body.ClientSecret = new(string)
		return nil
	case f.SecretFile == "":
		return nil
	}
	read := s.ReadFile
	if f.SecretFile == "-" {
		read = func(string) ([]byte, error) { return io.ReadAll(io.LimitReader(s.Stdin, maxClientSecret+2)) }
	}
	content, err := read(f.SecretFile)
	if err != nil {
		return fmt.Errorf("read the client secret: %w", err)
	}
	text := strings.TrimSpace(string(content))
	if text == "" {
		return wrong("the client secret is empty", "write it into the file, or --public where there is none")
	}
	body.ClientSecret = &text
	return nil
}

// without leaves out the empty text by which a list is emptied.
func without(list []string) []string {
	var kept []string
	for _, text := range list {
		if text != "" {
			kept = append(kept, text)
		}
	}
	return kept
}

// alter changes what is said of a provider, as it is now: where somebody changed the organization in between, nothing is done.
func (s *session) alter(provider string, flags changeFlags, done string, edit func(*client.ProviderBody) error) error {
	server, err := s.remote(client.When{})
	if err != nil {
		return err
	}
	p, revision, err := server.provider(provider)
	if err != nil {
		return err
	}
	body := client.ProviderBody{ProviderSettings: p.ProviderSettings}
	if err := edit(&body); err != nil {
		return err
	}
	how := changing(flags.DryRun, flags.ChangeID)
	how.ExpectedRevision = revision
	change, err := server.client.SetProvider(server.ctx, p.ID, body, how)
	return s.provided(change, unknown(err, how), done)
}

// provided prints what a change of a provider came to.
func (s *session) provided(change client.Change, err error, done string) error {
	switch {
	case err != nil:
		return err
	case s.output != "table":
		return s.object(change)
	case !change.DryRun && change.Changed:
		s.printf("%s\n", done)
	}
	s.outcome(change)
	return nil
}
