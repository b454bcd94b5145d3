package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
)

// A config is the file given with -config.
type config struct {
	Port        int            `json:"port"`         // 0 takes a free one; PORT in the environment and -port come first
	GroupsClaim string         `json:"groups_claim"` // "groups" if empty
	Thin        bool           `json:"thin"`         // ID tokens without e-mail, name and groups: they are at user info only
	Users       []user         `json:"users"`
	Clients     []clientConfig `json:"clients"`
}

type clientConfig struct {
	ID        string   `json:"id"`
	Secret    string   `json:"secret"` // empty: a public client
	Redirects []string `json:"redirects"`
	SignedOut []string `json:"signed_out"`
}

func main() {
	path := flag.String("config", "", "the configuration, JSON")
	port := flag.String("port", os.Getenv("PORT"), "listen here")
	verbose := flag.Bool("v", false, "log requests")
	flag.Parse()
	if err := run(*path, *port, *verbose); err != nil {
		fmt.Fprintln(os.Stderr, "provider:", err)
		os.Exit(1)
	}
}

func run(path, port string, verbose bool) error {
	c := config{GroupsClaim: "groups"}
	if path != "" {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(text, &c); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	if port == "" {
		port = fmt.Sprint(c.Port)
	}
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", port))
	if err != nil {
		return err
	}
	issuer := fmt.Sprintf("http://localhost:%d/", listener.Addr().(*net.TCPAddr).Port)
	log := slog.New(slog.DiscardHandler)
	if verbose {
		log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	mux := http.NewServeMux()
	s := newStore(c)
	mux.Handle("/", exampleop.SetupServer(issuer, s, log, false))
	mux.HandleFunc("PUT /test/users/{id}", s.putUser)
	mux.HandleFunc("POST /test/logout-token", func(w http.ResponseWriter, r *http.Request) { s.logoutToken(w, r, issuer) })
	if _, err := fmt.Fprintln(os.Stdout, issuer); err != nil {
		return err
	}
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	return server.Serve(listener)
}

func exampleClients(list []clientConfig) map[string]*storage.Client {
	clients := map[string]*storage.Client{}
	for _, c := range list {
		if c.Secret == "" {
			clients[c.ID] = storage.NativeClient(c.ID, c.Redirects...)
			continue
		}
		clients[c.ID] = storage.WebClient(c.ID, c.Secret, c.Redirects...)
	}
	return clients
}
