package server

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"

	"bailiwick/internal/fault"
)

// socketName is where the operator speaks with a running server. It lies in the data folder, which only the server's user
// can enter: whoever reaches it could read the database as well.
const socketName = "operator.sock"

// maxSocketPath is what the system takes as the name of a socket.
const maxSocketPath = 100

const emergencyPath = "/break-glass"

type peerKey struct{}

// serveOperator answers the operator until the context ends.
func (p *product) serveOperator(ctx context.Context) error {
	path := p.config.inData(socketName)
	if len(path) > maxSocketPath {
		p.log.Warn("the data folder's name is too long for the operator's socket: break-glass needs the server stopped", "path", path)
		<-ctx.Done()
		return nil
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) { // of a server that was killed; the folder is locked for us
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "unix", path)
	if err != nil {
		return err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return errors.Join(err, listener.Close())
	}
	server := &http.Server{Handler: http.HandlerFunc(p.operator), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, peerKey{}, peerName(c))
		}}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func (p *product) operator(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || r.URL.Path != emergencyPath {
		http.NotFound(w, r)
		return
	}
	var asked emergency
	decoder := json.NewDecoder(io.LimitReader(r.Body, 16<<10))
	decoder.DisallowUnknownFields()
	answer, err := relief{}, decoder.Decode(&asked)
	if err == nil {
		name, _ := r.Context().Value(peerKey{}).(string)
		if name == "" {
			http.Error(w, "this is for the server's own user", http.StatusForbidden)
			return
		}
		answer, err = p.relieve(r.Context(), name, asked)
	}
	if err != nil {
		answer = relief{Error: err.Error()}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer) // an error means that the operator has gone
}

// askServer asks the server that runs on the data folder. It is no error that none does.
func askServer(ctx context.Context, c *Config, asked emergency) (answer relief, running bool, err error) {
	path := c.inData(socketName)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return relief{}, false, nil
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", path)
	}
	client := &http.Client{Transport: &http.Transport{DialContext: dial}, Timeout: 30 * time.Second}
	defer client.CloseIdleConnections()
	body, err := json.Marshal(asked)
	if err != nil {
		return relief{}, false, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://operator"+emergencyPath, strings.NewReader(string(body)))
	if err != nil {
		return relief{}, false, err
	}
	response, err := client.Do(request)
	if errors.Is(err, syscall.ECONNREFUSED) { // the socket of a server that was killed
		return relief{}, false, nil
	}
	if err != nil {
		return relief{}, true, fault.Wrap(fault.Unavailable, err, "the running server does not answer its operator (%v)", err).Rather("run it as the server's own user")
	}
	defer func() { _ = response.Body.Close() }()
	if err := json.NewDecoder(io.LimitReader(response.Body, 64<<10)).Decode(&answer); err != nil {
		return relief{}, true, err
	}
	if answer.Error != "" {
		return relief{}, true, fault.New(fault.Conflict, "%s", answer.Error)
	}
	return answer, true, nil
}
