package password

import (
	"context"
	"crypto/rand"
	"runtime"

	"bailiwick/internal/fault"
)

const (
	// maxParallel bounds the memory: 8 hashes of 19 MiB are 152 MiB (and never more than 8 × 64 MiB, whatever the stored
	// texts ask for).
	maxParallel = 8
	// waitingEach is how many wait for each that is hashed; the last waits about a second.
	waitingEach = 32
)

// Options of a Hasher. Zero values mean the defaults.
type Options struct {
	// Parallel is how many passwords are hashed at once. The default is half of the processors, so that a flood of
	// sign-ins leaves the other half to decisions; at least 1, at most 8.
	Parallel int
	// Waiting is how many may wait for their turn; the default is 32 for each that is hashed.
	Waiting int
}

// A Hasher hashes and verifies passwords, a bounded number at once. It is safe for concurrent use.
type Hasher struct {
	line    chan struct{} // who is hashed or waits
	turns   chan struct{} // who is hashed
	nobody  stored
	working func() // tests see when a hash has its turn
}

// New makes a Hasher.
func New(o Options) *Hasher {
	if o.Parallel <= 0 {
		o.Parallel = max(1, min(maxParallel, runtime.GOMAXPROCS(0)/2))
	}
	if o.Waiting <= 0 {
		o.Waiting = waitingEach * o.Parallel
	}
	h := &Hasher{line: make(chan struct{}, o.Parallel+o.Waiting), turns: make(chan struct{}, o.Parallel), working: func() {}}
	// A hash of no password: its key is random.
	h.nobody = stored{params: current(), salt: make([]byte, saltBytes), key: make([]byte, keyBytes)}
	_, _ = rand.Read(h.nobody.salt) // ends the program rather than fail
	_, _ = rand.Read(h.nobody.key)
	return h
}

// Hash returns the PHC text of a password. It does not judge the password; Check does.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	form, err := normalize(password)
	if err != nil {
		return "", err
	}
	made := stored{params: current(), salt: make([]byte, saltBytes)}
	_, _ = rand.Read(made.salt)
	if err := h.turn(ctx, func() { made.key = made.hash(form, made.salt, keyBytes) }); err != nil {
		return "", err
	}
	return made.String(), nil
}

// Verify tells whether a password is the one of a PHC text, and whether the text should be replaced by a fresh Hash,
// because the parameters are others by now; rehash is true only where ok is.
func (h *Hasher) Verify(ctx context.Context, phc, password string) (ok, rehash bool, err error) {
	kept, err := parse(phc)
	if err != nil {
		return false, false, err
	}
	// A text that can be nobody's password is hashed like any other: the answer takes as long.
	form, cannot := normalize(password)
	if err := h.turn(ctx, func() { ok = kept.matches(form) }); err != nil {
		return false, false, err
	}
	ok = ok && cannot == nil
	return ok, ok && (kept.params != current() || len(kept.salt) != saltBytes || len(kept.key) != keyBytes), nil
}

// VerifyNobody does the work of Verify where there is nobody whose password it could be, or no password: the time of an
// answer then does not tell who exists. Its only error is that of too many at once, as with Verify.
func (h *Hasher) VerifyNobody(ctx context.Context, password string) error {
	_, _, err := h.Verify(ctx, h.nobody.String(), password)
	return err
}

// turn does work when there is a turn for it.
func (h *Hasher) turn(ctx context.Context, work func()) error {
	select {
	case h.line <- struct{}{}:
		defer func() { <-h.line }()
	default:
		return fault.New(fault.Unavailable, "too many people are signing in at this moment").By("password_line").
			Rather("try again in a few seconds")
	}
	select {
	case h.turns <- struct{}{}:
		defer func() { <-h.turns }()
	case <-ctx.Done():
		return fault.Wrap(fault.Unavailable, ctx.Err(), "the request ended while it waited for its password to be checked").By("password_line").
			Rather("try again in a few seconds")
	}
	h.working()
	work()
	return nil
}
