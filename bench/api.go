package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/change"
)

const (
	apiCallers  = 8
	apiTurn     = 3 * time.Second / 2 // how long a list is read
	apiPages    = 400                 // of a list, at most
	bigTeam     = 1000                // people
	apiDryRuns  = 7
	graphqlPath = "/graphql"
)

// measureAPI measures pages of the management API and dry runs of a large change, over HTTP, of a server with W.
func measureAPI(b *bench) error {
	var owner, admin string
	return served(func(folder string) (err error) {
		owner, admin, err = b.managers(folder)
		return err
	}, func(ours *process) error { return b.pagesAndDryRuns(ours, owner, admin) })
}

func (b *bench) pagesAndDryRuns(ours *process, owner, admin string) error {
	for _, l := range []struct{ name, token, field, things string }{
		{"users", owner, "users", "users { email name on teams }"},
		{"users, to who sees one platform,", admin, "users", "users { email name on teams }"},
		{"teams", owner, "teams", "teams { name members grants }"},
		{"grants", owner, "grants", "grants { to role on }"},
	} {
		requests, err := pages(ours.address, l.token, l.field, l.things)
		if err != nil {
			return fmt.Errorf("%s: %w", l.name, err)
		}
		took, err := together(ours.address, requests)
		if err != nil {
			return fmt.Errorf("%s: %w", l.name, err)
		}
		b.value(fmt.Sprintf("GraphQL %s page, %d callers, p99", l.name, apiCallers), float64(took[len(took)*99/100]), "ms").atMost(50)
	}
	return b.dryRuns(ours.address, admin)
}

// managers imports W and returns tokens of its owner, who sees everything, and of an administrator of the platform.
func (b *bench) managers(folder string) (owner, admin string, err error) {
	text, err := b.w.accessFile()
	if err != nil {
		return "", "", err
	}
	p, err := openProduct(folder)
	if err != nil {
		return "", "", err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	if err := errors.Join(p.create(), p.apply(text)); err != nil {
		return "", "", err
	}
	st, err := p.engine.Current(acme)
	if err != nil {
		return "", "", err
	}
	manager := change.Actor{Via: "bench"}
	for _, g := range st.GrantsAt(platform) {
		if g.Role == "organization_admin" && g.To.Kind == access.User {
			manager.Subject = g.To
		}
	}
	everybody := client.TeamCreate{Team: "everybody"}
	for _, u := range st.Users() {
		if len(everybody.Members) < min(bigTeam, b.users) {
			everybody.Members = append(everybody.Members, u.Email)
		}
	}
	ctx, own := context.Background(), client.TokenIssue{NewToken: client.NewToken{Kind: "user"}}
	first, err := p.changes.Do(ctx, acme, p.owner, change.How{}, own)
	if err != nil {
		return "", "", err
	}
	second, err := p.changes.Do(ctx, acme, manager, change.How{}, own, everybody)
	if err != nil {
		return "", "", err
	}
	return first.Results[0].Secret, second.Results[0].Secret, nil
}

// pages reads a list to its end, and returns the requests for its pages.
func pages(address, token, field, things string) (requests [][]byte, err error) {
	c, err := dial(address)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	query := "query($after: String) { bailiwick { list: " + field + "(first: 100, after: $after) { total next " + things + " } } }"
	for after := ""; len(requests) < apiPages; {
		r, err := request(graphqlPath, token, map[string]any{"query": query, "variables": map[string]any{"after": after}})
		if err != nil {
			return nil, err
		}
		body, err := c.ask(r)
		if err != nil {
			return nil, err
		}
		var page struct {
			Data struct {
				Bailiwick struct{ List struct{ Next string } }
			}
			Errors []struct{ Message string }
		}
		if err := json.Unmarshal(body, &page); err != nil || len(page.Errors) > 0 {
			return nil, errors.Join(fmt.Errorf("the answer is %.200s", body), err)
		}
		requests = append(requests, slices.Clone(r))
		if after = page.Data.Bailiwick.List.Next; after == "" {
			break
		}
	}
	return requests, nil
}

// together asks with several callers at once, and returns what each request took, sorted.
func together(address string, requests [][]byte) ([]time.Duration, error) {
	took, errs := make([][]time.Duration, apiCallers), make([]error, apiCallers)
	until := time.Now().Add(apiTurn)
	var all sync.WaitGroup
	for i := range apiCallers {
		all.Go(func() {
			c, err := dial(address)
			if err != nil {
				errs[i] = err
				return
			}
			took[i], errs[i] = c.keepAsking(requests, i*len(requests)/apiCallers, until, 0)
			errs[i] = errors.Join(errs[i], c.Close())
		})
	}
	all.Wait()
	each := slices.Concat(took...)
	slices.Sort(each)
	return each, errors.Join(errs...)
}

// dryRuns asks what would become of it if a large team were made administrator everywhere, in either way of saying so.
func (b *bench) dryRuns(address, token string) error {
	c, err := dial(address)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	grant := func(role, on string) map[string]string {
		return map[string]string{"do": "grant.add", "to": "team:everybody", "role": role, "on": on}
	}
	var each []map[string]string
	for _, d := range b.w.deployments {
		each = append(each, grant("admin", d))
	}
	for _, way := range []struct {
		name     string
		commands []map[string]string
	}{{"admin of the platform", []map[string]string{grant(orgAdmin, platform)}}, {"admin of each deployment", each}} {
		took, err := c.dryRun(token, way.commands)
		if err != nil {
			return fmt.Errorf("the dry run that makes a team %s: %w", way.name, err)
		}
		b.value(fmt.Sprintf("dry run: a team of %d made %s", min(bigTeam, b.users), way.name), took.median(), "ms").atMost(300)
	}
	return nil
}

// dryRun says over and over what commands would change.
func (c *connection) dryRun(token string, commands []map[string]string) (took series, err error) {
	r, err := request(graphqlPath, token, map[string]any{"query": "mutation($commands: [JSON!]!) @dryRun { change(commands: $commands) { gained } }",
		"variables": map[string]any{"commands": commands}})
	if err != nil {
		return nil, err
	}
	for range apiDryRuns {
		began := time.Now()
		body, err := c.ask(r)
		if err != nil {
			return nil, fmt.Errorf("after %v: %w", time.Since(began), err)
		}
		took = append(took, float64(time.Since(began)))
		var said struct {
			Data struct{ Change struct{ Gained int } }
		}
		if err := json.Unmarshal(body, &said); err != nil || said.Data.Change.Gained == 0 {
			return nil, errors.Join(fmt.Errorf("the answer is %.300s", body), err)
		}
	}
	return took, nil
}
