package signin

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"bailiwick/access"
	"bailiwick/internal/change"
	"bailiwick/internal/decide"
	"bailiwick/internal/email"
	"bailiwick/internal/fault"
	"bailiwick/internal/history"
	"bailiwick/internal/journal"
	"bailiwick/internal/lockout"
	"bailiwick/internal/oidc"
	"bailiwick/internal/password"
	"bailiwick/internal/seal"
	"bailiwick/internal/state"
)

// DeskOptions are what a Desk works with. All fields are required but Demo.
type DeskOptions struct {
	Engine   *decide.Engine
	Journal  *journal.Journal
	Changes  *change.Service
	Sessions *Sessions
	Attempts *lockout.Attempts
	Hasher   *password.Hasher
	Party    *oidc.Party
	Seal     *seal.Ring
	History  *history.Recorder
	Log      *slog.Logger
	// Demo lets anybody sign in as anybody. Whoever sets it has made sure that the data folder is a demo's.
	Demo bool
	// Mail tells that letters are sent: forgotten passwords can be asked for.
	Mail bool
}

// A Desk lets people in, and out. It is safe for concurrent use.
type Desk struct {
	DeskOptions
	recovering sync.WaitGroup
}

// Close waits for what goes on after answers.
func (d *Desk) Close() { d.recovering.Wait() }

// NewDesk makes a Desk.
func NewDesk(o DeskOptions) *Desk { return &Desk{DeskOptions: o} }

// Entered is somebody who has just signed in, with the cookies to put on the answer.
type Entered struct {
	*Opened
	Cookies []*http.Cookie
}

// Ways are the ways in that an organization's sign-in page offers.
type Ways struct {
	Local     bool // with a password
	Recover   bool // with a link that is mailed to whoever forgot it
	Providers []Way
}

// A Way is one identity provider's button.
type Way struct{ ID, Name string }

// Ways returns an organization's ways in.
func (d *Desk) Ways(organization string) (Ways, error) {
	st, err := d.Engine.Current(organization)
	if err != nil {
		return Ways{}, err
	}
	ways := Ways{Local: change.PasswordsAllowed(st)}
	ways.Recover = ways.Local && d.Mail
	for _, p := range st.Providers() {
		if p.Enabled {
			ways.Providers = append(ways.Providers, Way{ID: p.Provider, Name: p.Name})
		}
	}
	return ways, nil
}

// Password signs somebody in with a password. Whatever is wrong, the answer is the same and takes the same time: the log
// says which it was.
func (d *Desk) Password(ctx context.Context, organization, address, text string, from From) (*Entered, error) {
	try := d.try(organization, address, "", from)
	if st, err := d.Engine.Current(organization); err == nil {
		if u := st.UserByEmail(account(address)); u != nil {
			try.User = u.ID
		}
	}
	u, why, err := d.attempt(ctx, try, account(address), text)
	if why != "" {
		d.refused(ctx, organization, try.User, from, why)
	}
	switch {
	case err != nil:
		return nil, err
	case why != "":
		return nil, noSuchSignIn()
	}
	return d.enter(ctx, organization, u.ID, ByPassword, from, time.Time{})
}

// attempt is one try of a password, which counts. Where there were too many, it says so both ways: why is for the log.
func (d *Desk) attempt(ctx context.Context, try lockout.Try, account, text string) (u *state.User, why string, err error) {
	if wait, ok := d.Attempts.Allow(try); !ok {
		return nil, "too many tries", tooMany(wait)
	}
	u, why, err = d.byPassword(ctx, try.Organization, account, text)
	switch {
	case err != nil:
		d.Attempts.Undecided(try)
		return nil, "", err
	case why == "":
		d.Attempts.Succeeded(try)
	}
	return u, why, nil
}

// byPassword finds the user with an address and a password, or why there is none.
func (d *Desk) byPassword(ctx context.Context, organization, account, text string) (u *state.User, why string, err error) {
	var phc []byte
	st, err := d.Engine.Current(organization)
	switch {
	case fault.Is(err, fault.NotFound):
		why = "no such organization"
	case err != nil:
		return nil, "", err
	default:
		u = st.UserByEmail(account)
		why = passwordless(st, u)
	}
	if why == "" {
		kept, found, err := d.Journal.Secret(ctx, organization, u.Password)
		if err != nil {
			return nil, "", err
		}
		if phc = kept; !found {
			why = "the password's hash is missing"
		}
	}
	if why != "" {
		return u, why, d.Hasher.VerifyNobody(ctx, text)
	}
	right, old, err := d.Hasher.Verify(ctx, string(phc), text)
	switch {
	case err != nil:
		return nil, "", err
	case !right:
		return u, "wrong password", nil
	}
	// Hashing takes its time, and another server may have heard of what this one has not: a session lasts, so it is begun on
	// the newest facts that there are.
	if st, err = d.newest(ctx, organization); err != nil {
		return nil, "", err
	}
	now := st.User(u.ID)
	if why = passwordless(st, now); why == "" && now.Password != u.Password {
		why = "the password was changed meanwhile"
	}
	if why == "" && old {
		d.rehash(ctx, organization, u.Password, text)
	}
	return u, why, nil
}

// newest reads what is new in the journal, and returns the state after it.
func (d *Desk) newest(ctx context.Context, organization string) (*state.State, error) {
	if err := d.Engine.CatchUp(ctx, organization); err != nil {
		return nil, err
	}
	return d.Engine.Current(organization)
}

// passwordless says why somebody cannot come in with a password; "" if they can.
func passwordless(st *state.State, u *state.User) string {
	switch {
	case u == nil:
		return "no such user"
	case u.Inactive:
		return "deactivated"
	case u.Password == "":
		return "no password"
	case !change.PasswordsAllowed(st):
		return "passwords are off"
	}
	return ""
}

// rehash keeps a password's hash in the form that is used today. Where that fails, the old one goes on working.
func (d *Desk) rehash(ctx context.Context, organization, secret, text string) {
	phc, err := d.Hasher.Hash(ctx, text)
	if err == nil {
		err = d.Journal.PutSecret(ctx, organization, secret, []byte(phc))
	}
	if err != nil {
		d.Log.WarnContext(ctx, "a password could not be hashed anew", "organization", organization, "error", err)
	}
}

// enter lets the platforms' rules for first sign-ins act, and opens a session.
func (d *Desk) enter(ctx context.Context, organization, user, method string, from From, until time.Time) (*Entered, error) {
	if err := d.Changes.SignedIn(ctx, organization, user, from.Request); err != nil {
		return nil, err
	}
	return d.open(ctx, organization, user, method, from, until)
}

// open opens a session, notes it, and makes the browser known.
func (d *Desk) open(ctx context.Context, organization, user, method string, from From, until time.Time) (*Entered, error) {
	opened, err := d.Sessions.Open(ctx, organization, user, method, from, until)
	if err != nil {
		return nil, err
	}
	d.dropOldest(ctx, organization, user)
	d.History.Record(organization, history.Activity{Subject: access.Subject{Kind: access.User, ID: user}.String(), Operation: "sign_in", Result: "allowed",
		Reason: method, Via: "signin", Request: from.Request})
	return &Entered{Opened: opened, Cookies: []*http.Cookie{opened.Cookie, d.deviceCookie(organization, user)}}, nil
}

// manySessions is how many sessions one person keeps: somebody who signs in over and over fills no table.
const manySessions = 100

// dropOldest keeps a person's sessions few. One that cannot be dropped now is, at the next sign-in.
func (d *Desk) dropOldest(ctx context.Context, organization, user string) {
	all, err := d.Journal.SessionsOf(ctx, organization, user)
	if err == nil && len(all) > manySessions {
		var oldest []string
		for _, s := range all[manySessions:] {
			oldest = append(oldest, s.ID)
		}
		err = d.Journal.DropSessions(ctx, organization, oldest...)
	}
	if err != nil {
		d.Log.WarnContext(ctx, "a person's oldest sessions could not be dropped", "organization", organization, "error", err)
	}
}

// deviceCookie makes a browser known, so that others' failures do not keep its people waiting. It gives no right.
func (d *Desk) deviceCookie(organization, user string) *http.Cookie {
	return &http.Cookie{Name: d.deviceName(), Value: d.Attempts.NewDevice(organization, user), Path: "/", MaxAge: int(lockout.DeviceLife / time.Second),
		HttpOnly: true, Secure: d.Sessions.options.Secure, SameSite: http.SameSiteLaxMode}
}

func (d *Desk) deviceName() string {
	if d.Sessions.options.Secure {
		return lockout.DeviceCookie
	}
	return strings.TrimPrefix(lockout.DeviceCookie, "__Host-")
}

// Device returns what a browser is known by; "" where it is not.
func (d *Desk) Device(r *http.Request) string {
	value, times := cookieIn(r.Header, d.deviceName())
	if times != 1 {
		return ""
	}
	return value
}

// refused notes a sign-in that failed: in the log always, in the history where it was somebody's.
func (d *Desk) refused(ctx context.Context, organization, user string, from From, why string) {
	d.Log.LogAttrs(ctx, slog.LevelInfo, "a sign-in was refused", slog.String("organization", organization), slog.String("user", user),
		slog.String("why", why), slog.String("request", from.Request))
	if user != "" {
		d.History.Record(organization, history.Activity{Subject: access.Subject{Kind: access.User, ID: user}.String(), Operation: "sign_in", Result: "refused",
			Reason: why, Via: "signin", Request: from.Request})
	}
}

// noSuchSignIn is the one answer to a sign-in that failed.
func noSuchSignIn() error {
	return fault.New(fault.Unauthenticated, "e-mail and password do not belong together, or this person cannot sign in with a password").By("sign_in").
		Rather("try again; an administrator can make a link for a new password")
}

// account is the one form of what somebody writes as their e-mail: no other case and no space makes another account of it.
func account(address string) string {
	if normal, err := email.Normalize(address); err == nil {
		return normal
	}
	return address
}

// SignOut ends the caller's session, here and at once.
func (d *Desk) SignOut(ctx context.Context, caller *Caller, from From) error {
	return d.Changes.SignOut(ctx, caller.Organization, caller.Subject.ID, caller.Session, caller.Expires, from.Request)
}

// Demonstrate signs somebody in as one of a demo's people, without asking for anything.
func (d *Desk) Demonstrate(ctx context.Context, address string, from From) (*Entered, error) {
	if !d.Demo {
		return nil, noSuchSignIn()
	}
	for _, organization := range d.Engine.Organizations() {
		st, err := d.Engine.Current(organization)
		if err != nil {
			return nil, err
		}
		if u := st.UserByEmail(account(address)); u != nil && !u.Inactive {
			return d.enter(ctx, organization, u.ID, ByDemo, from, time.Time{})
		}
	}
	return nil, noSuchSignIn()
}

func (d *Desk) try(organization, address, user string, from From) lockout.Try {
	return lockout.Try{Organization: organization, Account: address, User: user, From: from.Address, Device: from.Device}
}

func tooMany(wait time.Duration) error {
	return fault.New(fault.Forbidden, "there were too many tries that failed").By("too_many_tries").Rather("try again in %s", inWords(wait))
}

// inWords rounds a time to wait up to what people say.
func inWords(wait time.Duration) string {
	if wait <= time.Minute {
		return "a minute"
	}
	return (wait + time.Minute - 1).Truncate(time.Minute).String()
}
