package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/change"
)

// measureDurable compares a grant that is on the disk and seen by the next decision with what it cannot do without: one
// fsync of a few bytes appended to a file in the same folder. They take turns, one by one.
func measureDurable(b *bench) (err error) {
	folder, err := newFolder()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(filepath.Dir(folder))) }()
	if _, err := b.prepare(folder); err != nil {
		return err
	}
	p, err := openProduct(folder)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	st, err := p.engine.Current(acme)
	if err != nil {
		return err
	}
	p.owner = change.Actor{Subject: access.Subject{Kind: access.User, ID: st.UserByEmail("first@owner.test").ID}, Via: "bench"}
	file, err := os.Create(filepath.Join(filepath.Dir(folder), "appended"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	var grants, syncs series
	for i := range max(10, 10*b.rounds) {
		took, err := p.grant(b.w.org.Users[i].ID)
		if err != nil {
			return err
		}
		synced, err := appended(file)
		if err != nil {
			return err
		}
		grants, syncs = append(grants, float64(took)), append(syncs, float64(synced))
	}
	// The middle of each: a ratio of two single moments would be the disk's weather.
	b.value("fsync of 4 KiB appended", syncs.median(), "µs")
	b.value("a durable grant, seen by the next decision", grants.median(), "µs").times(grants.median()/syncs.median(), "fsync").atMost(5)
	return nil
}

// grant makes somebody an auditor and asks at once.
func (p *product) grant(user string) (time.Duration, error) {
	command := client.GrantAdd{Grant: client.Grant{To: "user:" + user, Role: "auditor", On: "org"}}
	began := time.Now()
	if _, err := p.changes.Do(context.Background(), acme, p.owner, change.How{}, command); err != nil {
		return 0, err
	}
	st, err := p.engine.Current(acme)
	if err != nil {
		return 0, err
	}
	who, found := st.SubjectByName(access.User, user)
	allowed := st.Decide(access.Question{Subject: who, Permission: "audit.read", Resource: "org", At: st.Moment(began)}).Allowed
	took := time.Since(began)
	if !found || !allowed {
		return 0, fmt.Errorf("the grant to %s is not seen", user)
	}
	return took, nil
}

// appended writes 4 KiB at the end of a file and waits until they are on the disk.
func appended(file *os.File) (time.Duration, error) {
	began := time.Now()
	if _, err := file.Write(make([]byte, 4096)); err != nil {
		return 0, err
	}
	err := file.Sync()
	return time.Since(began), err
}
