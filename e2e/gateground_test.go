package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"bailiwick/internal/dagstertest"
)

// A place is a code location of e2e/dagster, with the names of what it defines.
type place struct {
	name                                         string
	job, partitionedJob, partition               string
	schedule, sensor, definition                 string
	asset, check, dynamicAsset, partitionedAsset string
}

var (
	etl = place{name: "etl", job: "nightly", partitionedJob: "weekly", partition: "monday", schedule: "nightly_schedule", sensor: "files",
		definition: "customers", asset: "orders", check: "orders_exist", dynamicAsset: "accounts", partitionedAsset: "daily_orders"}
	reports = place{name: "reports", job: "publish", partitionedJob: "quarterly", partition: "q1", schedule: "publish_schedule", sensor: "letters_sent",
		definition: "readers", asset: "revenue", check: "revenue_is_positive", dynamicAsset: "letters", partitionedAsset: "balance"}
)

// other is the other code location.
func (p place) other() place {
	if p.name == etl.name {
		return reports
	}
	return etl
}

type vars = map[string]any

// selector names something of the code location; with the field "" its repository.
func (p place) selector(field, name string) vars {
	v := vars{"repositoryName": dagstertest.Repository, "repositoryLocationName": p.name}
	if field != "" {
		v[field] = name
	}
	return v
}

func key(asset string) vars { return vars{"path": []string{asset}} }

// A ground is the Dagster that questions are about, asked past the gate.
type ground struct {
	t    testing.TB
	d    *dagstertest.Dagster
	made int
	// ended are backfills that have come to an end, which takes seconds to bring about.
	ended map[string][]string
}

// mark is a text that nothing in Dagster has yet.
func (g *ground) mark() string {
	g.made++
	return "case-" + strconv.Itoa(g.made)
}

// read asks Dagster itself and returns what is at a path of the answer: "runsOrError.results".
func (g *ground) read(path, query string, v vars) any {
	g.t.Helper()
	return dig(g.t, g.d.Query(g.t, query, v), path)
}

// dig returns what is at a path of an object; nil where nothing is.
func dig(t testing.TB, text []byte, path string) any {
	t.Helper()
	var at any
	if err := json.Unmarshal(text, &at); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	for part := range strings.SplitSeq(path, ".") {
		object, _ := at.(map[string]any)
		at = object[part]
	}
	return at
}

// length counts a list.
func length(list any) string {
	all, _ := list.([]any)
	return strconv.Itoa(len(all))
}

// marked is the metadata of a run that can be found again.
func marked(v vars) vars { return vars{"tags": []vars{{"key": "case", "value": v["mark"]}}} }

// runsMarked counts the runs that a question has made.
func runsMarked(g *ground, _ place, v vars) string {
	return length(g.read("runsOrError.results", `query ($m: String!) { runsOrError(filter: {tags: [{key: "case", value: $m}]}) { ... on Runs { results { id } } } }`,
		vars{"m": v["mark"]}))
}

// backfillsMarked counts the backfills that a question has made.
func backfillsMarked(g *ground, _ place, v vars) string {
	n := 0
	all, _ := g.read("partitionBackfillsOrError.results", `{ partitionBackfillsOrError { ... on PartitionBackfills { results { tags { key value } } } } }`, nil).([]any)
	for _, one := range all {
		if strings.Contains(fmt.Sprint(one), "value:"+v["mark"].(string)+"]") {
			n++
		}
	}
	return strconv.Itoa(n)
}

func runStatus(g *ground, _ place, v vars) string { return g.d.RunStatus(g.t, v["run"].(string)) }

func backfillStatus(g *ground, _ place, v vars) string {
	return g.d.BackfillStatus(g.t, v["backfill"].(string))
}

// endedBackfill is one that has come to an end, of a job or of assets, and is nobody else's. Several are ended at once.
func (g *ground) endedBackfill(p place, of string) string {
	g.t.Helper()
	name := p.name + of
	if len(g.ended[name]) == 0 {
		for range 4 {
			for _, at := range []place{etl, reports} {
				g.ended[at.name+"job"] = append(g.ended[at.name+"job"], g.jobBackfill(at))
				g.ended[at.name+"assets"] = append(g.ended[at.name+"assets"], g.d.LaunchBackfill(g.t, at.partitionedAsset, at.partition))
			}
		}
		g.d.EndBackfills(g.t, slices.Concat(g.ended["etljob"], g.ended["etlassets"], g.ended["reportsjob"], g.ended["reportsassets"])...)
	}
	first := g.ended[name][0]
	g.ended[name] = g.ended[name][1:]
	return first
}

func (g *ground) jobBackfill(p place) string {
	g.t.Helper()
	return g.d.LaunchJobBackfill(g.t, p.name, p.partitionedJob, p.partition)
}

// partitions lists a dynamic definition's partitions that a question has made.
func partitionsMarked(g *ground, p place, v vars) string {
	n := 0
	for _, partition := range g.d.Partitions(g.t, p.dynamicAsset) {
		if partition == v["mark"] {
			n++
		}
	}
	return strconv.Itoa(n)
}

// server is the id of the process that a code location runs in: another one after a reload.
func (g *ground) server(p place) string {
	g.t.Helper()
	id, _ := g.read("workspaceLocationEntryOrError.locationOrLoadError.serverId", `query ($n: String!) { workspaceLocationEntryOrError(name: $n) {
		... on WorkspaceLocationEntry { locationOrLoadError { ... on RepositoryLocation { serverId } } } } }`, vars{"n": p.name}).(string)
	return id
}

// reloaded tells whether a code location runs in another process than at the question's making.
func reloaded(g *ground, p place, v vars) string {
	return strconv.FormatBool(g.server(p) != v["server"])
}

// recorded counts what is recorded of an asset since the question was made.
func recorded(g *ground, p place, v vars) string {
	return strconv.Itoa(g.d.Materializations(g.t, p.asset) - v["before"].(int))
}

// slots are those of a question's concurrency key.
func slots(g *ground, _ place, v vars) string {
	return fmt.Sprint(g.read("instance.concurrencyLimit.slotCount", `query ($k: String!) { instance { concurrencyLimit(concurrencyKey: $k) { slotCount } } }`,
		vars{"k": v["mark"]}))
}

func paused(g *ground, _ place, _ vars) string {
	return fmt.Sprint(g.read("instance.autoMaterializePaused", `{ instance { autoMaterializePaused } }`, nil))
}

func schedule(g *ground, p place, _ vars) string { return g.d.Schedule(g.t, p.name, p.schedule).Status }
func sensor(g *ground, p place, _ vars) string   { return g.d.Sensor(g.t, p.name, p.sensor).Status }
