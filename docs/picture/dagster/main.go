package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"bailiwick/docs/picture/stage"
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
	stage.Run(10*time.Minute, func(ctx context.Context) error {
		switch len(os.Args) {
		case 2:
			flags := []string{"--with-dagster", "--gate-listen", "127.0.0.1:0"}
			if found, _ := filepath.Glob("../../.cache/venv-dagster-1*"); len(found) > 0 {
				flags = append(flags, "--dagster-venv", found[0])
			}
			return stage.Demo(ctx, func(said io.Reader) error {
				gate, err := address(said)
				if err != nil {
					return err
				}
				return look(ctx, gate, os.Args[1])
			}, flags...)
		case 3:
			return look(ctx, os.Args[2], os.Args[1])
		}
		return errors.New("usage: dagster FILE.png [the gate of a demo that runs already]")
	})
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
func look(ctx context.Context, gate, file string) error {
	ctx, end, err := stage.Browser(ctx)
	if err != nil {
		return err
	}
	defer end()
	there := `(() => { const b = ` + grey + `; if (!b) return [0, 0]; const r = b.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2] })()`
	if err := chromedp.Do(ctx,
		chromedp.EmulateViewport(1240, 520),
		chromedp.Navigate(gate+page),
		stage.EnterAs(viewer),
	); err != nil {
		return err
	}
	if err := until(ctx, `document.body.innerText.includes("2 code locations") && !!(`+grey+`)`); err != nil {
		return err
	}
	if err := until(ctx, `(() => { const b = `+skip+`; if (b) b.click(); return !document.body.innerText.includes("Join the Dagster community") })()`); err != nil {
		return err
	}
	place, err := chromedp.Run(ctx, chromedp.Evaluate[[2]float64](there))
	if err != nil {
		return err
	}
	// Onto it from beside it: a page that has not seen the mouse move does not notice that it is there.
	if err := chromedp.Do(ctx, chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, place[0]-100, place[1]+100),
		chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, place[0], place[1]), chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, place[0]+2, place[1])); err != nil {
		return err
	}
	if err := until(ctx, `document.body.innerText.includes("`+reason+`") && document.getAnimations().every(a => a.playState === "finished")`); err != nil {
		return err
	}
	picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		return err
	}
	return stage.Save(file, picture)
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
