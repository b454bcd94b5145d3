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
