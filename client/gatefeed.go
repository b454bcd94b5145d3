package client

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Kinds of lines of a gate's feed.
const (
	FeedBeat   = "beat"   // nothing else has changed
	FeedFull   = "full"   // forget everything and begin with this
	FeedChange = "change" // what is in it takes the place of what was known
)

// A FeedQuery is the query of GET /api/v1/gate/feed: what the gate knows already. The zero value is nothing.
type FeedQuery struct {
	Revision, Epoch int64
}

// A GateFeed is one line of GET /api/v1/gate/feed: what a gate has to know of its platform to decide by itself. There are
// opaque ids in it, and no names.
type GateFeed struct {
	Kind     string    `json:"kind"`
	Revision int64     `json:"revision"` // of the journal's head, as far as the server knew it when it wrote the line
	Epoch    int64     `json:"epoch"`
	At       time.Time `json:"at"`      // the moment that decisions are about: the later of the server's clock and the last row
	Elapsed  int64     `json:"elapsed"` // microseconds since the first line, by a clock that nobody sets
	Behind   int64     `json:"behind"`  // microseconds since the server last heard from its journal

	Platform     *FeedPlatform            `json:"platform,omitempty"`
	Resources    map[string]*FeedResource `json:"resources,omitempty"`     // by path; null: it is gone
	Teams        map[string]*FeedHolder   `json:"teams,omitempty"`         // by id; null: it has nothing on the platform any more
	Users        map[string]*FeedUser     `json:"users,omitempty"`         // likewise
	ServiceUsers map[string]*FeedHolder   `json:"service_users,omitempty"` // likewise
	Tokens       map[string]*FeedToken    `json:"tokens,omitempty"`        // by id; null: it does not work any more
	// Ended are users of whom a session may have ended: their sessions are asked about anew. EndedAll is everybody.
	Ended    []string `json:"ended,omitempty"`
	EndedAll bool     `json:"ended_all,omitempty"`
}

// A FeedPlatform is the platform itself.
type FeedPlatform struct {
	Slug     string            `json:"slug"`
	Edition  string            `json:"edition"`
	Hash     string            `json:"hash"`           // of the edition's text
	Text     string            `json:"text,omitempty"` // of an edition that is the operator's own
	Plan     string            `json:"plan,omitempty"`
	Settings map[string]string `json:"settings,omitempty"`
	Roles    []FeedRole        `json:"roles,omitempty"`
}

// A FeedRole is a custom role: its name, which grants name it by, and what it contains.
type FeedRole struct {
	Name        string   `json:"name"`
	At          []string `json:"at"`
	Holders     []string `json:"holders"`
	Permissions []string `json:"permissions,omitempty"`
	BasedOn     string   `json:"based_on,omitempty"`
}

// A FeedResource is a node of the platform's tree.
type FeedResource struct {
	Category string            `json:"category,omitempty"`
	Settings map[string]string `json:"settings,omitempty"`
}

// A FeedHolder is what a service user or a team has on the platform. Teams without a grant there are not told of.
type FeedHolder struct {
	Grants []FeedGrant `json:"grants,omitempty"`
}

// A FeedUser is somebody who has something on the platform, belongs to it, or is in a team of the feed.
type FeedUser struct {
	Inactive bool        `json:"inactive,omitempty"`
	Member   bool        `json:"member,omitempty"` // explicitly
	License  string      `json:"license,omitempty"`
	Teams    []string    `json:"teams,omitempty"` // of the feed
	Grants   []FeedGrant `json:"grants,omitempty"`
}

// A FeedGrant is a grant on the platform; whose it is follows from where it stands.
type FeedGrant struct {
	Role         string     `json:"role"`
	On           string     `json:"on"`
	Environments []string   `json:"environments,omitempty"`
	From         *time.Time `json:"from,omitempty"`
	Until        *time.Time `json:"until,omitempty"`
}

// A FeedToken is by what a gate knows a token, and never the token.
type FeedToken struct {
	Hash        string   `json:"hash"`
	Kind        string   `json:"kind"`                  // "user" or "svc"
	Subject     string   `json:"subject"`               // "user:usr_…", "service_user:svc_…"
	Permissions []string `json:"permissions,omitempty"` // those on the platform that it narrows to
	Scopes      []string `json:"scopes,omitempty"`      // those on the platform that it narrows to
	Expires     int64    `json:"expires,omitempty"`     // microseconds since 1970; 0: never
}

// maxFeedLine bounds what a gate holds of one line: a full feed of a million people is below it.
const maxFeedLine = 1 << 30

// GateFeed follows the feed of the gate whose token the client has, and visits each line until the context ends, the visit
// fails, or the server ends the feed, which it may do at any time. The error is never nil.
func (c *Client) GateFeed(ctx context.Context, known FeedQuery, visit func(*GateFeed) error) error {
	q := url.Values{}
	if known.Revision > 0 {
		q.Set("revision", strconv.FormatInt(known.Revision, 10))
		q.Set("epoch", strconv.FormatInt(known.Epoch, 10))
	}
	request, err := c.request(ctx, call{method: http.MethodGet, path: "/gate/feed", query: q, accept: "application/x-ndjson, application/json"})
	if err != nil {
		return err
	}
	response, err := c.http.Do(request)
	if err != nil {
		return fmt.Errorf("ask %s: %w", c.base, unaddressed(err))
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode >= 300 {
		text, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
		if err != nil {
			return fmt.Errorf("read the answer of %s: %w", c.base, err)
		}
		return c.refused(response, text)
	}
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(make([]byte, 0, 64<<10), maxFeedLine)
	for lines.Scan() {
		var line GateFeed
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return fmt.Errorf("%s sent something else than a feed: %w", c.base, err)
		}
		if err := visit(&line); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read the feed of %s: %w", c.base, err)
	}
	return fmt.Errorf("read the feed of %s: %w", c.base, io.ErrUnexpectedEOF)
}
