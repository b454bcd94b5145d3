package server

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"bailiwick/internal/oidc"
	"bailiwick/internal/state"
)

// Facts are what the checks cannot find out by themselves. A nil one is a thing that does not exist yet; its check is
// left out.
type Facts struct {
	Now        func() time.Time
	LastRow    func(ctx context.Context) (time.Time, error) // time of the journal's last row; zero where it is empty
	Database   func(ctx context.Context) error              // reach the database
	LastBackup func(ctx context.Context) (time.Time, error) // zero where there was none
	Head       func(ctx context.Context, text []byte) error // the published head is signed and belongs to the journal
	// Letters counts those that wait and those that were given up. Organizations visits the present states; Discover reads
	// what an identity provider says of itself.
	Letters       func(ctx context.Context) (waiting, dead int, err error)
	Organizations func(ctx context.Context, visit func(*state.State)) error
	Discover      func(ctx context.Context, p oidc.Provider) error
}

const (
	lowSpace  = 1 << 30   // bytes
	noSpace   = 128 << 20 // bytes
	oldBackup = 48 * time.Hour
)

// Checks are doctor's, in the order in which they are printed.
func Checks(c *Config, f Facts) []Check {
	all := []Check{
		{"configuration", func(context.Context) Result { return checkConfiguration(c) }},
		{"data folder", func(context.Context) Result { return checkFolder(c) }},
		{"disk space", func(context.Context) Result { return checkSpace(c, freeBytes) }},
		{"encryption", func(context.Context) Result { return checkEncryption(c) }},
	}
	if f.Database != nil {
		all = append(all, Check{"database", func(ctx context.Context) Result { return checkDatabase(ctx, f) }})
	}
	if f.LastRow != nil {
		all = append(all, Check{"clock", func(ctx context.Context) Result { return checkClock(ctx, f) }})
	}
	if f.LastBackup != nil {
		all = append(all, Check{"backup", func(ctx context.Context) Result { return checkBackup(ctx, f) }})
	}
	all = append(all, Check{"mail", func(ctx context.Context) Result { return checkMail(ctx, c, f) }})
	if f.Organizations != nil {
		all = append(all, Check{"sign-in", func(ctx context.Context) Result { return checkSignIn(ctx, f) }})
	}
	all = append(all, gateChecks(c, f)...)
	return append(all, Check{"published head", func(ctx context.Context) Result { return checkHead(ctx, c, f) }})
}

func checkConfiguration(c *Config) Result {
	if len(c.Warnings) > 0 {
		return warn("correct it, or ignore it where it is meant", "%s", strings.Join(c.Warnings, "; "))
	}
	if c.File == "" {
		return fine("no file; %d settings are not the default", len(c.From))
	}
	return fine("%s; %d settings are not the default", c.File, len(c.From))
}

func checkFolder(c *Config) Result {
	info, err := os.Stat(c.Data)
	if errors.Is(err, fs.ErrNotExist) {
		return fine("%s does not exist yet; the first start makes it", c.Data)
	}
	if err != nil {
		return fail("see that the server's user can read it", "%s cannot be looked at (%v)", c.Data, cause(err))
	}
	if err := checkOurs(c.Data); err != nil {
		return fail("name another folder with --data", "%v", err)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return warn("chmod 700 "+c.Data, "others than the server's user can enter %s (%v)", c.Data, mode)
	}
	kind, err := readMarker(c.Data)
	if errors.Is(err, fs.ErrNotExist) {
		return fine("%s is empty; the first start fills it", c.Data)
	}
	if err != nil {
		return fail("restore "+markerName+" from your backup", "%v", err)
	}
	if kind == Demo {
		return warn("do not connect anything real to it", "%s is a demo folder: its tokens have been shown on a screen", c.Data)
	}
	if _, err := readKey(filepath.Join(c.Data, keyName)); err != nil {
		return fail("the server will not start before", "%v", err)
	}
	return fine("%s is for its owner alone", c.Data)
}

func checkSpace(c *Config, free func(string) (uint64, error)) Result {
	folder := c.Data
	for { // A folder that does not exist yet will lie on the disk of the nearest one that does.
		if _, err := os.Stat(folder); err == nil || folder == filepath.Dir(folder) {
			break
		}
		folder = filepath.Dir(folder)
	}
	bytes, err := free(folder)
	switch left := Size(bytes >> 20 << 20); {
	case err != nil:
		return warn("look by hand", "the free space of %s is not known (%v)", folder, err)
	case bytes < noSpace:
		return fail("make space; a change that cannot be written is refused", "%v are free at %s", left, folder)
	case bytes < lowSpace:
		return warn("make space before it is needed", "%v are free at %s", left, folder)
	default:
		return fine("%v are free", left)
	}
}

func checkEncryption(c *Config) Result {
	switch {
	case !c.Secure():
		return warn("fine to try things out; for production set url: https://…",
			"%s is http: cookies are not bound to https, and AuthZEN cannot be certified here, because it asks for TLS", c.External)
	case c.TLSCert == "":
		return fine("%s; a proxy in %d trusted networks ends TLS", c.External, len(c.TrustedProxies))
	default:
		return fine("%s; TLS ends here", c.External)
	}
}

func checkDatabase(ctx context.Context, f Facts) Result {
	began := f.Now()
	if err := f.Database(ctx); err != nil {
		return fail("see that it runs, and that the URL, the user and its rights are right", "it cannot be used (%v)", err)
	}
	return fine("it answers (%v)", f.Now().Sub(began).Round(time.Microsecond))
}

func checkClock(ctx context.Context, f Facts) Result {
	last, err := f.LastRow(ctx)
	if err != nil {
		return fail("see the database", "the journal's last row cannot be read (%v)", err)
	}
	if ahead := last.Sub(f.Now()); ahead > time.Second {
		return fail("set this machine's clock by NTP; until then decisions use the later time, and what was to expire expires early",
			"this machine's clock is %v behind the journal's last row", ahead.Round(time.Second))
	}
	return fine("it is not behind the journal")
}

func checkBackup(ctx context.Context, f Facts) Result {
	const do = "bailiwick backup FILE, every day, to another machine"
	last, err := f.LastBackup(ctx)
	if err != nil {
		return warn(do, "whether there is one is not known (%v)", err)
	}
	if last.IsZero() {
		return warn(do, "there has been none")
	}
	if age := f.Now().Sub(last); age > oldBackup {
		return warn(do, "the last one is %d hours old", int(age.Hours()))
	}
	return fine("the last one was at %s", last.UTC().Format(time.RFC3339))
}

func checkHead(ctx context.Context, c *Config, f Facts) Result {
	if c.HeadFile == "" {
		return warn("set head_file to a place that whoever can write the data folder cannot write",
			"it is not published: a journal whose end was cut off looks whole")
	}
	text, err := os.ReadFile(c.HeadFile)
	if errors.Is(err, fs.ErrNotExist) {
		return warn("it appears with the first checkpoint; if it does not, see the log", "%s does not exist", c.HeadFile)
	}
	if err != nil {
		return fail("see that the server's user can read it", "%s cannot be read (%v)", c.HeadFile, cause(err))
	}
	if f.Head == nil {
		return fine("%s exists", c.HeadFile)
	}
	if err := f.Head(ctx, text); err != nil {
		return fail("keep the data folder as it is, and run: bailiwick verify", "the journal does not agree with %s: %v", c.HeadFile, err)
	}
	return fine("the journal agrees with %s", c.HeadFile)
}
