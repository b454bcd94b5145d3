package e2e

import (
	"context"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/security"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
)

// patience is how long a browser may take for one thing.
const patience = 20 * time.Second

// A chromium is the tests' one browser process. It is started by the first test that needs it.
type chromium struct {
	once sync.Once
	ctx  context.Context
	end  []context.CancelFunc
	err  error
}

func (c *chromium) start() {
	name := ""
	for _, known := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(known); err == nil {
			name = path
			break
		}
	}
	if name == "" {
		c.err = errors.New("there is no browser: run `make chromium` (as root on Debian), or put chromium or google-chrome in PATH")
		return
	}
	flags := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(name), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-domain-reliability", true), chromedp.Flag("no-pings", true), chromedp.Flag("disable-gpu", true))
	allocator, end := chromedp.NewExecAllocator(context.Background(), flags...)
	ctx, stop := chromedp.NewContext(allocator)
	c.ctx, c.end = ctx, []context.CancelFunc{stop, end}
	c.err = chromedp.Do(ctx)
}

// close ends the browser, if it was started.
func (c *chromium) close() {
	for _, end := range c.end {
		end()
	}
}

// A browser is one person's browser: nobody else has its cookies.
type browser struct {
	t      *testing.T
	ctx    context.Context
	mu     sync.Mutex
	broken []string // what a page must never do: scripts that fail, and what its own policy forbids
	heard  []string // messages on web sockets
	closed int      // web sockets that have closed
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	chrome.once.Do(chrome.start)
	if chrome.err != nil {
		t.Fatal(chrome.err)
	}
	b := &browser{t: t}
	ctx, end := chromedp.NewContext(chrome.ctx, chromedp.WithNewBrowserContext(), chromedp.WithListener(b.hear))
	b.ctx = ctx
	t.Cleanup(func() {
		end()
		for _, what := range b.broken {
			t.Error("the browser says: " + what)
		}
	})
	// Not with a time limit: the window would be over with it.
	if err := chromedp.Do(ctx, enable); err != nil {
		t.Fatal(err)
	}
	return b
}

func enable(ctx context.Context, t *chromedp.Target) (none chromedp.Void, err error) {
	if _, err = cdp.Call(ctx, t, log.Enable, cdp.Empty{}); err != nil {
		return none, err
	}
	_, err = cdp.Call(ctx, t, network.Enable, network.EnableParams{})
	return none, err
}

func (b *browser) hear(event any) {
	text := ""
	switch e := event.(type) {
	case *network.EventWebSocketFrameReceived:
		b.mu.Lock()
		defer b.mu.Unlock()
		b.heard = append(b.heard, string(e.Response.PayloadData))
	case *network.EventWebSocketClosed:
		b.mu.Lock()
		defer b.mu.Unlock()
		b.closed++
	case *runtime.EventExceptionThrown:
		text = e.ExceptionDetails.Text
	case *log.EventEntryAdded:
		if e.Entry.Source == log.EntrySourceSecurity || strings.Contains(e.Entry.Text, "Content Security Policy") {
			text = e.Entry.Text
		}
	}
	if text != "" {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.broken = append(b.broken, text)
	}
}

// do carries out what answers nothing.
func (b *browser) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("%s: %v\non %s", what, err, b.describe())
	}
}

// load carries out what loads a page, and returns the status of the last answer.
func (b *browser) load(what string, steps ...chromedp.Action[chromedp.Void]) int {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	answer, err := chromedp.RunResponse(ctx, steps...)
	if err != nil {
		b.t.Fatalf("%s: %v\non %s", what, err, b.describe())
	}
	if answer == nil { // only the part after # has changed
		return 0
	}
	b.picture()
	return int(answer.Status)
}

// open goes to an address and returns the status. A link with a secret behind its # is loaded even where the page is open.
func (b *browser) open(address string) int {
	b.t.Helper()
	b.do("leave", chromedp.Navigate("about:blank"))
	return b.load("open "+address, chromedp.Navigate(address))
}

// named finds the field of a form.
func named(name string) chromedp.CSS { return chromedp.CSS(`[name="` + name + `"]`) }

// fill types a text into a field of the page, in place of what is there.
func (b *browser) fill(name, text string) {
	b.t.Helper()
	b.do("fill "+name, chromedp.Evaluate[chromedp.Void](`document.querySelector('[name="`+name+`"]').value = ""`), chromedp.SendKeys(named(name), text))
}

// value is what is in a field.
func (b *browser) value(name string) string {
	b.t.Helper()
	return result(b, "the value of "+name, chromedp.Value(named(name)))
}

// press clicks the first button or link with a text that loads a page, and returns its status.
func (b *browser) press(text string) int {
	b.t.Helper()
	// What is hidden for those who see is a part of the text too.
	button := chromedp.Search(`(//button[starts-with(normalize-space(.), "` + text + `") or starts-with(normalize-space(.//strong), "` + text + `")] | //a[starts-with(normalize-space(.), "` + text + `")])[1]`)
	return b.load("press "+text, chromedp.Click(button, chromedp.NodeVisible))
}

// signOut signs out by the user menu.
func (b *browser) signOut() {
	b.t.Helper()
	b.do("open the user menu", chromedp.Click(chromedp.CSS(".avatar")))
	b.press("Sign out")
}

// text is what somebody reads.
func (b *browser) text() string {
	b.t.Helper()
	return result(b, "the text", chromedp.Evaluate[string](`document.body.innerText`))
}

// where is the address of the page without that of the server.
func (b *browser) where() string {
	b.t.Helper()
	return result(b, "the address", chromedp.Evaluate[string](`location.pathname + location.search + location.hash`))
}

// arrives waits until pages that lead on by themselves have led to one.
func (b *browser) arrives(path string) {
	b.t.Helper()
	eventually(b.t, "arrival at "+path, func() bool {
		ctx, cancel := context.WithTimeout(b.ctx, patience)
		defer cancel()
		at, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.readyState + " " + location.pathname`))
		return err == nil && at == "complete "+path // on the way there is no page to ask
	})
	b.picture()
}

// script runs a script on the page, as one that got into it would run.
func (b *browser) script(text string) string {
	b.t.Helper()
	return result(b, "a script", chromedp.Evaluate[string](text, chromedp.EvalAwaitPromise))
}

func result[T any](b *browser, what string, action chromedp.Action[T]) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, action)
	if err != nil {
		b.t.Fatalf("%s: %v", what, err)
	}
	return v
}

// sees fails unless the page has each of the texts.
func (b *browser) sees(texts ...string) {
	b.t.Helper()
	page := b.text()
	for _, text := range texts {
		if !strings.Contains(page, text) {
			b.t.Fatalf("%q is not on %s", text, b.describe())
		}
	}
}

// misses fails if the page has one of the texts.
func (b *browser) misses(texts ...string) {
	b.t.Helper()
	page := b.text()
	for _, text := range texts {
		if strings.Contains(page, text) {
			b.t.Fatalf("%q is on %s", text, b.describe())
		}
	}
}

func (b *browser) describe() string {
	ctx, cancel := context.WithTimeout(b.ctx, 2*time.Second)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText`))
	if err != nil {
		return err.Error()
	}
	return text
}

// A cookie is as the browser keeps it.
type cookie struct {
	Name, Value, Domain, Path, SameSite string
	HTTPOnly, Secure                    bool
}

// cookies are all that the browser has, of every site.
func (b *browser) cookies() map[string]cookie {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	got, err := chromedp.CallBrowser(ctx, storage.GetCookies, storage.GetCookiesParams{BrowserContextID: chromedp.FromContext(b.ctx).BrowserContextID})
	if err != nil {
		b.t.Fatal(err)
	}
	all := map[string]cookie{}
	for _, c := range got.Cookies {
		all[c.Name] = cookie{Name: c.Name, Value: c.Value, Domain: c.Domain, Path: c.Path, SameSite: string(c.SameSite), HTTPOnly: c.HTTPOnly, Secure: c.Secure}
	}
	return all
}

// plant puts a cookie into the browser, as an attacker would.
func (b *browser) plant(address, name, value string) {
	b.t.Helper()
	b.do("plant "+name, func(ctx context.Context, t *chromedp.Target) (none chromedp.Void, err error) {
		_, err = cdp.Call(ctx, t, network.SetCookie, network.SetCookieParams{Name: name, Value: value, URL: address})
		return none, err
	})
}

// trust lets the browser take any certificate.
func (b *browser) trust() {
	b.t.Helper()
	b.do("trust", func(ctx context.Context, t *chromedp.Target) (none chromedp.Void, err error) {
		_, err = cdp.Call(ctx, t, security.SetIgnoreCertificateErrors, security.SetIgnoreCertificateErrorsParams{Ignore: true})
		return none, err
	})
}

// session is the cookie of the session, as a thief would send it; nil where there is none.
func (b *browser) session() *http.Cookie {
	b.t.Helper()
	for _, name := range []string{"bwk_session", "__Host-bwk_session"} {
		if c, has := b.cookies()[name]; has {
			return &http.Cookie{Name: c.Name, Value: c.Value}
		}
	}
	return nil
}

var unfit = regexp.MustCompile(`[^A-Za-z0-9]+`)

// picture keeps what the page looks like, for people who work on the pages: BAILIWICK_PICTURES names the folder.
func (b *browser) picture() {
	b.t.Helper()
	folder := os.Getenv("BAILIWICK_PICTURES")
	if folder == "" {
		return
	}
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		return // the page has led on by itself
	}
	for n := 1; ; n++ {
		path := filepath.Join(folder, unfit.ReplaceAllString(b.t.Name()+" "+strconv.Itoa(n)+result(b, "the path", chromedp.Evaluate[string](`location.pathname`)), "-")+".png")
		found, _ := filepath.Glob(filepath.Join(folder, unfit.ReplaceAllString(b.t.Name()+" "+strconv.Itoa(n), "-")+"-*.png"))
		if len(found) > 0 {
			continue
		}
		if err := os.WriteFile(path, picture, 0o600); err != nil {
			b.t.Fatal(err)
		}
		return
	}
}

// validated lets the browser send what its own checks would not.
func validated(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
	return chromedp.Evaluate[chromedp.Void](`document.querySelectorAll("form").forEach(f => { f.noValidate = true })`)(ctx, t)
}

// back is the button of that name.
func back(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
	return chromedp.NavigateBack()(ctx, t)
}
