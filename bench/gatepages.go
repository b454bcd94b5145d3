package main

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"bailiwick/internal/dagstertest"
)

// permissionsQuery is asked once when a page is opened, and nearly all of its answer is written anew.
const permissionsQuery = "PermissionsQuery"

// A pageQuery is what one of Dagster's own pages asks, ready to be sent.
type pageQuery struct {
	name      string
	request   []byte
	recurring bool // pages ask it again and again while they are open
}

// pageQueries are what the pages that people have open ask: the workspace, runs, a run, a job, a schedule, a sensor, assets, and what
// one may do. Their texts are those of the installed pages.
func (g *gated) pageQueries(address string) ([]pageQuery, error) {
	all, err := dagstertest.Operations()
	if err != nil {
		return nil, err
	}
	in := func(name, value string) map[string]any {
		return map[string]any{"repositoryName": dagstertest.Repository, "repositoryLocationName": "etl", name: value}
	}
	keys := []any{map[string]any{"path": []string{"orders"}}}
	var found []pageQuery
	for _, q := range []struct {
		name      string
		variables map[string]any
		recurring bool
	}{
		{permissionsQuery, nil, false},
		{"CodeLocationStatusQuery", nil, true},
		{"LocationWorkspaceQuery", map[string]any{"name": "etl"}, false},
		{"RunsFeedRootQuery", map[string]any{"limit": 25, "view": "ROOTS", "filter": map[string]any{}}, true},
		{"RunRootQuery", map[string]any{"runId": g.run}, false},
		{"SingleJobQuery", map[string]any{"selector": in("pipelineName", "nightly")}, false},
		{"ScheduleRootQuery", map[string]any{"scheduleSelector": in("scheduleName", "nightly_schedule")}, false},
		{"SensorRootQuery", map[string]any{"sensorSelector": in("sensorName", "files")}, false},
		{"AssetsPermissionsQuery", map[string]any{"assetKeys": keys}, false},
		{"AssetCatalogTableQuery", map[string]any{"limit": 50}, false},
	} {
		text, known := all[q.name]
		if !known {
			return nil, fmt.Errorf("the pages of this Dagster have no %s: take another query of theirs", q.name)
		}
		if q.variables == nil {
			q.variables = map[string]any{}
		}
		r, err := g.asking(address, map[string]any{"query": text.Text, "variables": q.variables, "operationName": q.name})
		if err != nil {
			return nil, err
		}
		found = append(found, pageQuery{q.name, r, q.recurring})
	}
	return found, nil
}

// pages compares the queries of Dagster's own pages, asked through the gate and asked directly, one after the other. The limit is on
// the middle of all of them: single ones of a few milliseconds are shown.
func (g *gated) pages() error {
	queries, err := g.pageQueries(g.real)
	if err != nil {
		return err
	}
	sides := make([]*connection, 2)
	for i, address := range []string{strings.TrimPrefix(g.dagster.URL(), "http://"), g.real} {
		if sides[i], err = dial(address); err != nil {
			return err
		}
		defer func() { _ = sides[i].Close() }()
	}
	var took, ratios series
	for _, q := range queries {
		both, err := g.turns(sides, q.request)
		if err != nil {
			return fmt.Errorf("%s: %w", q.name, err)
		}
		took, ratios = append(took, both[1].median()), append(ratios, both[1].over(both[0]))
		g.value("page query "+q.name+", p50", both[1].median(), "ms").note(both[1].over(both[0]), "direct")
	}
	g.value("queries of Dagster's pages, p50 of all", took.median(), "ms").times(ratios.median(), "direct").atMost(1.15)
	return nil
}

// turns asks the same of each side in turn, and returns the medians of each round.
func (g *gated) turns(sides []*connection, request []byte) ([]series, error) {
	all := make([]series, len(sides))
	for round := -1; round < min(gateRounds, max(1, g.rounds)); round++ {
		took := make([]series, len(sides))
		for range gateAsked {
			for i, c := range sides {
				began := time.Now()
				body, err := c.ask(request)
				if err != nil {
					return nil, err
				}
				took[i] = append(took[i], float64(time.Since(began)))
				if bytes.Contains(body, []byte(`"errors"`)) {
					return nil, fmt.Errorf("the answer is %.300s", body)
				}
			}
		}
		if round >= 0 { // the first is to warm up
			for i := range sides {
				all[i] = append(all[i], took[i].median())
			}
		}
	}
	return all, nil
}

// documents compares the gate with a reverse proxy that judges nothing, before an upstream that costs next to nothing.
func (g *gated) documents() error {
	queries, err := g.pageQueries(g.quick)
	if err != nil {
		return err
	}
	for _, q := range queries {
		if !q.recurring && q.name != permissionsQuery {
			continue
		}
		gate := &process{address: g.quick}
		loads, err := alternate(max(1, g.rounds/2), []*process{gate, g.bare}, [][]byte{q.request}, connections)
		if err != nil {
			return fmt.Errorf("%s: %w", q.name, err)
		}
		f := g.add(figure{Name: q.name + ", 16 connections", Value: loads[0].rate.median(), Unit: "/s"})
		if ratio := loads[0].rate.over(loads[1].rate); q.recurring {
			f.times(ratio, "a bare reverse proxy").atLeast(0.5)
		} else {
			f.note(ratio, "a bare reverse proxy")
		}
	}
	return nil
}
