package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"bailiwick/internal/cli"
	"bailiwick/internal/fault"
)

// demoAddress is where the demo listens unless told; another program may be there already, and then any port will do.
const demoAddress = "127.0.0.1:8080"

// demo runs a server on a demo folder, with an organization that has a history.
func (c *program) demo(ctx context.Context, o cli.DemoOptions) error {
	config, err := demoConfig(o)
	if err != nil {
		return err
	}
	if o.Reset {
		if err := resetDemo(config.Data); err != nil {
			return err
		}
	}
	log := slog.New(slog.NewTextHandler(o.Err, &slog.HandlerOptions{Level: slog.LevelWarn}))
	clock := &demoClock{}
	p, err := openProduct(ctx, config, log, clock.now, Demo)
	if err != nil {
		return err
	}
	if p, err = wholeDemo(ctx, p, clock); err != nil {
		return err
	}
	p.version = o.Version
	story := &story{p: p, clock: clock}
	if p.unset() {
		err := story.tell(ctx)
		if err == nil {
			err = writeWhole(config.inData(toldMark), []byte("The demo's history is whole.\n"))
		}
		if err != nil {
			return errors.Join(fmt.Errorf("making the demo organization: %w", err), p.close())
		}
	}
	if o.Dagster {
		return serveWithDagster(ctx, o, story)
	}
	return p.serve(ctx, nil, func(*Server) error { return story.greet(ctx, o.Out) })
}

// toldMark lies in a demo folder whose history was told to its end.
const toldMark = "demo-told"

// wholeDemo begins again where an earlier start was interrupted while it told the history.
func wholeDemo(ctx context.Context, p *product, clock *demoClock) (*product, error) {
	if _, err := os.Stat(p.config.inData(toldMark)); err == nil || p.unset() {
		return p, nil
	}
	if err := p.close(); err != nil {
		return nil, err
	}
	if err := resetDemo(p.config.Data); err != nil {
		return nil, err
	}
	return openProduct(ctx, p.config, p.log, clock.now, Demo)
}

// demoConfig is the demo's configuration: loopback only, and a folder of its own.
func demoConfig(o cli.DemoOptions) (*Config, error) {
	data, listen := o.Data, o.Listen
	if data == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			cache = os.TempDir()
		}
		data = filepath.Join(cache, "bailiwick", "demo")
	}
	if listen == "" {
		listen = freeAddress(demoAddress)
	}
	if err := demoLoopback("--listen", listen); err != nil {
		return nil, err
	}
	return Load([]string{"--data", data, "--listen", listen, "--mail-folder", filepath.Join(data, "mail")}, nil, os.ReadFile)
}

// demoLoopback refuses an address that others than this machine can reach.
func demoLoopback(flag, address string) error {
	host, _, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		return fault.New(fault.Invalid, "the demo listens on loopback only, and %s is not that", address).In(flag).
			Rather("write 127.0.0.1:PORT; for others to see, run bailiwick serve")
	}
	return nil
}

// freeAddress is the address itself where nobody listens, else one on the same host with any port.
func freeAddress(address string) string {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", address)
	if err != nil {
		return "127.0.0.1:0"
	}
	_ = l.Close()
	return address
}

// resetDemo removes a demo folder, and nothing else: a folder that is not one is refused. An installed Dagster is kept beside it.
func resetDemo(path string) error {
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	f, err := OpenFolder(path, Demo)
	if err != nil {
		return err
	}
	if err := errors.Join(keepVenv(path), f.Close()); err != nil {
		return err
	}
	return os.RemoveAll(path)
}

// A demoClock is set while the history is told, and runs with the computer's afterwards.
type demoClock struct{ told atomic.Pointer[time.Time] }

func (c *demoClock) now() time.Time {
	if told := c.told.Load(); told != nil {
		return *told
	}
	return time.Now()
}

func (c *demoClock) set(told time.Time) { c.told.Store(&told) }
