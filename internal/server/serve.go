package server

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"bailiwick/internal/fault"
)

// StopWithin bounds a graceful stop: requests that have begun may finish for so long.
const StopWithin = 10 * time.Second

const (
	livePath  = "/healthz"
	readyPath = "/readyz"
)

// A Server answers on the configured addresses until its context ends. Fill the fields, Listen, then Serve.
type Server struct {
	Config   *Config
	Log      *slog.Logger
	Now      func() time.Time
	Routes   []Route         // of the doors; health and metrics are added
	Measures Measures        // the product's numbers
	Ready    func() error    // nil while the state is loaded and the head fresh; the error is logged, never answered
	Unset    func() bool     // whether there is no organization yet, so that only early routes answer; nil: there is one
	Reload   <-chan struct{} // each value has the certificate read again (SIGHUP)
	Fronts   []Front         // further addresses, with rules of their own: those of gates
	Closers  []func() error  // called in this order after the last request; the journal's stands last

	listeners    []net.Listener // the main one, then that of the metrics, then the fronts'
	servers      []*http.Server
	tls          *certificate
	certificates []*certificate
	stopping     atomic.Bool
	stop         context.CancelFunc
}

// NewLogger makes the logger that the configuration asks for.
func NewLogger(w io.Writer, c *Config) *slog.Logger {
	var level slog.Level
	// The word was checked when it was read.
	_ = level.UnmarshalText([]byte(c.LogLevel))
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level}))
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
}

// Listen checks the routes and opens the addresses. Afterwards Config.External is final, also where the port was 0.
func (s *Server) Listen(ctx context.Context) error {
	if s.Ready == nil {
		return fault.New(fault.Internal, "nothing says when the server is ready")
	}
	stopping, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	if s.Config.TLSCert != "" {
		var err error
		if s.tls, err = newCertificate(s.Config.TLSCert, s.Config.TLSKey, s.Now, s.Log); err != nil {
			return err
		}
		s.certificates = append(s.certificates, s.tls)
	}
	numbers := newMetrics(s.Measures)
	main := append([]Route{
		{Pattern: "GET " + livePath, Operation: "health.live", Access: Public, Early: true, Quiet: true, Handler: http.HandlerFunc(s.live)},
		{Pattern: "GET " + readyPath, Operation: "health.ready", Access: Public, Early: true, Quiet: true, Handler: http.HandlerFunc(s.ready)},
	}, s.Routes...)
	if s.Config.MetricsListen == "" && s.Config.Token != "" {
		main = append(main, numbers.route(s.Config.Token))
	}
	if err := s.open(ctx, s.Config.Listen, main, numbers, stopping); err != nil {
		return err
	}
	if s.Config.urlFollows {
		s.Config.External.Host = withPort(s.Config.Listen, s.listeners[0].Addr())
	}
	if s.Config.MetricsListen != "" {
		if err := s.open(ctx, s.Config.MetricsListen, []Route{numbers.route(s.Config.Token)}, numbers, stopping); err != nil {
			return err
		}
	}
	for i := range s.Fronts {
		if err := s.openFront(ctx, &s.Fronts[i]); err != nil {
			return err
		}
	}
	return nil
}

// withPort is an address as it was asked for, with the port that was given for port 0.
func withPort(asked string, given net.Addr) string {
	host, port, err := net.SplitHostPort(asked)
	if tcp, is := given.(*net.TCPAddr); err == nil && port == "0" && is {
		return net.JoinHostPort(host, strconv.Itoa(tcp.Port))
	}
	return asked
}

// open prepares one address with its routes.
func (s *Server) open(ctx context.Context, address string, routes []Route, numbers *metrics, stopping context.Context) error {
	around := newShell(s.Config, s.Log, s.Now, numbers, stopping)
	around.unset = s.Unset
	around.proxied = len(s.listeners) == 0 && s.tls == nil && len(s.Config.TrustedProxies) > 0
	mux, err := newMux(routes, around)
	if err != nil {
		return errors.Join(err, s.abandon())
	}
	around.mux = mux
	listener, err := s.listen(ctx, address, "--listen")
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler:           around,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       s.Config.LimitsRequest,
		WriteTimeout:      s.Config.LimitsRequest + 5*time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    int(s.Config.LimitsHeaders),
		ErrorLog:          slog.NewLogLogger(s.Log.Handler(), slog.LevelWarn),
	}
	if s.tls != nil {
		server.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: s.tls.get}
	}
	s.listeners, s.servers = append(s.listeners, listener), append(s.servers, server)
	return nil
}

func (s *Server) listen(ctx context.Context, address, setting string) (net.Listener, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, errors.Join(fault.Wrap(fault.Unavailable, err, "%s cannot be listened on (%v)", address, errors.Unwrap(err)).
			Rather("stop what uses the address, or choose another with %s", setting), s.abandon())
	}
	return listener, nil
}

// abandon closes what a Listen that failed had opened.
func (s *Server) abandon() error {
	var errs []error
	for _, l := range s.listeners {
		errs = append(errs, l.Close())
	}
	s.listeners, s.servers = nil, nil
	return errors.Join(errs...)
}

// Addresses are those that are listened on: the main one, then that of the metrics, then the fronts'.
func (s *Server) Addresses() []net.Addr {
	all := make([]net.Addr, len(s.listeners))
	for i, l := range s.listeners {
		all[i] = l.Addr()
	}
	return all
}

// Serve answers until the context ends, then stops gracefully: it takes no more connections, ends streams, lets
// requests finish for at most StopWithin, and only then calls the closers. A stop as asked for is no error.
func (s *Server) Serve(ctx context.Context) error {
	ended := make(chan error, len(s.servers))
	for i, server := range s.servers {
		go func() {
			if server.TLSConfig != nil {
				ended <- server.ServeTLS(s.listeners[i], "", "")
				return
			}
			ended <- server.Serve(s.listeners[i])
		}()
	}
	var failed error
	for waiting := true; waiting; {
		select {
		case <-ctx.Done():
			waiting = false
		case failed = <-ended:
			waiting = false
			ended <- http.ErrServerClosed
		case <-s.Reload:
			for _, c := range s.certificates {
				c.Reload()
			}
		}
	}
	errs := []error{failed, s.shutdown(ctx)}
	for range s.servers {
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			errs = append(errs, err)
		}
	}
	for _, closer := range s.Closers {
		errs = append(errs, closer())
	}
	return errors.Join(errs...)
}

// shutdown lets requests finish, then cuts what is left.
func (s *Server) shutdown(ctx context.Context) error {
	s.stopping.Store(true)
	s.Log.Info("stopping: requests that have begun may finish", "within", StopWithin)
	s.stop()
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), StopWithin)
	defer cancel()
	var errs []error
	for _, server := range s.servers {
		if err := server.Shutdown(bounded); errors.Is(err, context.DeadlineExceeded) {
			s.Log.Warn("requests were cut off", "after", StopWithin)
			errs = append(errs, server.Close())
		} else {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// live answers while the process does.
func (s *Server) live(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") }

// ready answers whether requests should be sent here. Why not is for the log.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	if s.stopping.Load() {
		http.Error(w, "not ready", http.StatusServiceUnavailable)
		return
	}
	if err := s.Ready(); err != nil {
		s.Log.WarnContext(r.Context(), "not ready", "error", err)
		http.Error(w, "not ready", http.StatusServiceUnavailable)
		return
	}
	s.live(w, r)
}
