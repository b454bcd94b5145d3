package stage

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/chromedp/chromedp"
)

// Run carries out what a program does, for so long at most. Where that fails it says why and ends the program with 1.
func Run(limit time.Duration, do func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	err := do(ctx)
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// Demo starts the demo with a few flags more, as it is in the folder two above, and lets use read what it says. The demo is over and
// its folder gone when Demo returns.
func Demo(ctx context.Context, use func(said io.Reader) error, flags ...string) error {
	data, err := os.MkdirTemp("", "bailiwick-picture")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(data) }()
	args := append([]string{"run", "../../cmd/bailiwick", "demo", "--data", filepath.Join(data, "demo"), "--listen", "127.0.0.1:0"}, flags...)
	demo := exec.CommandContext(ctx, "go", args...)
	// go run hands signals on to what it runs only as a group.
	demo.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	demo.Cancel = func() error { return syscall.Kill(-demo.Process.Pid, syscall.SIGINT) }
	demo.Stderr = os.Stderr
	said, err := demo.StdoutPipe()
	if err != nil {
		return err
	}
	if err := demo.Start(); err != nil {
		return err
	}
	defer func() { _ = demo.Cancel(); _ = demo.Wait() }()
	return use(said)
}

// Browser starts Chromium. Its pages are for the context that it returns; end closes it.
func Browser(ctx context.Context, options ...chromedp.ExecAllocatorOption) (in context.Context, end func(), err error) {
	path, err := exec.LookPath("chromium")
	if err != nil {
		return nil, nil, fmt.Errorf("%w: run make chromium", err)
	}
	options = append(append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path)), options...)
	allocator, stop := chromedp.NewExecAllocator(ctx, options...)
	in, leave := chromedp.NewContext(allocator)
	return in, func() { leave(); stop() }, nil
}

// EnterAs presses the button of the demo's sign-in page that signs somebody in.
func EnterAs(email string) chromedp.Action[chromedp.Void] {
	return chromedp.Click(chromedp.Search(`//input[@value="`+email+`"]/following-sibling::button`), chromedp.NodeVisible)
}

// Save writes a picture for everybody to see.
func Save(file string, picture []byte) error {
	return os.WriteFile(file, picture, 0o644) //nolint:gosec // it is for everybody to see
}
