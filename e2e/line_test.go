package e2e

import (
	"io"
	"net"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
)

// A line stands between a server and its PostgreSQL, and can be cut, or fall silent.
type line struct {
	folder, to string

	mu     sync.Mutex
	down   bool
	frozen chan struct{} // nil: not frozen; closed when mended
	open   map[net.Conn]bool
}

func newLine(t *testing.T, socket string) *line {
	t.Helper()
	l := &line{folder: t.TempDir(), to: socket, open: map[net.Conn]bool{}}
	listener, err := net.Listen("unix", filepath.Join(l.folder, filepath.Base(socket)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.mend(); l.cut(); _ = listener.Close() })
	go func() {
		for {
			from, err := listener.Accept()
			if err != nil {
				return
			}
			go l.carry(from)
		}
	}()
	return l
}

func (l *line) carry(from net.Conn) {
	to, err := net.Dial("unix", l.to)
	if err != nil {
		_ = from.Close()
		return
	}
	l.mu.Lock()
	if l.down {
		_, _ = from.Close(), to.Close()
		l.mu.Unlock()
		return
	}
	l.open[from], l.open[to] = true, true
	l.mu.Unlock()
	var both sync.WaitGroup
	for _, pair := range [][2]net.Conn{{from, to}, {to, from}} {
		both.Go(func() {
			_, _ = io.Copy(pair[0], listening{pair[1], l})
			_, _ = from.Close(), to.Close()
		})
	}
	both.Wait()
	l.mu.Lock()
	delete(l.open, from)
	delete(l.open, to)
	l.mu.Unlock()
}

// listening hears nothing while the line is silent.
type listening struct {
	net.Conn
	line *line
}

func (r listening) Read(p []byte) (int, error) {
	n, err := r.Conn.Read(p)
	r.line.mu.Lock()
	frozen := r.line.frozen
	r.line.mu.Unlock()
	if frozen != nil {
		<-frozen
	}
	return n, err
}

func (l *line) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.down = true
	for c := range l.open {
		_ = c.Close()
	}
}

func (l *line) freeze() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.frozen = make(chan struct{})
}

func (l *line) mend() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.down = false
	if l.frozen != nil {
		close(l.frozen)
		l.frozen = nil
	}
}

// killBackend kills one process of PostgreSQL that serves a database.
func killBackend(t *testing.T, address string) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Log(err)
		return
	}
	defer func() { _ = c.Close(t.Context()) }()
	pid := 0
	if err := c.QueryRow(t.Context(), `SELECT pg_backend_pid()`).Scan(&pid); err != nil {
		t.Log(err)
		return
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
}
