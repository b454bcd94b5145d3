package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

const (
	viewer = "paula@acme.test"
	page   = "/locations"
	// grey finds a button that a Viewer may not press.
	grey   = `[...document.querySelectorAll("button:disabled")].find(b => b.innerText.trim() === "Reload all")`
	reason = "You may not do this"
	// skip finds the button that closes a greeting of Dagster's, if it is there.
	skip = `[...document.querySelectorAll("button")].find(b => b.innerText.trim() === "Skip")`
)

func main() {
	if len(os.Args) != 2 && len(os.Args) != 3 {
		fail(errors.New("usage: dagster FILE.png [the gate of a demo that runs already]"))
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	draw := take
	if len(os.Args) == 3 {
		draw = func(ctx context.Context) ([]byte, error) { return look(ctx, os.Args[2]) }
	}
	picture, err := draw(ctx)
	if err == nil {
		err = os.WriteFile(os.Args[1], picture, 0o644) //nolint:gosec // a picture for everybody to see
	}
	if err != nil {
		fail(err)
	}
}

// take starts the demo in a folder of its own and takes the picture.
func take(ctx context.Context) ([]byte, error) {
	data, err := os.MkdirTemp("", "bailiwick-picture")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(data) }()
	args := []string{"run", "../../cmd/bailiwick", "demo", "--with-dagster", "--data", filepath.Join(data, "demo"), "--listen", "127.0.0.1:0", "--gate-listen", "127.0.0.1:0"}
	if found, _ := filepath.Glob("../../.cache/venv-dagster-1*"); len(found) > 0 {
		args = append(args, "--dagster-venv", found[0])
	}
	demo := exec.CommandContext(ctx, "go", args...)
	// go run hands signals on to what it runs only as a group.
	demo.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	demo.Cancel = func() error { return syscall.Kill(-demo.Process.Pid, syscall.SIGINT) }
	demo.Stderr = os.Stderr
	said, err := demo.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := demo.Start(); err != nil {
		return nil, err
	}
	defer func() { _ = demo.Cancel(); _ = demo.Wait() }()
	gate, err := address(said)
	if err != nil {
		return nil, err
	}
	return look(ctx, gate)
}

// address waits until the demo has said where the gate is.
func address(said io.Reader) (string, error) {
	for lines := bufio.NewScanner(said); lines.Scan(); {
		if m := regexp.MustCompile(`is behind the gate: (http://\S+)`).FindStringSubmatch(lines.Text()); m != nil {
			go func() { _, _ = io.Copy(io.Discard, said) }()
			return m[1], nil
		}
	}
	return "", errors.New("the demo ended before it said where the gate is")
}

// look opens a page of Dagster's as a Viewer, puts the mouse on the button that is grey, and takes the picture when its reason is
// there.
func look(ctx context.Context, gate string) ([]byte, error) {
	browser, err := exec.LookPath("chromium")
	if err != nil {
		return nil, fmt.Errorf("%w: run make chromium", err)
	}
	allocator, end := chromedp.NewExecAllocator(ctx, append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(browser))...)
	defer end()
	ctx, stop := chromedp.NewContext(allocator)
	defer stop()
	there := `(() => { const b = ` + grey + `; if (!b) return [0, 0]; const r = b.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2] })()`
	if err := chromedp.Do(ctx,
		chromedp.EmulateViewport(1240, 520),
		chromedp.Navigate(gate+page),
		chromedp.Click(chromedp.Search(`//input[@value="`+viewer+`"]/following-sibling::button`), chromedp.NodeVisible),
	); err != nil {
		return nil, err
	}
	if err := until(ctx, `document.body.innerText.includes("2 code locations") && !!(`+grey+`)`); err != nil {
		return nil, err
	}
	if err := until(ctx, `(() => { const b = `+skip+`; if (b) b.click(); return !document.body.innerText.includes("Join the Dagster community") })()`); err != nil {
		return nil, err
	}
	place, err := chromedp.Run(ctx, chromedp.Evaluate[[2]float64](there))
	if err != nil {
		return nil, err
	}
	// Onto it from beside it: a page that has not seen the mouse move does not notice that it is there.
	if err := chromedp.Do(ctx, chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, place[0]-100, place[1]+100),
		chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, place[0], place[1]), chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, place[0]+2, place[1])); err != nil {
		return nil, err
	}
	if err := until(ctx, `document.body.innerText.includes("`+reason+`") && document.getAnimations().every(a => a.playState === "finished")`); err != nil {
		return nil, err
	}
	return chromedp.Run(ctx, chromedp.CaptureScreenshot())
}

// until waits for something on the page.
func until(ctx context.Context, condition string) error {
	again := time.NewTicker(200 * time.Millisecond)
	defer again.Stop()
	limit, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	for {
		if is, err := chromedp.Run(ctx, chromedp.Evaluate[bool](condition)); err == nil && is {
			return nil
		}
		select {
		case <-limit.Done():
			text, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText`))
			return fmt.Errorf("the page never had %s:\n%s", condition, text)
		case <-again.C:
		}
	}
}

func fail(why error) {
	fmt.Fprintln(os.Stderr, why)
	os.Exit(1)
}
