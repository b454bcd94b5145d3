package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/signal"
	"strconv"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// A replay answers each question as a real Dagster answered it the first time, at next to no cost: what a gate before it takes is the
// gate's own. On its socket it sends the time.
type replay struct {
	to     string
	server *http.Server
	listen net.Listener
	mu     sync.RWMutex
	known  map[string][]byte // answers by the bodies of requests
}

func newReplay(to string) (*replay, error) {
	listen, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &replay{to: to, listen: listen, known: map[string][]byte{}}
	r.server = &http.Server{Handler: r, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = r.server.Serve(listen) }() // it ends by close
	return r, nil
}

func (r *replay) url() string { return "http://" + r.listen.Addr().String() }

func (r *replay) close() error { return r.server.Close() }

// ServeHTTP answers a question, or serves the socket.
func (r *replay) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	if request.Header.Get("Upgrade") != "" {
		r.socket(w, request)
		return
	}
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return // whoever asked has gone
	}
	r.mu.RLock()
	answer := r.known[request.URL.Path+string(body)]
	r.mu.RUnlock()
	if answer == nil {
		if answer, err = r.learn(request.URL.Path, body); err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
	_, _ = w.Write(answer)
}

// learn asks the real Dagster.
func (r *replay) learn(path string, body []byte) ([]byte, error) {
	response, err := http.Post(r.to+path, "application/json", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	answer, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.known[path+string(body)] = answer
	return answer, nil
}

// sockets of the replay say the time that often, if they are asked for captured logs.
const ticking = 2 * time.Millisecond

// socket speaks graphql-ws: it acknowledges, and to whoever asks for captured logs it sends the time again and again.
func (r *replay) socket(w http.ResponseWriter, request *http.Request) {
	c, err := websocket.Accept(w, request, &websocket.AcceptOptions{Subprotocols: []string{socketProtocol}, InsecureSkipVerify: true})
	if err != nil {
		return
	}
	defer func() { _ = c.CloseNow() }()
	for {
		_, text, err := c.Read(request.Context())
		switch {
		case err != nil:
			return
		case bytes.Contains(text, []byte(`"connection_init"`)):
			err = c.Write(request.Context(), websocket.MessageText, []byte(`{"type":"connection_ack"}`))
		case bytes.Contains(text, []byte("capturedLogs")):
			tell(request.Context(), c)
			return
		}
		if err != nil {
			return
		}
	}
}

// tell sends the time until somebody ends it.
func tell(ctx context.Context, c *websocket.Conn) {
	again := time.NewTicker(ticking)
	defer again.Stop()
	for range again.C {
		message := `{"type":"data","id":"1","payload":{"data":{"capturedLogs":{"stdout":"` + strconv.FormatInt(time.Now().UnixNano(), 10) + `"}}}}`
		if c.Write(ctx, websocket.MessageText, []byte(message)) != nil {
			return
		}
	}
}

// serveBare is a process that is a reverse proxy of net/http's and nothing else, until it is interrupted.
func serveBare(address, to string) error {
	target, err := url.Parse(to)
	if err != nil {
		return err
	}
	proxy := &httputil.ReverseProxy{Transport: &http.Transport{MaxIdleConnsPerHost: 256}, Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		// A body that is still being forwarded when the answer comes breaks off the answer now and then.
		body, _ := io.ReadAll(r.In.Body)
		r.Out.Body = io.NopCloser(bytes.NewReader(body))
	}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /readyz", func(http.ResponseWriter, *http.Request) {})
	mux.Handle("/", proxy)
	s := &http.Server{Addr: address, Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	context.AfterFunc(ctx, func() { _ = s.Close() })
	if err := s.ListenAndServe(); ctx.Err() == nil {
		return err
	}
	return nil
}
