package rest

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/fault"
	"bailiwick/internal/feed"
	"bailiwick/internal/signin"
	"bailiwick/internal/state"
)

// directory is where the permissions of gates are held.
const directory = "org"

// feedWithin bounds the sending of a line: whoever does not read is let go, and comes back.
const feedWithin = 10 * time.Second

// gatePlatform is the one platform that a gate's token is narrowed to. A token for everything would tell whoever steals it of
// everybody: there is none that reads a feed.
func gatePlatform(c *signin.Caller) (string, error) {
	slug := ""
	for i, path := range c.Scopes {
		if i > 0 && access.SlugOf(path) != slug {
			slug = ""
			break
		}
		slug = access.SlugOf(path)
	}
	if slug == "" || slug == directory {
		return "", fault.New(fault.Forbidden, "the gate's token is not narrowed to one platform").By("gate_scope").
			Rather("make a token for it with --scopes and the path of its deployment")
	}
	return slug, nil
}

// gateMay judges by a state whether the gate that asks may do something at all, and says for which platform. That its token
// is still good is judged elsewhere.
func (a *asking) gateMay(st *state.State, permission string) (slug string, err error) {
	if slug, err = gatePlatform(a.caller); err != nil {
		return "", err
	}
	full := directory + "." + permission
	narrowed := len(a.caller.Permissions) > 0 && !slices.Contains(a.caller.Permissions, full)
	q := access.Question{Subject: a.caller.Subject, Permission: permission, Resource: directory, At: st.Moment(a.Engine.Now())}
	if narrowed || !st.Decide(q).Allowed {
		return "", fault.New(fault.Forbidden, "the gate has no %s at %s", permission, directory).By("gate_role").Rather("give its service user the role gate at %s", directory)
	}
	if st.Platform(slug) == nil {
		return "", fault.New(fault.NotFound, "the platform %q is not attached", slug).In("platform")
	}
	return slug, nil
}

// ofGate tells whether a path is one that the gate's token is for.
func (a *asking) ofGate(path string) bool {
	canonical, err := access.CanonicalPath(path)
	own := signin.Caller{Scopes: a.caller.Scopes}
	return err == nil && canonical == path && own.Allows("", path)
}

// gateFeed follows what decides on the gate's platform, until the gate goes, or what let it in ends.
func gateFeed(a *asking) (any, error) {
	known := client.FeedQuery{}
	var err error
	if known.Revision, err = a.number("revision"); err != nil {
		return nil, err
	}
	if known.Epoch, err = a.number("epoch"); err != nil {
		return nil, err
	}
	st, err := a.Engine.Current(a.caller.Organization) // never as old as a view
	if err != nil {
		return nil, err
	}
	slug, err := a.gateMay(st, "feed.read")
	if err != nil {
		return nil, err
	}
	return stream(func(w http.ResponseWriter) {
		ctx, release := a.Reader.Hold(a.r.Context(), a.caller)
		defer release()
		follower := feed.Follower{Organization: a.caller.Organization, Platform: slug, Known: known, Send: a.sendLine(w),
			Still: func(st *state.State) error {
				_, err := a.gateMay(st, "feed.read")
				return err
			}}
		w.Header().Set("Content-Type", "application/x-ndjson")
		err := a.feeds.Follow(ctx, follower)
		if ctx.Err() == nil { // else the gate has gone, or may not any more
			a.Log.WarnContext(ctx, "a gate's feed ended", "gate", a.caller.String(), "error", redact(causes(err)))
		}
		panic(http.ErrAbortHandler) //nolint:forbidigo // net/http has no other way to cut an answer off; a feed has no end that is good
	}), nil
}

// sendLine writes lines as they come.
func (a *asking) sendLine(w http.ResponseWriter) func(*client.GateFeed) error {
	control := http.NewResponseController(w)
	lines := json.NewEncoder(w)
	return func(line *client.GateFeed) error {
		if err := context.Cause(a.r.Context()); err != nil {
			return err
		}
		_ = control.SetWriteDeadline(time.Now().Add(feedWithin)) //nolint:forbidigo // the connection's clock; without deadlines it is a test's
		if err := lines.Encode(line); err != nil {
			return err
		}
		return control.Flush()
	}
}
