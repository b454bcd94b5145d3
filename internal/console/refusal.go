package console

import (
	"errors"
	"net/http"
	"strings"

	"bailiwick/internal/fault"
)

// problem is what an error says to the caller. What package change says of them by their address is said to them.
func (a *asking) problem(r *http.Request, err error) (text string, status int) {
	var e *fault.Error
	if errors.As(err, &e) {
		said, self := *e, a.now.Readable(a.caller.Subject.String())
		for of, to := range map[string]string{" may not ": "you may not ", " is not allowed ": "you are not allowed "} {
			if rest, is := strings.CutPrefix(e.Wrong, self+of); is {
				said.Wrong = to + rest
				err = &said
			}
		}
	}
	return a.pages.problem(r, err)
}

// refusal is the error of what a page does not offer, with its words.
func refusal(why string) error { return fault.New(fault.Forbidden, "%s", strings.TrimSuffix(why, ".")) }

// plainly says a refusal with the words with which the page says why it does not offer that.
func plainly(err error, reason string) error {
	if reason == "" || !fault.Is(err, fault.Forbidden) {
		return err
	}
	return refusal(reason)
}

// filled shows a form as it was filled in, and what was wrong with that; nil: nothing.
func (a *asking) filled(status int, part, template, title string, content any, problem error) error {
	text := ""
	if problem != nil {
		text, _ = a.problem(a.r, problem)
	}
	a.render(status, part, template, page{Title: title, Problem: text, Content: content})
	return nil
}
