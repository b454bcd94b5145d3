package e2e

import (
	"context"
	"fmt"
	"strconv"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// tabs is how often the key Tab is pressed on one page, at most.
const tabs = 120

// reached is a script that says what of a page the key Tab has not come to, and where it came without a mark that shows it. Of radio buttons
// of one name one is reached; what was further down than the key was pressed is left out.
const reached = `(() => {
	const all = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")].filter(e => !e.disabled && e.tabIndex >= 0 && e.type !== "hidden" && e.type !== "radio" && e.checkVisibility({visibilityProperty: true, opacityProperty: true}) && !e.closest("dialog:not([open]), [inert]"));
	const name = e => e.outerHTML.slice(0, 120), bad = [...window.unmarked].map(e => "no mark shows the focus: " + name(e));
	const last = Math.max(-1, ...all.map((e, i) => window.met.has(e) ? i : -1));
	all.forEach((e, i) => { if (i < last && !window.met.has(e)) bad.push("not reached: " + name(e)) });
	if (last < 0) bad.push("nothing was reached");
	if (all.length < 100 && last < all.length - 1) bad.push("the end was not reached: " + name(all[all.length - 1]));
	return bad.slice(0, 5).join("\n");
})()`

// TestConsoleByKeyboard : each link, button and field of each page is reached with the key Tab, and one sees where one is.
func TestConsoleByKeyboard(t *testing.T) {
	s, b := administrates(t)
	seen := map[string]bool{}
	for i, path := range s.pagesOf(b) {
		if seen[kind(path)] {
			continue
		}
		seen[kind(path)] = true
		b.goes(s, path)
		// After the last of a page the key leaves it, and comes back to the first: while the window has no focus, nothing shows one.
		listen := `(() => { window.met = new Set(); window.unmarked = new Set(); document.activeElement.blur(); document.addEventListener("focusin", e => { window.met.add(e.target); const s = getComputedStyle(e.target), r = e.target.closest("label") ? getComputedStyle(e.target.closest("label")) : s; if (document.hasFocus() && s.outlineStyle === "none" && s.boxShadow === "none" && r.outlineStyle === "none") window.unmarked.add(e.target) }); return "" })()`
		if i == 0 { // a page on which something cannot be reached or is not marked must not pass
			listen += `; (() => { const l = [...document.querySelectorAll("main a[href]")]; l[0].addEventListener("focus", e => e.target.style.outline = "none"); return "" })()`
		}
		b.script(listen)
		for range tabs {
			b.keys("Tab")
		}
		bad := b.script(reached)
		switch {
		case i == 0 && bad == "":
			t.Error("a link whose focus does not show passes")
		case i > 0 && bad != "":
			t.Errorf("%s: %s", path, bad)
		}
	}
}

// TestConsolePopoversByKeyboard : the user menu opens with Enter and closes with Escape, and so does the search everywhere with its keys.
func TestConsolePopoversByKeyboard(t *testing.T) {
	s, b := administrates(t)
	b.at(s, "/users")
	open := func(what string) bool { return b.script(`String(`+what+`)`) == "true" }
	menu := `document.querySelector("#mine").matches(":popover-open")`
	b.do("to the user menu", chromedp.Focus(chromedp.CSS(".avatar")))
	b.keys("Enter")
	eventually(t, "user menu", func() bool { return open(menu) })
	b.reads("Organization Settings", "Users", "Teams", "Tokens", "Deployments")
	b.keys("Escape")
	eventually(t, "end of the user menu", func() bool { return !open(menu) })
	if !open(`document.activeElement.matches(".avatar")`) {
		t.Error("the focus is not where it was before the menu")
	}
	palette := `document.querySelector("#palette").open`
	b.script(`document.dispatchEvent(new KeyboardEvent("keydown", {key: "k", ctrlKey: true, bubbles: true})), ""`)
	eventually(t, "search everywhere", func() bool { return open(palette) })
	b.do("type", chromedp.SendKeys(chromedp.CSS("#seek"), "priya"))
	eventually(t, "Priya among what is found", func() bool { return open(`document.querySelector("#hits").innerText.includes("Priya Raman")`) })
	b.keys("Enter")
	eventually(t, "Priya's page", func() bool {
		ctx, cancel := context.WithTimeout(b.ctx, patience)
		defer cancel()
		at, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.querySelector("h1").innerText.includes("Priya Raman")`))
		return err == nil && at
	})
	b.script(`document.dispatchEvent(new KeyboardEvent("keydown", {key: "k", ctrlKey: true, bubbles: true})), ""`)
	eventually(t, "search everywhere", func() bool { return open(palette) })
	b.keys("Escape")
	eventually(t, "end of the search", func() bool { return !open(palette) })
}

// firstVisit is what the first visit of the console may weigh, as it comes over the wire.
const firstVisit = 100_000

// TestConsoleFirstVisitIsLight : the first page with all that it needs, nothing of it known before.
func TestConsoleFirstVisitIsLight(t *testing.T) {
	s, b := administrates(t)
	b.do("forget", func(ctx context.Context, t *chromedp.Target) (none chromedp.Void, err error) {
		_, err = cdp.Call(ctx, t, network.ClearBrowserCache, cdp.Empty{})
		return none, err
	})
	b.at(s, "/")
	said := b.script(`(() => { const all = performance.getEntriesByType("navigation").concat(performance.getEntriesByType("resource")); return String(all.reduce((sum, e) => sum + e.transferSize, 0)) + " " + all.length })()`)
	var bytes, requests int
	if n, _ := fmt.Sscan(said, &bytes, &requests); n != 2 || requests < 3 || bytes < 5000 {
		t.Fatalf("the visit was not measured: %s", said)
	}
	t.Logf("the first visit: %s bytes in %d requests", strconv.Itoa(bytes), requests)
	if bytes > firstVisit {
		t.Errorf("the first visit weighs %d bytes in %d requests, more than %d", bytes, requests, firstVisit)
	}
}
