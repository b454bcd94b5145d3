package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"bailiwick/docs/picture/stage"
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
	stage.Run(5*time.Minute, func(ctx context.Context) error {
		switch len(os.Args) {
		case 2:
			return stage.Demo(ctx, func(said io.Reader) error { return first(ctx, said, os.Args[1]) })
		case 3:
			return look(ctx, os.Args[2], os.Args[1])
		}
		return errors.New("usage: console FOLDER [the address of a demo that runs already]")
	})
}

// first takes the pictures of the demo whose first line says where it is.
func first(ctx context.Context, said io.Reader, folder string) error {
	read := bufio.NewReader(said)
	line, err := read.ReadString('\n')
	if err != nil {
		return fmt.Errorf("the demo did not say where it is: %w", err)
	}
	go func() { _, _ = io.Copy(io.Discard, read) }()
	return look(ctx, strings.TrimSuffix(strings.TrimSpace(line), "/"), folder)
}

// look takes the pictures of a demo that runs.
func look(ctx context.Context, demo, folder string) error {
	ctx, end, err := stage.Browser(ctx, chromedp.Flag("hide-scrollbars", true))
	if err != nil {
		return err
	}
	defer end()
	if err := chromedp.Do(ctx, still, chromedp.Navigate(demo+"/o/acme/signin"), stage.EnterAs(administrator),
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
		if err := stage.Save(filepath.Join(folder, s.file), picture); err != nil {
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
