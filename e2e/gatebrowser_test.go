package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"bailiwick/client"
	"bailiwick/internal/dagstertest"
)

// people are those who sit at a browser.
func people() []caller {
	return []caller{
		{name: "viewer", grants: []granted{{"viewer", prod}}},
		{name: "launcher", grants: []granted{{"launcher", prod}}},
		{name: "editor", grants: []granted{{"editor", prod}}},
	}
}

// enters opens a page of Dagster's through the gate as somebody who is not signed in yet, and signs in on the way.
func (g *gated) enters(name, path string) *browser {
	g.t.Helper()
	b := newBrowser(g.t)
	b.open(g.gates[prod].origin + path)
	b.sees("Sign in to acme")
	for i, c := range g.callers {
		if c.name == name {
			b.try(address(i)+"@acme.test", good)
		}
	}
	b.settles(path)
	return b
}

// settles waits until one of Dagster's pages is there and has asked all that it asks at first.
func (b *browser) settles(path string) {
	b.t.Helper()
	b.waits("page of Dagster's at "+path, func() bool {
		ctx, cancel := context.WithTimeout(b.ctx, patience)
		defer cancel()
		at, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.pathname + " " + (document.querySelectorAll("button").length > 3)`))
		return err == nil && strings.HasPrefix(at, strings.Split(path, "?")[0]) && strings.HasSuffix(at, " true")
	})
	b.picture()
}

// waits is eventually for Dagster's pages, which load megabytes of scripts and ask their server many questions.
func (b *browser) waits(what string, is func() bool) {
	b.t.Helper()
	for until := time.Now().Add(3 * patience); !is(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(until) {
			b.picture()
			b.t.Fatalf("no %s within %v on %s", what, 3*patience, b.describe())
		}
	}
}

// button is a script that finds a button by its text.
func button(text string) string {
	return `[...document.querySelectorAll("button, label, a")].find(e => e.innerText && e.innerText.trim().startsWith("` + text + `"))`
}

// offers waits for a button that can be pressed; where it is not to be, until the page has asked all that it asks, which it does while its
// buttons are grey.
func (b *browser) offers(text string, want bool) bool {
	b.t.Helper()
	is := func() string {
		return b.script(`(() => { const e = ` + button(text) + `; return e ? String(!(e.disabled || e.getAttribute("aria-disabled") === "true")) : "none" })()`)
	}
	if want {
		b.waits("button "+text+" that can be pressed", func() bool { return is() == "true" })
		return true
	}
	b.waits("button "+text, func() bool { return is() != "none" })
	// Some questions are asked again every few seconds for ever.
	b.script(`new Promise(done => { let asked = -1, looks = 0; setInterval(() => {
		const now = performance.getEntriesByType("resource").filter(r => r.name.includes("/graphql")).length;
		if (now === asked || ++looks === 4) done(""); asked = now }, 2500) })`)
	return is() == "true"
}

// points moves the mouse onto a button, as one who wonders why it is grey.
func (b *browser) points(text string) {
	b.t.Helper()
	at := result(b, "the place of "+text, chromedp.Evaluate[struct{ X, Y float64 }](`(() => { const r = `+button(text)+`.getBoundingClientRect(); return {X: r.x + r.width / 2, Y: r.y + r.height / 2} })()`))
	b.do("point at "+text, func(ctx context.Context, t *chromedp.Target) (none chromedp.Void, err error) {
		for _, off := range []float64{30, 2, 0} {
			if _, err = cdp.Call(ctx, t, input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: chromedp.MouseMoved, X: at.X + off, Y: at.Y}); err != nil {
				return none, err
			}
		}
		return none, nil
	})
}

// shows waits until a page of Dagster's shows each of the texts.
func (b *browser) shows(texts ...string) {
	b.t.Helper()
	for _, text := range texts {
		b.waits("text "+text, func() bool { return strings.Contains(b.text(), text) })
	}
	b.picture()
}

// click presses a button of Dagster's pages, which loads no page.
func (b *browser) click(text string) {
	b.t.Helper()
	b.offers(text, true)
	b.script(button(text) + `.click(), ""`)
}

// hears waits until a message on a web socket has a text.
func (b *browser) hears(text string) {
	b.t.Helper()
	b.waits("message with "+text, func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		return slices.ContainsFunc(b.heard, func(m string) bool { return strings.Contains(m, text) })
	})
}

// hangups counts the web sockets that have closed.
func (b *browser) hangups() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.closed
}

// A look is one button on one page of Dagster's.
type look struct{ path, button, why string }

// TestDagstersPagesShowWhatOneMayDo walks through the real pages as people with three roles. They are sent to the sign-in and come
// back; what they may not do is grey and says why; what they may do happens.
func TestDagstersPagesShowWhatOneMayDo(t *testing.T) {
	d := dagstertest.Start(t)
	d.Query(t, `mutation { setNuxSeen }`, nil) // or a greeting lies over every page
	g := newPlain(t, d, people())
	run := d.LaunchRunOf(t, etl.name, etl.job, 600)
	looks := []look{
		{"/locations/etl/jobs/nightly", "Launchpad", ""},
		{"/assets/orders", "Materialize", ""},
		{"/runs/" + run, "Terminate", ""},
		{"/deployment/locations", "Reload all", "workspace.reload"},
	}
	for _, who := range []struct {
		name string
		may  []bool
	}{{"viewer", []bool{false, false, false, false}}, {"launcher", []bool{true, true, true, false}}, {"editor", []bool{true, true, true, true}}} {
		b := g.enters(who.name, looks[0].path)
		for i, l := range looks {
			if i > 0 {
				b.open(g.gates[prod].origin + l.path)
			}
			if got := b.offers(l.button, who.may[i]); got != who.may[i] {
				t.Errorf("%s is offered %s on %s: %v, want %v", who.name, l.button, l.path, got, who.may[i])
			}
			if l.why != "" && !who.may[i] {
				b.points(l.button)
				b.shows(l.why)
			}
			b.picture()
		}
		if who.name == "launcher" {
			g.launches(b)
		}
	}
}

// launches launches a run as the launcher, in the page that is for it.
func (g *gated) launches(b *browser) {
	g.t.Helper()
	b.open(g.gates[prod].origin + "/locations/etl/jobs/nightly/playground")
	b.click("Launch Run")
	b.waits("page of the run", func() bool { return strings.HasPrefix(b.where(), "/runs/") })
	id := strings.Split(strings.TrimPrefix(b.where(), "/runs/"), "?")[0]
	b.shows(id[:8])
	g.d.WaitForRun(g.t, id, "SUCCESS")
	b.shows("RUN_SUCCESS")
	tags := fmt.Sprint(g.read("runOrError.tags", `query ($id: ID!) { runOrError(runId: $id) { ... on Run { tags { key value } } } }`, vars{"id": id}))
	if !strings.Contains(tags, "key:user value:"+address(1)+"@acme.test") {
		g.t.Errorf("the run does not say who launched it: %s", tags)
	}
}

// TestWhatIsOpenInABrowserEndsWithTheRight watches a run in the real pages: its log comes while one looks, until the session or the
// role is taken away; then the socket closes, and the next click brings nothing.
func TestWhatIsOpenInABrowserEndsWithTheRight(t *testing.T) {
	d := dagstertest.Start(t)
	d.Query(t, `mutation { setNuxSeen }`, nil)
	g := newPlain(t, d, people())
	run := d.LaunchRunOf(t, etl.name, etl.job, 600)
	watching := map[string]*browser{}
	for _, name := range []string{"viewer", "launcher", "editor"} {
		b := g.enters(name, "/runs/"+run)
		b.shows("etl waits")
		b.hears("etl waits")
		watching[name] = b
	}
	// One loses the role, another the session. Both are still looking.
	before := map[string]int{}
	for name, b := range watching {
		before[name] = b.hangups()
	}
	g.change(g.owner, client.GrantRemove{Grant: client.Grant{To: "user:" + address(0) + "@acme.test", Role: "viewer", On: prod}})
	if _, err := g.as(g.owner).EndSessions(t.Context(), address(1)+"@acme.test", client.Changing{}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"viewer", "launcher"} {
		watching[name].waits("end of the socket of the "+name, func() bool { return watching[name].hangups() > before[name] })
	}
	d.Query(t, `mutation ($id: String!) { terminateRun(runId: $id) { __typename } }`, vars{"id": run})
	d.WaitForRun(t, run, "CANCELED")
	editor := watching["editor"]
	editor.hears("RunCanceledEvent")
	editor.shows("RUN_CANCELED")
	if editor.hangups() != before["editor"] {
		t.Error("the editor's socket closed as well")
	}
	for _, name := range []string{"viewer", "launcher"} {
		b := watching[name]
		b.mu.Lock()
		for _, message := range b.heard {
			if strings.Contains(message, "RunCanceledEvent") {
				t.Errorf("the %s heard the end of the run: %s", name, message)
			}
		}
		b.mu.Unlock()
		b.misses("RUN_CANCELED")
	}
	watching["viewer"].open(g.gates[prod].origin + "/runs")
	watching["viewer"].sees("You have no access here")
	watching["launcher"].open(g.gates[prod].origin + "/runs")
	watching["launcher"].sees("Sign in") // at the server, or here where it was a moment ago that one did
}
