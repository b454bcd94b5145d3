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
	"strings"
	"syscall"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

const administrator = "ada@acme.test"

// A shot is one picture: how one comes to the page from the list of users, and how much of it is shown.
type shot struct {
	file          string
	path          string
	press         string // a link to press there; "" where the page is it
	top           string // what is at the top of it; "" for the page's own
	width, height int64
}

// shots are the pictures. Nothing on them is of the day on which they are taken.
func shots() []shot {
	return []shot{
		{file: "console-access.png", path: "/access?who=tom%40acme.test&can=dagster.schedules.toggle&on=dagster%2Fprod%2Fml", width: 1180, height: 640},
		{file: "console-roles.png", path: "/users?query=priya%40acme.test", press: `//main//table//tbody//a[starts-with(normalize-space(.), "Edit")]`, top: "#on-dagster", width: 1180, height: 720},
	}
}

func main() {
	if len(os.Args) != 2 && len(os.Args) != 3 {
		fail(errors.New("usage: console FOLDER [the address of a demo that runs already]"))
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	if len(os.Args) == 3 {
		if err := look(ctx, os.Args[2], os.Args[1]); err != nil {
			fail(err)
		}
		return
	}
	if err := take(ctx, os.Args[1]); err != nil {
		fail(err)
	}
}

// take starts the demo in a folder of its own and takes the pictures.
func take(ctx context.Context, folder string) error {
	data, err := os.MkdirTemp("", "bailiwick-picture")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(data) }()
	demo := exec.CommandContext(ctx, "go", "run", "../../cmd/bailiwick", "demo", "--data", filepath.Join(data, "demo"), "--listen", "127.0.0.1:0")
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
	read := bufio.NewReader(said)
	first, err := read.ReadString('\n')
	if err != nil {
		return fmt.Errorf("the demo did not say where it is: %w", err)
	}
	go func() { _, _ = io.Copy(io.Discard, read) }()
	return look(ctx, strings.TrimSuffix(strings.TrimSpace(first), "/"), folder)
}

// look takes the pictures of a demo that runs.
func look(ctx context.Context, demo, folder string) error {
	browser, err := exec.LookPath("chromium")
	if err != nil {
		return fmt.Errorf("%w: run make chromium", err)
	}
	allocator, end := chromedp.NewExecAllocator(ctx, append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(browser), chromedp.Flag("hide-scrollbars", true))...)
	defer end()
	ctx, stop := chromedp.NewContext(allocator)
	defer stop()
	if err := chromedp.Do(ctx, still, chromedp.Navigate(demo+"/o/acme/signin"),
		chromedp.Click(chromedp.Search(`//input[@value="`+administrator+`"]/following-sibling::button`), chromedp.NodeVisible),
		chromedp.WaitReady(chromedp.CSS("main#main"))); err != nil {
		return err
	}
	for _, s := range shots() {
		steps := []chromedp.Action[chromedp.Void]{chromedp.EmulateViewport(s.width, s.height), chromedp.Navigate(demo + s.path)}
		if s.press != "" {
			steps = append(steps, chromedp.Click(chromedp.Search(s.press), chromedp.NodeVisible), chromedp.WaitReady(chromedp.CSS(".tree")))
		}
		if s.top != "" { // below the bar, which stays, and with what is inside of the first place
			steps = append(steps, chromedp.Evaluate[chromedp.Void](`(() => { const top = document.querySelector("`+s.top+`"); const inside = [...top.parentElement.querySelectorAll("details")].find(d => d.innerText.includes("prod")); if (inside) inside.open = true; scrollTo(0, top.getBoundingClientRect().top + scrollY - 150) })()`))
		}
		if err := chromedp.Do(ctx, steps...); err != nil {
			return fmt.Errorf("%s: %w", s.file, err)
		}
		picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
		if err != nil {
			return fmt.Errorf("%s: %w", s.file, err)
		}
		if err := os.WriteFile(filepath.Join(folder, s.file), picture, 0o644); err != nil { //nolint:gosec // a picture for everybody to see
			return err
		}
	}
	return nil
}

// still lets nothing move while a picture is taken, in the light theme.
func still(ctx context.Context, t *chromedp.Target) (none chromedp.Void, err error) {
	_, err = cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: "light"}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
	return none, err
}

func fail(why error) {
	fmt.Fprintln(os.Stderr, why)
	os.Exit(1)
}
