package server

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	"bailiwick/internal/change"
	"bailiwick/internal/decide"
	"bailiwick/internal/journal"
	"bailiwick/internal/oidc"
	"bailiwick/internal/state"
)

const mailWithin = 3 * time.Second

// checkMail tries the mail server's address, and looks at letters that could not be sent.
func checkMail(ctx context.Context, c *Config, f Facts) Result {
	if !c.mails() {
		return fine("there is none: administrators copy links and hand them over")
	}
	waiting, dead := 0, 0
	if f.Letters != nil {
		var err error
		if waiting, dead, err = f.Letters(ctx); err != nil {
			return fail("see the database", "the outbox cannot be read (%v)", err)
		}
	}
	if c.MailFolder == "" {
		connection, err := (&net.Dialer{Timeout: mailWithin}).DialContext(ctx, "tcp", c.smtp.Address())
		if err != nil {
			return fail("see mail.server, and that a firewall lets it through", "%s cannot be reached (%v); %d letters wait", c.smtp.Host, err, waiting)
		}
		_ = connection.Close()
	}
	if dead > 0 {
		return warn("see the log for why, and open new links for the people", "%d letters were given up in the last week; %d wait", dead, waiting)
	}
	return fine("%d letters wait", waiting)
}

// checkSignIn says how people get in, and asks the identity providers for their own description.
func checkSignIn(ctx context.Context, f Facts) Result {
	var says, wrong []string
	err := f.Organizations(ctx, func(st *state.State) {
		ways := []string{}
		if change.PasswordsAllowed(st) {
			ways = append(ways, "passwords")
		}
		for _, p := range st.Providers() {
			if !p.Enabled {
				continue
			}
			ways = append(ways, p.Name)
			if err := f.Discover(ctx, oidc.Provider{ID: p.Provider, Name: p.Name, Issuer: p.Issuer, ClientID: p.ClientID}); err != nil {
				wrong = append(wrong, err.Error())
			}
		}
		if len(ways) == 0 {
			ways = append(ways, "tokens only")
		}
		says = append(says, st.Organization+": "+strings.Join(ways, ", "))
		for _, g := range st.BreakGlass(st.Moment(f.Now())) {
			wrong = append(wrong, fmt.Sprintf("a break-glass access is open in %s until %s", st.Organization, time.UnixMicro(g.Until).UTC().Format("15:04 UTC")))
		}
	})
	switch {
	case err != nil:
		return fail("see the database", "it cannot be read (%v)", err)
	case len(wrong) > 0:
		return warn("see docs/signing-in.md", "%s; %s", strings.Join(says, "; "), strings.Join(wrong, "; "))
	case len(says) == 0:
		return fine("there is no organization yet")
	}
	return fine("%s", strings.Join(says, "; "))
}

// signInFacts adds to the facts what the checks of sign-in ask for.
func signInFacts(f *Facts, config *Config, look func(context.Context, func(*journal.Journal) error) error) {
	f.Letters = func(ctx context.Context) (waiting, dead int, err error) {
		return waiting, dead, look(ctx, func(j *journal.Journal) error {
			names, err := j.Organizations(ctx)
			for _, name := range names {
				w, d, failed := j.Letters(ctx, name)
				if failed != nil {
					return failed
				}
				waiting, dead = waiting+w, dead+d
			}
			return err
		})
	}
	f.Organizations = func(ctx context.Context, visit func(*state.State)) error {
		return look(ctx, func(j *journal.Journal) error {
			engine, err := decide.Open(ctx, j, decide.Options{})
			if err != nil {
				return err
			}
			defer engine.Close()
			for _, name := range engine.Organizations() {
				st, err := engine.View(name)
				if err != nil {
					return err
				}
				visit(st)
			}
			return nil
		})
	}
	f.Discover = func(ctx context.Context, p oidc.Provider) error {
		callback := config.External.JoinPath("/signin/callback")
		party, err := oidc.New(oidc.Options{Redirect: callback, Key: make([]byte, 32), Now: time.Now, Reach: config.ProvidersNetworks, Timeout: mailWithin})
		if err == nil {
			_, err = party.EndSession(ctx, p, "") // which reads the description first
		}
		return err
	}
}
