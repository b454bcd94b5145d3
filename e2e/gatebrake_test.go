package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// A brake stands between a gate and Dagster. What reads goes through. What changes something is written down, and while the
// brake is on it is answered here: so that it can be asked as everybody, whether it would be let through, and still happen once.
type brake struct {
	*httptest.Server
	proxy *httputil.ReverseProxy
	mu    sync.Mutex
	on    bool
	came  []string // fields of mutations and names of routes, in their order
}

func newBrake(t *testing.T, to string) *brake {
	t.Helper()
	target, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	b := &brake{proxy: httputil.NewSingleHostReverseProxy(target)}
	b.Server = httptest.NewServer(b)
	t.Cleanup(b.Close)
	return b
}

// set puts the brake on or off, and forgets what came.
func (b *brake) set(on bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.on, b.came = on, nil
}

// seen is what came since set.
func (b *brake) seen() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	came := b.came
	b.came = nil
	return came
}

// ServeHTTP holds what changes something.
func (b *brake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	fields, keys := b.changes(r)
	if len(fields) == 0 {
		b.proxy.ServeHTTP(w, r)
		return
	}
	b.mu.Lock()
	b.came = append(b.came, fields...)
	on := b.on
	b.mu.Unlock()
	if !on {
		b.proxy.ServeHTTP(w, r)
		return
	}
	data := map[string]any{}
	for i, key := range keys {
		data[key] = map[string]any{"__typename": "Held"}
		if booleans[fields[i]] {
			data[key] = true
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"data": data}) // the gate may have gone
}

// booleans are the mutations that answer with one.
var booleans = map[string]bool{"setNuxSeen": true, "setAutoMaterializePaused": true, "setConcurrencyLimit": true, "deleteConcurrencyLimit": true,
	"freeConcurrencySlots": true, "freeConcurrencySlotsForRun": true}

// changes lists what a request would change: the root fields of every mutation in it, with the keys of their answers, or the route.
// It takes everything that could be one for one.
func (b *brake) changes(r *http.Request) (fields, keys []string) {
	if !strings.HasSuffix(r.URL.Path, "/graphql") {
		if r.Method == http.MethodPost {
			name := strings.Split(strings.Trim(r.URL.Path, "/"), "/")[0]
			return []string{name}, []string{name}
		}
		return nil, nil
	}
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	var asked struct{ Query string }
	_ = json.Unmarshal(body, &asked) // what cannot be read has no operations
	for _, text := range []string{asked.Query, r.URL.Query().Get("query")} {
		document, err := parser.ParseQuery(&ast.Source{Input: text})
		if err != nil {
			continue
		}
		for _, operation := range document.Operations {
			if operation.Operation != ast.Mutation {
				continue
			}
			for _, selection := range operation.SelectionSet {
				field, is := selection.(*ast.Field)
				if !is {
					fields, keys = append(fields, "a fragment"), append(keys, "")
					continue
				}
				fields, keys = append(fields, field.Name), append(keys, field.Alias)
			}
		}
	}
	return fields, keys
}
