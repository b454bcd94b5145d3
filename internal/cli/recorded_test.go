package cli_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// recorded starts a server that answers from files, and names it in $SERVER: recorded DIR. POST /api/v1/plan is answered
// with DIR/POST_api_v1_plan.json; a file that begins with a number and a line break answers with that status. What was
// asked is in requests.txt, a line each: method, address, token, body.
func recorded(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: recorded DIR")
	}
	dir, log := ts.MkAbs(args[0]), ts.MkAbs("requests.txt")
	ts.Check(os.WriteFile(log, nil, 0o600))
	var one sync.Mutex
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		one.Lock()
		defer one.Unlock()
		body, _ := io.ReadAll(r.Body)
		file, err := os.OpenFile(log, os.O_APPEND|os.O_WRONLY, 0)
		if err == nil {
			_, _ = fmt.Fprintf(file, "%s %s %s %s\n", r.Method, r.RequestURI, r.Header.Get("Authorization"), body)
			_ = file.Close()
		}
		text, err := os.ReadFile(dir + "/" + r.Method + strings.ReplaceAll(r.URL.Path, "/", "_") + ".json")
		if err != nil {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		if strings.HasPrefix(string(text), "organization") {
			w.Header().Set("Content-Type", "text/yaml")
		} else {
			w.Header().Set("Content-Type", "application/json")
		}
		var status int
		if n, _ := fmt.Sscanf(string(text), "%d\n", &status); n == 1 {
			_, rest, _ := strings.Cut(string(text), "\n")
			w.WriteHeader(status)
			text = []byte(rest)
		}
		_, _ = w.Write(text)
	}))
	ts.Defer(server.Close)
	ts.Setenv("SERVER", server.URL)
}
