package remote_test

import (
	"context"
	"testing"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/fault"
	"bailiwick/internal/gate"
	"bailiwick/internal/gate/remote"
	"bailiwick/internal/journal"
	"bailiwick/internal/orgtest"
)

func launch(who access.Subject, at time.Time) access.Question {
	return access.Question{Subject: who, Permission: "runs.launch", Resource: "dagster/prod/etl", At: at}
}

func TestARemoteGateFollowsTheServer(t *testing.T) {
	w := newWorld(t)
	a := w.authority(0)
	ed, vi := w.Subject("ed@acme.test"), w.Subject("vi@acme.test")
	facts := w.reaches(a, w.Now().Revision)
	if !facts.Snapshot.Decide(launch(ed, facts.At)).Allowed || facts.Snapshot.Decide(launch(vi, facts.At)).Allowed {
		t.Error("the gate does not decide as the server does")
	}
	facts = w.reaches(a, w.Do(orgtest.Revoke("user:ed@acme.test", "editor", "dagster/prod"), orgtest.Grant("user:vi@acme.test", "organization_admin", "dagster")).After.Revision)
	if facts.Snapshot.Decide(launch(ed, facts.At)).Allowed || !facts.Snapshot.Decide(launch(vi, facts.At)).Allowed {
		t.Error("the gate does not follow changes")
	}
	if off := time.Since(facts.At); off < -time.Second || off > 3*time.Second {
		t.Errorf("the gate decides for a moment %s ago", off)
	}
	if a.Platform() != "dagster" || a.Trouble() != nil {
		t.Errorf("platform %q, trouble %v", a.Platform(), a.Trouble())
	}
	if _, err := remote.New(remote.Options{Client: a.Client, Bound: 2 * time.Minute, Log: a.Log, Now: time.Now}); !fault.Is(err, fault.Invalid) {
		t.Errorf("facts may be two minutes old: %v", err)
	}
}

func TestATokenIsJudgedAtTheGate(t *testing.T) {
	w := newWorld(t)
	secret, id := w.Token("ed@acme.test", client.NewToken{})
	narrow := w.Do(client.TokenIssue{NewToken: client.NewToken{Kind: "svc", Subject: "service_user:ci", Scopes: []string{"dagster/prod/etl"}}}).Results[0].Secret
	elsewhere := w.Do(client.TokenIssue{NewToken: client.NewToken{Kind: "svc", Subject: "service_user:ci", Scopes: []string{"dbt"}}}).Results[0].Secret
	stranger, _ := w.Token("zoe@acme.test", client.NewToken{})
	soon := time.Now().Add(3 * time.Second)
	short := w.As("ed@acme.test", client.TokenIssue{NewToken: client.NewToken{Kind: "user", Expires: &soon}}).Results[0].Secret
	a := w.authority(0)
	c, err := a.ByToken(bearer(secret))
	if err != nil || c.Subject != w.Subject("ed@acme.test") || c.Token != id || c.Name != "ed@acme.test" || c.Narrowed() {
		t.Errorf("Ed's token: %+v, %v", c, err)
	}
	if c, err := a.ByToken(bearer(narrow)); err != nil || c.Name != "ci" || !c.Allows("dagster.runs.launch", "dagster/prod/etl") || c.Allows("dagster.runs.launch", "dagster/prod") {
		t.Errorf("the narrowed token: %+v, %v", c, err)
	}
	for name, secret := range map[string]string{"narrowed to another platform": elsewhere, "of somebody without anything here": stranger, "the gate's own": w.secret,
		"cut": secret[:len(secret)-1], "renamed": "bwk_svc" + secret[8:]} {
		if c, err := a.ByToken(bearer(secret)); !isUnauthenticated(err) {
			t.Errorf("a token that is %s: %+v, %v", name, c, err)
		}
	}
	if _, err := a.ByToken(bearer(short)); err != nil {
		t.Errorf("the token that ends soon: %v", err)
	}
	until, release := a.Hold(t.Context(), c)
	defer release()
	w.within(5*time.Second, "a token lets in after its time", func() bool { _, err := a.ByToken(bearer(short)); return isUnauthenticated(err) })
	w.Do(client.TokenRevoke{Token: id})
	if err := w.ended(until, 2*time.Second); !isUnauthenticated(err) {
		t.Errorf("the stream of a revoked token ended with %v", err)
	}
	if _, err := a.ByToken(bearer(secret)); !isUnauthenticated(err) {
		t.Errorf("a revoked token: %v", err)
	}
}

func TestASessionIsAskedAboutOnce(t *testing.T) {
	w := newWorld(t)
	a := w.authority(0)
	secret, _ := w.enter(a, "ed@acme.test")
	for range 20 {
		if c, err := a.BySession(t.Context(), origin, secret); err != nil || c.Subject != w.Subject("ed@acme.test") || c.Name != "ed@acme.test" || c.Session == "" {
			t.Fatalf("%+v, %v", c, err)
		}
	}
	if n := w.asked.Load(); n != 1 {
		t.Errorf("the server was asked %d times", n)
	}
	if _, err := a.BySession(t.Context(), "https://other.acme.test", secret); !isUnauthenticated(err) {
		t.Errorf("at another origin: %v", err)
	}
	if _, err := a.BySession(t.Context(), origin, secret+"x"); !isUnauthenticated(err) {
		t.Errorf("another secret: %v", err)
	}
	if _, err := a.Enter(t.Context(), origin, "bwk_code_x", "x"); !isUnauthenticated(err) {
		t.Errorf("a code that is none: %v", err)
	}
	c, err := a.BySession(t.Context(), origin, secret)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Leave(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if _, err := a.BySession(t.Context(), origin, secret); !isUnauthenticated(err) {
		t.Errorf("after leaving: %v", err)
	}
}

// TestASecretThatWasReplaced gives the browser the new cookie once, and takes the new one.
func TestASecretThatWasReplaced(t *testing.T) {
	w := newWorld(t)
	a := w.authority(0)
	secret, _ := w.enter(a, "ed@acme.test")
	w.reaches(a, w.Do(orgtest.Grant("user:ed@acme.test", "editor", "dagster/staging")).After.Revision)
	c, err := a.BySession(t.Context(), origin, secret)
	if err != nil || c.Renewed == nil || c.Renewed.Value == secret {
		t.Fatalf("%+v, %v", c, err)
	}
	if next, err := a.BySession(t.Context(), origin, c.Renewed.Value); err != nil || next.Renewed != nil || next.Session != c.Session {
		t.Errorf("the new secret: %+v, %v", next, err)
	}
	if err := a.Leave(t.Context(), c); err != nil {
		t.Error(err)
	}
}

func TestAnAddressThatAProxyVouchesFor(t *testing.T) {
	w := newWorld(t)
	a := w.authority(0)
	prod, staging := a.At("dagster/prod"), a.At("dagster/staging")
	c, err := prod.ByName(t.Context(), "Ed@acme.test")
	if err != nil || c.Subject != w.Subject("ed@acme.test") || c.Name != "ed@acme.test" {
		t.Fatalf("%+v, %v", c, err)
	}
	for _, address := range []string{"zoe@acme.test", "nobody@acme.test", "olga", ""} {
		if c, err := prod.ByName(t.Context(), address); err == nil {
			t.Errorf("%q: %+v", address, c)
		}
	}
	if _, err := staging.ByName(t.Context(), "ed@acme.test"); !fault.Is(err, fault.Forbidden) {
		t.Errorf("at a gate that no proxy vouches for: %v", err)
	}
	until, release := prod.Hold(t.Context(), c)
	defer release()
	w.Do(client.UserDeactivate{User: "ed@acme.test"})
	if err := w.ended(until, 2*time.Second); !isUnauthenticated(err) {
		t.Errorf("it ended with %v", err)
	}
	if _, err := prod.ByName(t.Context(), "ed@acme.test"); err == nil {
		t.Error("somebody deactivated is let in")
	}
}

// TestBehindTheBound cuts the network: within the bound nothing is known any more, whatever was remembered; and everything is again
// when the network is back, without all facts being sent anew.
func TestBehindTheBound(t *testing.T) {
	w := newWorld(t)
	a := w.authority(0)
	secret, _ := w.enter(a, "ed@acme.test")
	token, _ := w.Token("ed@acme.test", client.NewToken{})
	w.reaches(a, w.Now().Revision)
	c, err := a.BySession(t.Context(), origin, secret)
	if err != nil {
		t.Fatal(err)
	}
	until, release := a.Hold(t.Context(), c)
	defer release()
	w.cut()
	took := w.within(remote.DefaultBound+100*time.Millisecond, "the gate decides on facts older than the bound", func() bool {
		_, err := a.Facts(t.Context())
		return isUnavailable(err)
	})
	if took < time.Second {
		t.Errorf("the gate knew nothing after %s already", took)
	}
	for name, try := range map[string]func() error{
		"a session":  func() error { _, err := a.BySession(t.Context(), origin, secret); return err },
		"a token":    func() error { _, err := a.ByToken(bearer(token)); return err },
		"an address": func() error { _, err := a.At("dagster/prod").ByName(t.Context(), "ed@acme.test"); return err },
		"a code":     func() error { _, err := a.Enter(t.Context(), origin, "bwk_code_x", "x"); return err },
		"a stream":   func() error { return w.ended(until, time.Second) },
	} {
		if err := try(); !isUnavailable(err) {
			t.Errorf("%s behind the bound: %v", name, err)
		}
	}
	if a.Trouble() == nil {
		t.Error("nothing says why")
	}
	w.Do(orgtest.Revoke("user:ed@acme.test", "editor", "dagster/prod"))
	w.mend()
	facts := w.reaches(a, w.Now().Revision)
	if facts.Snapshot.Decide(launch(w.Subject("ed@acme.test"), facts.At)).Allowed {
		t.Error("what was taken while the network was down is there still")
	}
}

// TestAFeedThatIsHeldUp has the network take its time with every line: they come all the time, each of them late, and the gate does
// not take them for new.
func TestAFeedThatIsHeldUp(t *testing.T) {
	w := newWorld(t)
	a := w.authority(800 * time.Millisecond)
	w.slow.Store(int64(1100 * time.Millisecond)) // the connection is not silent for so long that it is given up
	w.within(3*time.Second, "old lines are taken for new ones", func() bool { _, err := a.Facts(t.Context()); return isUnavailable(err) })
	feeds := w.feeds.Load()
	begun := time.Now()
	for time.Since(begun) < 4*time.Second {
		if facts, err := a.Facts(t.Context()); err == nil {
			t.Fatalf("after %s, revision %d is taken for new", time.Since(begun), facts.Revision)
		}
		time.Sleep(20 * time.Millisecond) // nothing happens: that is what is looked at
	}
	if n := w.feeds.Load() - feeds; n > 0 {
		t.Errorf("the feed was begun anew %d times: the test lost its point", n)
	}
	w.slow.Store(0)
	w.reaches(a, w.Now().Revision)
}

// TestActivityIsKeptOnce loses the server's acknowledgement, several times, and the server itself for a while.
func TestActivityIsKeptOnce(t *testing.T) {
	w := newWorld(t)
	a := w.authority(0)
	ed := w.Subject("ed@acme.test")
	did := func(operation string, allowed bool) gate.Activity {
		return gate.Activity{At: time.Now(), Subject: ed, Operation: operation, Resource: "dagster/prod/etl", Allowed: allowed, Reason: "because", Revision: 3, Duration: time.Millisecond, Request: "R1"}
	}
	w.lossy.Store(true)
	for range 3 {
		a.Record(did("dagster.launchRun", true))
	}
	a.Record(did("dagster.wipeAssets", false))
	a.Record(gate.Activity{At: time.Now(), Subject: ed, Operation: "dagster.launchRun", Resource: "dagster/staging", Allowed: true}) // not this gate's to tell
	arrived := w.batch.Load()
	w.within(5*time.Second, "the batch is not sent again", func() bool { _ = a.Flush(t.Context()); return w.batch.Load() >= arrived+2 })
	a.Record(did("dagster.terminateRun", true)) // meanwhile
	w.cut()
	if a.Flush(t.Context()) == nil {
		t.Error("a batch was acknowledged by nobody")
	}
	w.lossy.Store(false)
	w.mend()
	w.within(5*time.Second, "activity is not taken", func() bool { return a.Flush(t.Context()) == nil })
	rows, err := w.Journal.ReadActivity(t.Context(), "acme", journal.ActivityQuery{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	times := map[string]int64{}
	for _, r := range rows {
		if r.Via == "gate" {
			times[r.Operation+" "+r.Resource+" "+r.Result] += r.Count
		}
		if r.Operation == "dagster.launchRun" && (r.Revision != 3 || r.Took != time.Millisecond || r.Subject != ed.String() || r.Request != "R1") {
			t.Errorf("%+v", r)
		}
	}
	want := map[string]int64{"dagster.launchRun dagster/prod/etl allowed": 3, "dagster.wipeAssets dagster/prod/etl refused": 1, "dagster.terminateRun dagster/prod/etl allowed": 1,
		"gate.activity dagster/prod refused": 1}
	for line, n := range want {
		if times[line] != n {
			t.Errorf("%s: %d times", line, times[line])
		}
	}
	if times["dagster.launchRun dagster/staging allowed"] != 0 {
		t.Error("another deployment's activity was kept")
	}
}

// TestActivityHasItsBounds tells more than there is room for: the rest is counted, and told of.
func TestActivityHasItsBounds(t *testing.T) {
	w := newWorld(t)
	a := w.authority(0)
	w.cut()
	ed := w.Subject("ed@acme.test")
	for i := range 25_000 {
		a.Record(gate.Activity{At: time.Now().Add(-time.Duration(i%1000) * time.Minute), Subject: ed, Operation: "dagster.x" + string(rune('a'+i/1000)), Resource: "dagster/prod"})
	}
	if n := a.Dropped(); n < 3000 || n > 5000 {
		t.Errorf("%d were dropped", n)
	}
	w.mend()
	w.within(20*time.Second, "activity is not taken", func() bool { return a.Flush(t.Context()) == nil && a.Dropped() == 0 })
	rows, err := w.Journal.ReadActivity(t.Context(), "acme", journal.ActivityQuery{Newest: true, Limit: 100_000})
	if err != nil {
		t.Fatal(err)
	}
	var told, dropped int64
	for _, r := range rows {
		if r.Operation == "gate.dropped" {
			dropped += r.Count
		} else if r.Via == "gate" {
			told += r.Count
		}
	}
	if told+dropped != 25_000 || dropped == 0 {
		t.Errorf("%d were kept and %d dropped", told, dropped)
	}
}

func TestDiscoveryThroughARemoteGate(t *testing.T) {
	w := newWorld(t)
	a := w.authority(0)
	if err := a.Discovered(t.Context(), "dagster/prod", []string{"etl", "ml"}); err != nil {
		t.Fatal(err)
	}
	if w.Now().Resource("dagster/prod/ml") == nil {
		t.Error("the code location is not there")
	}
	for _, deployment := range []string{"dagster/staging", "dagster", "dbt"} {
		if err := a.Discovered(t.Context(), deployment, []string{"mine"}); err == nil {
			t.Errorf("the gate discovered in %s", deployment)
		}
	}
	known := w.reaches(a, w.Now().Revision).Revision // else the gate may yet hear of what it discovered
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := a.Changed(ctx, known); err == nil {
		t.Error("something changed that did not")
	}
}
