package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"bailiwick/client"
	"bailiwick/internal/change"
	"bailiwick/internal/history"
	"bailiwick/internal/lockout"
	"bailiwick/internal/password"
	"bailiwick/internal/signin"
)

// openSessions is how many sessions are open at once where their memory is measured.
const openSessions = 10_000

// the password of everybody who signs in here.
const passphrase = "seven grey horses of the bench"

// measureSignIn measures what a request pays for being known, what a sign-in costs apart from the hash of the password, and
// what open sessions keep in memory.
func measureSignIn(b *bench) (err error) {
	folder, err := newFolder()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(filepath.Dir(folder))) }()
	p, err := openProduct(folder)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	if err := p.create(); err != nil {
		return err
	}
	d, err := p.desk()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.history.Close()) }()
	if err := b.checks(p, d); err != nil {
		return err
	}
	if err := b.signIns(p, d); err != nil {
		return err
	}
	return b.sessions(p, d)
}

// A desk is the part of a server where people get in.
type desk struct {
	*signin.Desk
	reader  *signin.Reader
	history *history.Recorder
}

func (p *product) desk() (*desk, error) {
	quiet := slog.New(slog.DiscardHandler)
	attempts, err := lockout.New(lockout.Options{Now: p.engine.Now, Key: make([]byte, 32)})
	if err != nil {
		return nil, err
	}
	d := &desk{history: history.New(p.journal, p.engine.Now, quiet)}
	sessions := signin.NewSessions(p.engine, p.journal, signin.SessionOptions{Secure: true})
	d.reader = signin.NewReader(p.engine, p.journal, quiet).WithSessions(sessions)
	d.Desk = signin.NewDesk(signin.DeskOptions{Engine: p.engine, Journal: p.journal, Changes: p.changes, Sessions: sessions, Attempts: attempts,
		Hasher: password.New(password.Options{}), History: d.history, Log: quiet})
	return d, nil
}

// checks measures a request with a token and one with a session's cookie.
func (b *bench) checks(p *product, d *desk) error {
	token, err := p.asker()
	if err != nil {
		return err
	}
	opened, err := d.Sessions.Open(context.Background(), acme, p.owner.Subject.ID, signin.ByPassword, signin.From{}, time.Time{})
	if err != nil {
		return err
	}
	withToken, withCookie := asking(), asking()
	withToken.Header.Set("Authorization", "Bearer "+token)
	withCookie.AddCookie(opened.Cookie)
	check := func(r *http.Request) run {
		return run{n: 10_000, pass: func() (known int) {
			for range 10_000 {
				if _, err := d.reader.Caller(r, signin.UserToken, signin.ServiceUserToken, signin.SessionKind); err == nil {
					known++
				}
			}
			return known
		}}
	}
	tokens, cookies := check(withToken), check(withCookie)
	if tokens.pass() != tokens.n || cookies.pass() != cookies.n {
		return errors.New("a credential is not taken")
	}
	all := measure(b.rounds, tokens, cookies)
	b.value("a token is checked", all[0].median(), "µs").atMost(2)
	b.value("a session is checked", all[1].median(), "µs").atMost(2)
	return nil
}

func asking() *http.Request {
	r, err := http.NewRequest(http.MethodGet, "https://bailiwick.acme.test/api/v1/whoami", http.NoBody)
	if err != nil {
		panic("bench: a fixed request cannot be made: " + err.Error())
	}
	return r
}

// signIns compares signing in with a password with the hash alone, turn by turn.
func (b *bench) signIns(p *product, d *desk) error {
	ctx := context.Background()
	phc, err := d.Hasher.Hash(ctx, passphrase)
	if err != nil {
		return err
	}
	if err := p.journal.PutSecret(ctx, acme, "sec_bench", []byte(phc)); err != nil {
		return err
	}
	if err := p.firstPassword("sec_bench"); err != nil {
		return err
	}
	from := signin.From{Address: netip.MustParseAddr("192.0.2.1")}
	var apart, alone series
	for range max(10, 5*b.rounds) {
		start := time.Now()
		if _, err := d.Password(ctx, acme, "first@owner.test", passphrase, from); err != nil {
			return fmt.Errorf("signing in: %w", err)
		}
		whole := time.Since(start)
		start = time.Now()
		if ok, _, err := d.Hasher.Verify(ctx, phc, passphrase); err != nil || !ok {
			return errors.Join(errors.New("the password is not right"), err)
		}
		hash := time.Since(start)
		apart, alone = append(apart, float64(whole-hash)), append(alone, float64(hash))
	}
	b.value("a password's hash alone", alone.median(), "ms")
	b.value("a sign-in, apart from the hash", apart.median(), "ms").atMost(5)
	return nil
}

// firstPassword gives the owner a password by a link, as everybody gets their first.
func (p *product) firstPassword(secret string) error {
	ctx := context.Background()
	r, err := p.changes.Do(ctx, acme, p.owner, change.How{}, client.LinkOpen{User: "first@owner.test", Purpose: change.LinkActivation})
	if err != nil {
		return err
	}
	_, err = p.changes.SetPassword(ctx, acme, change.SetPassword{User: p.owner.Subject.ID, Secret: secret, LinkHash: signin.HashOf(r.Results[0].Secret)})
	return err
}

// sessions measures what open sessions that are in use keep in memory.
func (b *bench) sessions(p *product, d *desk) error {
	ctx := context.Background()
	before := collected()
	for range openSessions {
		opened, err := d.Sessions.Open(ctx, acme, p.owner.Subject.ID, signin.ByPassword, signin.From{Agent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
			Address: netip.MustParseAddr("2001:db8::17")}, time.Time{})
		if err != nil {
			return err
		}
		r := asking()
		r.AddCookie(opened.Cookie)
		if _, err := d.reader.Caller(r, signin.SessionKind); err != nil {
			return err
		}
	}
	b.add(figure{Name: "10,000 open sessions", Value: collected() - before, Unit: "MiB"}).atMost(50)
	return nil
}

// collected is what lives on the heap when everything else was given back: pools give at the second collection only.
func collected() float64 {
	runtime.GC()
	runtime.GC()
	return heap()
}
