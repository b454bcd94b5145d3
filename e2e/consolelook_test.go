package e2e

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

var widths = []int64{360, 400, 768, 1024, 1440, 1920}

// wide gives the window a width.
func (b *browser) wide(width int64) {
	b.t.Helper()
	b.do("the width", func(ctx context.Context, t *chromedp.Target) (none chromedp.Void, err error) {
		_, err = cdp.Call(ctx, t, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: 900, DeviceScaleFactor: 1})
		return none, err
	})
}

// theme is light or dark. Nothing moves, as for people who want that.
func (b *browser) theme(name string) {
	b.t.Helper()
	b.do("the theme", func(ctx context.Context, t *chromedp.Target) (none chromedp.Void, err error) {
		_, err = cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: name}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
		return none, err
	})
}

// scripts lets the pages' own scripts run or not.
func (b *browser) scripts(run bool) {
	b.t.Helper()
	b.do("scripts", func(ctx context.Context, t *chromedp.Target) (none chromedp.Void, err error) {
		_, err = cdp.Call(ctx, t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !run})
		return none, err
	})
}

// goes opens a page of the console without leaving the one before first, and does not mind its status.
func (b *browser) goes(s *server, path string) {
	b.t.Helper()
	b.do("go to "+path, chromedp.Navigate(s.url+strings.TrimPrefix(path, "/")))
}

// axe is the text of axe-core.
func axe(t *testing.T) string {
	t.Helper()
	found, _ := filepath.Glob("../.cache/axe-core-*/axe.min.js")
	if len(found) == 0 {
		t.Fatal("there is no axe-core: run `make axe`")
	}
	text, err := os.ReadFile(found[len(found)-1])
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A violation is what axe found on a page.
type violation struct {
	ID, Help string
	Nodes    []struct {
		HTML           string
		FailureSummary string
	}
}

// violations are what axe finds on the page that is open; where only colours have changed since, it looks at those.
func (b *browser) violations(script string, colours bool) (found []violation) {
	b.t.Helper()
	rules := ""
	if colours {
		rules = `, runOnly: ["color-contrast"]`
	}
	b.script(`(() => { if (!window.axe) { ` + script + ` } return "" })()`)
	said := b.script(`axe.run(document, {resultTypes: ["violations"]` + rules + `}).then(r => JSON.stringify(r.violations.map(v => ({ID: v.id, Help: v.help, Nodes: v.nodes.slice(0, 3).map(n => ({HTML: n.html.slice(0, 240), FailureSummary: n.failureSummary}))}))))`)
	if err := json.Unmarshal([]byte(said), &found); err != nil {
		b.t.Fatal(err)
	}
	return found
}

// TestConsoleIsForEverybody : axe finds nothing on any page, in both themes. It finds something on one that is broken on purpose.
func TestConsoleIsForEverybody(t *testing.T) {
	s, script := console(t), axe(t)
	b := s.visits(anAdministrator)
	b.wide(1440)
	seen := map[string]bool{}
	for _, path := range s.pagesOf(b) {
		b.goes(s, path)
		if k := kind(path); !seen[k] {
			seen[k] = true
			b.keeps(k)
		}
		b.faultless(script, path)
	}
	b.goes(s, "/users")
	b.theme("light")
	b.script(`document.querySelector("#query").closest("label").replaceWith(document.querySelector("#query")), document.querySelector("#query").removeAttribute("placeholder"), document.querySelector("h1").style.color = "#999", ""`)
	if found := b.violations(script, false); len(found) < 2 {
		t.Errorf("a page with a field without a name and a pale heading passes: %v", found)
	}
}

// keeps writes pictures of the page that is open, in both themes and as a telephone has it, for people to look at: into the folder that
// BAILIWICK_ARTEFACTS names, or into artefacts.
func (b *browser) keeps(name string) {
	b.t.Helper()
	folder := os.Getenv("BAILIWICK_ARTEFACTS")
	if folder == "" {
		folder = "artefacts"
	}
	if err := os.MkdirAll(folder, 0o750); err != nil {
		b.t.Fatal(err)
	}
	for _, look := range []struct {
		theme string
		width int64
	}{{"light", 400}, {"dark", 400}, {"dark", 1440}, {"light", 1440}} {
		b.theme(look.theme)
		b.wide(look.width)
		take := chromedp.FullScreenshot(100)
		if b.script(`(() => { const open = document.querySelector(":popover-open, dialog[open]"); if (open) open.scrollIntoView({block: "nearest"}); return String(!!open) })()`) == "true" {
			take = chromedp.CaptureScreenshot() // what is open stands in the window, not on the page
		}
		picture := result(b, "a picture", take)
		file := strings.Trim(unfit.ReplaceAllString(name, "-"), "-") + "-" + look.theme + "-" + itoa(int(look.width)) + ".png"
		if err := os.WriteFile(filepath.Join(folder, file), picture, 0o600); err != nil {
			b.t.Fatal(err)
		}
	}
}

// fits is a script that says what does not fit into the window: the document that scrolls sideways, text that is cut off, and what
// stands outside. What scrolls by itself may be wider than the window.
const fits = `(() => {
	const bad = [], width = document.documentElement.clientWidth, scrolls = e => { for (let p = e.parentElement; p && p !== document.body; p = p.parentElement) { const s = getComputedStyle(p); if (["auto", "scroll"].includes(s.overflowX)) return true } return false };
	const name = e => e.tagName.toLowerCase() + (e.className && e.className.baseVal === undefined ? "." + e.className : "") + " " + JSON.stringify((e.innerText || e.getAttribute("aria-label") || "").slice(0, 60));
	if (document.documentElement.scrollWidth > width) bad.push("the page scrolls sideways: " + document.documentElement.scrollWidth + " of " + width);
	for (const e of document.body.querySelectorAll("*")) {
		if (!e.checkVisibility({opacityProperty: true, visibilityProperty: true}) || e.closest("svg, .hidden, .skip, option, datalist")) continue;
		const r = e.getBoundingClientRect(), s = getComputedStyle(e);
		if (!r.width || !r.height) continue;
		if ((r.right > width + 1 || r.left < -1) && s.position !== "absolute" && !scrolls(e)) bad.push("outside (" + Math.round(r.left) + " to " + Math.round(r.right) + "): " + name(e));
		if (["hidden", "clip"].includes(s.overflowX) && e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 1 && e.innerText && !e.querySelector("table")) bad.push("cut off: " + name(e));
		if (["hidden", "clip"].includes(s.overflowY) && e.scrollHeight > e.clientHeight + 3 && e.clientHeight > 1 && e.innerText && e !== document.body) bad.push("cut off below: " + name(e));
	}
	return bad.slice(0, 4).join("\n");
})()`

// steady is a script that says how much a page has jumped while it came, and what it asked of other servers.
const steady = `new Promise(done => {
	let sum = 0;
	new PerformanceObserver(l => { for (const e of l.getEntries()) if (!e.hadRecentInput) sum += e.value }).observe({type: "layout-shift", buffered: true});
	requestAnimationFrame(() => requestAnimationFrame(() => requestIdleCallback(() => {
		const foreign = performance.getEntriesByType("resource").map(e => e.name).filter(n => new URL(n).origin !== location.origin);
		done((sum < 0.01 ? "" : "it jumps by " + sum + " ") + foreign.join(" "));
	}, {timeout: 1000})));
})`

// TestConsoleFitsEveryWindow : from a telephone to a wide screen nothing is cut off and no page scrolls sideways. None jumps while it comes, and
// none needs another server.
func TestConsoleFitsEveryWindow(t *testing.T) {
	s, b := administrates(t)
	for i, path := range s.pagesOf(b) {
		b.wide(1440)
		b.goes(s, path)
		if bad := b.script(steady); bad != "" {
			t.Errorf("%s: %s", path, bad)
		}
		for _, width := range widths {
			b.wide(width)
			if bad := b.script(fits); bad != "" {
				t.Errorf("%s at %d px:\n%s", path, width, bad)
			}
		}
		if i == 0 {
			b.script(`document.querySelector("h1").style.cssText = "width: 3rem; overflow: hidden; white-space: nowrap", ""`)
			if b.script(fits) == "" {
				t.Error("a heading that is cut off passes")
			}
		}
	}
}

// TestConsoleReadsWithoutScripts : each page says the same without its scripts, and what leads on leads on.
func TestConsoleReadsWithoutScripts(t *testing.T) {
	s, b := administrates(t)
	pages := s.pagesOf(b)
	b.scripts(false)
	for _, path := range pages {
		status, text := s.with(b.session(), http.MethodGet, strings.TrimPrefix(path, "/"), nil)
		if status != http.StatusOK && path != "/no/such/page" {
			t.Errorf("%s: %d", path, status)
		}
		if strings.Contains(text, "onclick=") || strings.Contains(text, "javascript:") || strings.Contains(text, " style=") || strings.Contains(text, "<style") {
			t.Errorf("%s has a script or a style of its own", path)
		}
	}
	b.goes(s, "/users")
	b.fill("query", "tom")
	b.do("send the search", chromedp.Submit(named("query")))
	eventually(t, "answer to the search", func() bool { return strings.Contains(b.where(), "query=tom") })
	b.sees("Tom Weir")
	b.misses("Grace Holm")
}
