package gate

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"
)

// runsPage is about what Dagster's page of runs asks for again and again.
const runsPage = `query RunsPage($limit: Int, $cursor: String) { runsOrError(limit: $limit, cursor: $cursor) { ... on Runs { results { ...row } } ... on PythonError { message stack } } }
fragment row on Run { id runId status jobName mode startTime endTime updateTime tags { key value } pipelineSnapshotId repositoryOrigin { id repositoryName repositoryLocationName } }`

// benchmark posts the document to an address, as many times at once as there are processors.
func benchmark(b *testing.B, address string) {
	b.Helper()
	body, err := json.Marshal(map[string]any{"query": runsPage, "variables": map[string]any{"limit": 25}, "operationName": "RunsPage"})
	if err != nil {
		b.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r, _ := http.NewRequest(http.MethodPost, address, bytes.NewReader(body))
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Authorization", "Bearer viewer@acme.test")
			answer, err := client.Do(r)
			if err != nil {
				b.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, answer.Body)
			_ = answer.Body.Close()
			if answer.StatusCode != http.StatusOK {
				b.Fatal(answer.Status)
			}
		}
	})
}

func trivial(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{"data": {"runsOrError": {"results": []}}}`))
}

// BenchmarkGate is what the whole way through the gate costs with a document that is known already, in front of an upstream that
// answers at once.
func BenchmarkGate(b *testing.B) {
	u := newUpstream(b, "")
	inner := u.Config.Handler
	u.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Forwarded-Host") == "" {
			inner.ServeHTTP(w, r)
			return
		}
		trivial(w, r)
	})
	d := openAt(b, u, "", func(o *Options) { o.Log = slog.New(slog.DiscardHandler) })
	benchmark(b, d.URL+"/graphql")
}

// BenchmarkReverseProxy is the same without a gate: what BenchmarkGate is compared with.
func BenchmarkReverseProxy(b *testing.B) {
	u := httptest.NewServer(http.HandlerFunc(trivial))
	defer u.Close()
	to, _ := url.Parse(u.URL)
	proxy := httptest.NewServer(&httputil.ReverseProxy{Transport: newWay(nil, ""), Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.SetXForwarded()
	}})
	defer proxy.Close()
	benchmark(b, proxy.URL+"/graphql")
}
