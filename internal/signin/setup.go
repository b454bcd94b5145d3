package signin

import (
	"strings"
	"time"

	"bailiwick/internal/fault"
)

// setupFor is how long a setup link can be used.
const setupFor = 30 * time.Minute

const setupPrefix = "bwk_setup_"

// A Setup is a setup link's secret with what the journal keeps of it. It seats the first owner once.
type Setup struct {
	Secret Secret
	Hash   string
	Until  time.Time
}

// NewSetup makes a setup link's secret that ends half an hour after now.
func NewSetup(now time.Time) Setup {
	text := setupPrefix + randomText()
	text += checksum(text)
	return Setup{Secret: secretOf(text), Hash: HashOf(text), Until: now.Add(setupFor)}
}

// CheckSetup judges a presented setup secret against what the state keeps: the open link's hash ("" where none is open),
// its end, and whether setup was done. The answer does not tell a wrong secret from one that was used or is over. The
// moment is the state's, so that a clock set back does not open a link again; that a secret is used once is the
// work of the change that closes setup at the revision it was judged at.
func CheckSetup(presented, hash string, until time.Time, done bool, moment time.Time) error {
	same := SameHash(hash, HashOf(presented))
	if !same || done || !moment.Before(until) || !strings.HasPrefix(presented, setupPrefix) {
		return fault.New(fault.Unauthenticated, "this setup link does not work").By("setup_link").
			Rather("a link that is unused and not older than 30 minutes; the server prints a new one when it starts")
	}
	return nil
}
