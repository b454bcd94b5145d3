package e2e

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"bailiwick/client"
)

// Those of the demo as whom the tests use the console. Each of them changes things that none of the others do.
const (
	anAdministrator = "ada@acme.test"   // Organization Admin, and owner of the directory
	aDeploymentHead = "linus@acme.test" // Admin of every deployment, by the team platform
	anEditor        = "lena@acme.test"
	aViewer         = "paula@acme.test"
	aManager        = "tara@acme.test" // of service users, by a custom role
)

// A tour is the demo that the tests of the console walk through. It is started by the first test that needs it.
type tour struct {
	once   sync.Once
	server server
	token  string // ada's
	mu     sync.Mutex
	known  map[string]bool // who has a password by now
	err    error
}

func (d *tour) start() {
	d.known = map[string]bool{}
	folder, err := os.MkdirTemp("", "bailiwick-console")
	if err != nil {
		d.err = err
		return
	}
	d.server.folder = folder
	if d.err = d.server.begin(exec.Command(program, "demo", "--data", filepath.Join(folder, "data"), "--listen", "127.0.0.1:0")); d.err != nil {
		return
	}
	found := regexp.MustCompile(`bwk_user_\S+`)
	for range 500 {
		if d.token = found.FindString(d.server.out.String()); d.token != "" && strings.Contains(d.server.out.String(), "Ctrl-C stops") {
			return
		}
		select {
		case <-d.server.ended:
			d.err = fmt.Errorf("the demo ended:\n%s", d.server.log)
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
	d.err = errors.New("the demo printed no token")
}

// close ends the demo, if it was started.
func (d *tour) close() {
	if d.server.cmd != nil && d.server.cmd.Process != nil {
		_ = d.server.cmd.Process.Kill()
		<-d.server.ended
	}
	if d.server.folder != "" {
		_ = os.RemoveAll(d.server.folder)
	}
}

// console is the demo's server, shared with the other tests of the console.
func console(t *testing.T) *server {
	t.Helper()
	toured.once.Do(toured.start)
	if toured.err != nil {
		t.Fatal(toured.err)
	}
	s := toured.server
	s.t = t
	return &s
}

// visits opens a browser in which somebody of the demo is signed in.
func (s *server) visits(who string) *browser {
	s.t.Helper()
	b := newBrowser(s.t)
	b.theme("light") // and nothing moves
	b.wide(1440)
	b.enters(s, who)
	return b
}

// administrates opens the console's demo in a browser of its administrator's.
func administrates(t *testing.T) (*server, *browser) {
	t.Helper()
	s := console(t)
	return s, s.visits(anAdministrator)
}

// enters signs somebody of the demo in: by its buttons, or with a password where there is none for them.
func (b *browser) enters(s *server, who string) {
	b.t.Helper()
	b.open(s.url + "o/acme/signin")
	if strings.Contains(b.script(`document.body.innerHTML`), `value="`+who+`"`) {
		b.load("enter as "+who, chromedp.Click(chromedp.Search(`//input[@value="`+who+`"]/following-sibling::button`), chromedp.NodeVisible))
	} else {
		toured.mu.Lock()
		if !toured.known[who] {
			s.password(toured.token, who)
			toured.known[who] = true
		}
		toured.mu.Unlock()
		b.try(who, good)
	}
	if b.session() == nil {
		b.t.Fatalf("%s is not signed in: %s", who, b.describe())
	}
}

// at opens a page of the console.
func (b *browser) at(s *server, path string) {
	b.t.Helper()
	if status := b.open(s.url + strings.TrimPrefix(path, "/")); status != http.StatusOK {
		b.t.Fatalf("%s: %d\n%s", path, status, b.describe())
	}
}

// person is the opaque id of somebody of the demo.
func (s *server) person(email string) string {
	s.t.Helper()
	return s.whose(toured.token, email)
}

// whose is the opaque id of somebody, as the holder of a token may see them.
func (s *server) whose(token, email string) string {
	s.t.Helper()
	u, err := s.as(token).User(s.t.Context(), email, client.Reading{})
	if err != nil {
		s.t.Fatal(err)
	}
	return u.ID
}

// refuses fails unless the server refuses a form that somebody sends around the pages.
func (s *server) refuses(b *browser, path string, form url.Values) {
	s.t.Helper()
	status, page := s.post(strings.TrimPrefix(path, "/"), b.session(), form)
	if !slices.Contains([]int{http.StatusForbidden, http.StatusNotFound, http.StatusUnprocessableEntity}, status) {
		s.t.Errorf("%s with %v was answered %d:\n%s", path, form, status, page)
	}
}

// labels are the names of what can be read, filled in or pressed on a page, as somebody meets them from the top: headings, fields,
// legends, links and buttons.
func (b *browser) labels() []string {
	b.t.Helper()
	return strings.Split(b.script(`[...document.querySelectorAll("h1,h2,h3,th,label,legend,summary,a,button,dt")].filter(e => e.checkVisibility()).map(e => (e.innerText || e.getAttribute("aria-label") || "").replace(/\s+/g, " ").trim()).filter(t => t).join("\n")`), "\n")
}

// reads fails unless the page's labels begin, in this order, with the texts.
func (b *browser) reads(texts ...string) {
	b.t.Helper()
	rest := b.labels()
	for _, text := range texts {
		i := slices.IndexFunc(rest, func(l string) bool { return strings.HasPrefix(l, text) })
		if i < 0 {
			b.t.Fatalf("%q is not where it ought to be, in the order of %q, on %s", text, texts, b.describe())
		}
		rest = rest[i+1:]
	}
}
