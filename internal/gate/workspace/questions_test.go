package workspace

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bailiwick/internal/gate/dagster"
)

func TestTrap14QuestionsAreFewAndNothingHoldsLong(t *testing.T) {
	r := record(t)
	var c clock
	frozen := time.Now()
	w := with(t, r.URL, func() time.Time { return frozen.Add(time.Duration(c.ahead.Add(1))) }, nil)
	r.runs["r"] = aRun("r", "j", "a", "null")
	asks := func(n int, what string, targets ...dagster.Target) {
		t.Helper()
		placed(t, w, targets...)
		if got := r.questions(); got != n {
			t.Errorf("%s: %d questions, want %d", what, got, n)
		}
	}
	asks(0, "the deployment", dagster.Target{Kind: dagster.Deployment})
	asks(2, "the first location", locationOf("a"))
	asks(0, "locations and assets that are known", locationOf("a"), assetOf("x"), everywhere())
	asks(1, "an unknown asset", assetOf("y"))
	asks(1, "again", assetOf("y"))
	asks(1, "a run", runOf("r"))
	asks(0, "again", runOf("r"), runOf("r"))
	asks(2, "an unknown run", runOf("s"))
	asks(2, "again: it may exist by now", runOf("s"))
	c.forward(trustAlone * 9 / 10)
	asks(0, "within the second", locationOf("a"))
	c.forward(trustAlone / 10)
	asks(1, "after it", locationOf("a"), runOf("r"))
	r.set(func() { r.loadedAt++ })
	asks(0, "a reload that nobody told of", assetOf("x"))
	c.forward(trustAlone + 1)
	asks(2, "after a second", assetOf("x"))
	asks(1, "a run, for code locations changed", runOf("r"))
	w.Forget()
	asks(1, "after Forget, though nothing changed", runOf("r"), locationOf("a"))
	if _, err := w.Schema(t.Context()); err != nil || r.questions() != 1 {
		t.Errorf("the schema: %v", err)
	}
	c.forward(trustAlone + 1)
	if _, err := w.Schema(t.Context()); err != nil || r.questions() != 1 {
		t.Errorf("the schema again, of the same version: %v", err)
	}
	r.set(func() { r.version = "1.13.28" })
	c.forward(trustAlone + 1)
	if _, err := w.Schema(t.Context()); err != nil || r.questions() != 2 || w.Status().Version != "1.13.28" {
		t.Errorf("the schema of another version: %v", err)
	}
}

func TestManyRunsAreFewQuestionsAndTooManyNone(t *testing.T) {
	r := record(t)
	w := at(t, r.URL)
	var targets []dagster.Target
	for i := range maxThings + 1 {
		id := fmt.Sprintf("run-%d", i)
		r.runs[id] = aRun(id, "j", "a", "null")
		targets = append(targets, runOf(id))
	}
	_, err := w.Resolve(t.Context(), targets)
	if kindOf(err) != "invalid" || r.questions() != 0 {
		t.Errorf("%v", err)
	}
	targets = append(targets[:maxThings], targets[:maxThings]...)
	for _, got := range placed(t, w, targets...) {
		if got != "a" {
			t.Fatal(got)
		}
	}
	if n := r.questions(); n != maxThings/inOneQuestion+1 {
		t.Errorf("%d questions", n)
	}
	var backfills []dagster.Target
	for i := range inOneQuestion {
		id := fmt.Sprintf("b%d", i)
		r.backfills[id] = fmt.Sprintf(`{"__typename": "PartitionBackfill", "id": %q, "isAssetBackfill": true, "assetSelection": [{"path": ["x"]}]}`, id)
		backfills = append(backfills, backfillOf(id))
	}
	for _, got := range placed(t, w, backfills...) {
		if got != "a" {
			t.Fatal(got)
		}
	}
	if n := r.questions(); n != 1 {
		t.Errorf("%d questions", n)
	}
}

func TestTheSameAtTheSameTimeIsOneQuestion(t *testing.T) {
	r := record(t)
	r.runs["r"] = aRun("r", "j", "a", "null")
	w := at(t, r.URL)
	wants(t, w, locationOf("a"), "a")
	r.questions()
	hold := make(chan struct{})
	r.set(func() { r.hold = hold })
	var all sync.WaitGroup
	var begun sync.WaitGroup
	for range 50 {
		begun.Add(1)
		all.Go(func() {
			begun.Done()
			places, err := w.Resolve(context.Background(), []dagster.Target{runOf("r")})
			if err != nil || !slices.Equal(places[0].Locations, []string{"a"}) {
				t.Errorf("%+v %v", places, err)
			}
		})
	}
	begun.Wait()
	time.AfterFunc(100*time.Millisecond, func() { close(hold) })
	all.Wait()
	if n := r.questions(); n > 2 { // whoever comes late asks for the stamp
		t.Errorf("%d questions for one run", n)
	}
}

// TestWhatCanBeNoIDIsNotSent: a database may refuse the whole question for it.
func TestWhatCanBeNoIDIsNotSent(t *testing.T) {
	r := record(t)
	w := at(t, r.URL)
	for _, strange := range []string{"", "\x00", "x\ny", strings.Repeat("9", maxName+1), "\u202e", "a\xff"} {
		wants(t, w, runOf(strange), everything)
		wants(t, w, backfillOf(strange), everything)
	}
	if slices.ContainsFunc(r.asked, func(q string) bool {
		return strings.Contains(q, "runsOrError") || strings.Contains(q, "partitionBackfillOrError")
	}) {
		t.Errorf("it asked %q", r.asked)
	}
}

// TestRunThatIsNowhere: what the real webserver tells of runs that came from elsewhere, and of asset jobs that were launched from a
// location that is gone.
func TestRunThatIsNowhere(t *testing.T) {
	r := record(t)
	r.runs["no origin"] = aRun("no origin", "j", "", "null")
	r.runs["no origin, assets"] = aRun("no origin, assets", "__ASSET_JOB", "", `[{"path": ["x"]}]`)
	r.runs["gone, assets"] = aRun("gone, assets", "__ASSET_JOB", "gone", `[{"path": ["x"]}]`)
	r.runs["empty name"] = aRun("empty name", "j", "", "null")
	r.runs["assets"] = aRun("assets", "__ASSET_JOB_0", "a", `[{"path": ["x"]}]`)
	r.runs["one unknown"] = aRun("one unknown", "__ASSET_JOB", "a", `[{"path": ["x"]}, {"path": ["y"]}]`)
	r.runs["not implicit"] = aRun("not implicit", "j", "a", `[{"path": ["y"]}]`)
	r.runs["another's id"] = aRun("R", "j", "a", "null")
	r.backfills["no set"] = `{"__typename": "PartitionBackfill", "id": "no set", "isAssetBackfill": false, "assetSelection": null, "partitionSet": null}`
	r.backfills["all"] = `{"__typename": "PartitionBackfill", "id": "all", "isAssetBackfill": true, "assetSelection": []}`
	r.backfills["one unknown"] = `{"__typename": "PartitionBackfill", "id": "one unknown", "isAssetBackfill": true, "assetSelection": [{"path": ["x"]}, {"path": ["y"]}]}`
	w := at(t, r.URL)
	for target, want := range map[string]string{"no origin": everything, "no origin, assets": everything, "gone, assets": everything, "empty name": everything,
		"assets": "a", "one unknown": everything, "not implicit": "a", "another's id": everything} {
		wants(t, w, runOf(target), want)
	}
	for target, want := range map[string]string{"no set": everything, "all": "a", "one unknown": everything} {
		wants(t, w, backfillOf(target), want)
	}
}

func TestIDOfTwoSchedulesIsOfNone(t *testing.T) {
	r := record(t)
	one := func(name, id string) string {
		return fmt.Sprintf(`{"name": %q, "id": "%s::s-%s", "scheduleState": {"id": "%s::s-%s", "selectorId": "s-%s"}}`, name, id, name, id, name, name)
	}
	r.schedules = "[" + one("first", "o1") + ", " + one("second", "o1") + ", " + one("third", "o3") + `, {"name": "none", "id": "", "scheduleState": {"id": "", "selectorId": ""}}]`
	w := at(t, r.URL)
	for id, want := range map[string]string{"o1": everything, "o3": "a", "": everything} {
		wants(t, w, dagster.Target{Kind: dagster.ScheduleOrigin, Name: id}, want)
	}
	wants(t, w, dagster.Target{Kind: dagster.ScheduleSelector, Name: "s-first"}, "a")
}
