package workspace

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
)

// recorded answers as a webserver of 1.13.27 does, with what a test says is there. It is for what the real one cannot be made to do.
type recorded struct {
	*httptest.Server

	mu        sync.Mutex
	version   string
	loadedAt  float64 // of code location a
	broken    func(w http.ResponseWriter, query string) bool
	runs      map[string]string // the JSON of runs, by id
	backfills map[string]string
	schedules string // the JSON of the schedules of a
	asked     []string
	hold      chan struct{} // nil: answers at once
	changes   chan string   // types of messages on the socket, with a payload after a space
	greeted   int           // how many greetings are answered on a socket; 0: there is none
}

func record(t *testing.T) *recorded {
	t.Helper()
	r := &recorded{version: "1.13.27", loadedAt: 1.5, runs: map[string]string{}, backfills: map[string]string{}, changes: make(chan string), schedules: "[]"}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *recorded) set(do func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	do()
}

// questions counts what was asked, and forgets it.
func (r *recorded) questions() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := len(r.asked)
	r.asked = nil
	return n
}

func (r *recorded) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	if request.Header.Get("Upgrade") != "" {
		r.socket(w, request)
		return
	}
	var said struct {
		Query     string
		Variables map[string]any
	}
	if err := json.NewDecoder(request.Body).Decode(&said); err != nil || request.Method != http.MethodPost || request.URL.Path != "/graphql" {
		http.Error(w, "no question", http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	hold := r.hold
	r.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-request.Context().Done():
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = append(r.asked, said.Query)
	if r.broken != nil && r.broken(w, said.Query) {
		return
	}
	_, _ = io.WriteString(w, `{"data": {`+strings.Join(r.answer(said.Query, said.Variables), ", ")+`}}`)
}

func (r *recorded) answer(query string, variables map[string]any) []string {
	parts := []string{fmt.Sprintf(`"version": %q, "locationStatusesOrError": {"__typename": "WorkspaceLocationStatusEntries", "entries": [
		{"name": "a", "loadStatus": "LOADED", "updateTimestamp": %v, "versionKey": "x"}]}`, r.version, r.loadedAt)}
	has := func(field string) bool { return strings.Contains(query, field) }
	if has("__schema") {
		parts = append(parts, `"__schema": {"queryType": {"name": "Query"}, "types": [{"kind": "OBJECT", "name": "Query",
			"fields": [{"name": "version", "type": {"kind": "SCALAR", "name": "String"}, "args": []}]}]}`)
	}
	if has("workspaceOrError") {
		parts = append(parts, `"workspaceOrError": {"__typename": "Workspace", "locationEntries": [{"name": "a", "loadStatus": "LOADED",
			"locationOrLoadError": {"__typename": "RepositoryLocation", "repositories": [{"name": "__repository__",
			"assetNodes": [{"assetKey": {"path": ["x"]}, "isExecutable": true}], "schedules": `+r.schedules+`, "sensors": []}]}}]}`)
	}
	if has("runsOrError") {
		var results []string
		ids, _ := variables["ids"].([]any)
		for _, id := range ids {
			if run, ok := r.runs[id.(string)]; ok {
				results = append(results, run)
			}
		}
		parts = append(parts, `"runsOrError": {"__typename": "Runs", "results": [`+strings.Join(results, ", ")+`]}`)
	}
	if has("partitionBackfillOrError") {
		for alias, id := range variables {
			answer, ok := r.backfills[id.(string)]
			if !ok {
				answer = `{"__typename": "BackfillNotFoundError"}`
			}
			parts = append(parts, fmt.Sprintf("%q: %s", alias, answer))
		}
	}
	return parts
}

// socket speaks graphql-ws, and then says what the test says.
func (r *recorded) socket(w http.ResponseWriter, request *http.Request) {
	r.mu.Lock()
	greeted := r.greeted
	r.mu.Unlock()
	if greeted == 0 {
		http.Error(w, "no socket here", http.StatusNotFound)
		return
	}
	socket, err := websocket.Accept(w, request, &websocket.AcceptOptions{Subprotocols: []string{"graphql-ws"}})
	if err != nil {
		return
	}
	defer func() { _ = socket.CloseNow() }()
	ctx := request.Context()
	for range 3 { // a greeting, a start, a greeting
		var m message
		if wsjson.Read(ctx, socket, &m) != nil {
			return
		}
		if m.Type != "connection_init" || greeted == 0 {
			continue
		}
		if greeted--; wsjson.Write(ctx, socket, message{Type: "connection_ack"}) != nil {
			return
		}
	}
	ctx = socket.CloseRead(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case said := <-r.changes:
			kind, payload, _ := strings.Cut(said, " ")
			if wsjson.Write(ctx, socket, message{Type: kind, ID: "1", Payload: json.RawMessage(payload)}) != nil {
				return
			}
		}
	}
}

// aRun is a run of a job of a location, as Dagster tells it.
func aRun(id, job, location, assets string) string {
	where := "null"
	if location != "" {
		where = fmt.Sprintf(`{"repositoryLocationName": %q}`, location)
	}
	return fmt.Sprintf(`{"runId": %q, "jobName": %q, "repositoryOrigin": %s, "assetSelection": %s, "assetCheckSelection": null}`, id, job, where, assets)
}
