package server

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"bailiwick/internal/cli"
	"bailiwick/internal/journal"

	"github.com/alecthomas/kong"
)

// backupMark is touched in the data folder after each backup, for doctor.
const backupMark = "last-backup"

// restoreMark lies in a data folder while a restore into it goes on.
const restoreMark = "restoring"

// backup writes everything into one file, beside a server that may be running.
func (c *program) backup(ctx context.Context, kctx *kong.Context, o cli.BackupOptions) (cli.Report, error) {
	config, err := c.config(kctx)
	if err != nil {
		return cli.Report{}, err
	}
	j, err := journal.Open(ctx, config.database(), journal.Options{Now: time.Now, ReadOnly: true})
	if err != nil {
		return cli.Report{}, err
	}
	defer func() { _ = j.Close() }()
	if err := j.Backup(ctx, o.File); err != nil {
		return cli.Report{}, err
	}
	report := done("backup", o.File+": it holds personal data, and no secret that could be used")
	if err := writeWhole(config.inData(backupMark), []byte(time.Now().UTC().Format(time.RFC3339)+"\n")); err != nil {
		report.Lines = append(report.Lines, cli.ReportLine{State: "warn", What: "note", Detail: "doctor will not know of this backup: " + err.Error()})
	}
	return report, nil
}

func done(what, detail string) cli.Report {
	return cli.Report{OK: true, Lines: []cli.ReportLine{{State: "ok", What: what, Detail: detail}}}
}

// restore reads a backup into an empty place and begins a new epoch there.
func (c *program) restore(ctx context.Context, kctx *kong.Context, o cli.RestoreOptions) (report cli.Report, err error) {
	config, err := c.config(kctx)
	if err != nil {
		return cli.Report{}, err
	}
	erased, err := erasures(config)
	if err != nil {
		return cli.Report{}, err
	}
	folder, err := OpenFolder(config.Data, Production)
	if err != nil {
		return cli.Report{}, err
	}
	j, err := journal.Open(ctx, config.database(), journal.Options{Now: time.Now})
	if err != nil {
		return cli.Report{}, errors.Join(err, folder.Close())
	}
	// Until the new epoch has begun, tokens that were revoked after the backup live again: nobody may serve that.
	if err = writeWhole(config.inData(restoreMark), []byte("A restore into this folder has begun and not ended.\n")); err == nil {
		err = j.RestoreInto(ctx, o.File, erased...)
	}
	if err == nil {
		err = trustSigners(ctx, j, config)
	}
	if err = errors.Join(err, j.Close(), folder.Close()); err != nil {
		return cli.Report{}, err
	}
	p, err := openProduct(ctx, config, NewLogger(o.Err, config), time.Now, Production)
	if err != nil {
		return cli.Report{}, err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	report.OK = true
	defer func() {
		if err == nil {
			err = os.Remove(config.inData(restoreMark))
		}
	}()
	for _, name := range p.engine.Organizations() {
		r, err := p.changes.Restored(ctx, name, o.KeepTokens, o.Owner)
		if err != nil {
			return cli.Report{}, err
		}
		report.Lines = append(report.Lines, cli.ReportLine{State: "ok", What: name,
			Detail: fmt.Sprintf("revision %d, epoch %d; every token that was not kept is suspended", r.Revision, r.After.Epoch)})
		if len(r.Results) > 0 {
			report.Lines = append(report.Lines, cli.ReportLine{State: "ok", What: "new token of " + o.Owner, Detail: r.Results[0].Secret})
		}
	}
	return report, nil
}

// erasures are those that were published outside the database: a backup may be older than an erasure.
func erasures(c *Config) ([]journal.Erasure, error) {
	if c.HeadFile == "" {
		return nil, nil
	}
	_, erased, err := journal.ReadPublished(c.HeadFile)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	return erased, err
}

// verify computes every chain again.
func (c *program) verify(ctx context.Context, kctx *kong.Context, o cli.VerifyOptions) (cli.Report, error) {
	config, err := c.config(kctx)
	if err != nil {
		return cli.Report{}, err
	}
	database, head := config.database(), config.HeadFile
	var signers []ed25519.PublicKey
	if o.File != "" {
		database = "sqlite:" + o.File
	} else if config.Database == "" { // replicas on one PostgreSQL sign with a key each
		if signers, err = trustedSigners(config); err != nil {
			return cli.Report{}, err
		}
	}
	if o.Head != "" {
		head = o.Head
	}
	j, err := journal.Open(ctx, database, journal.Options{Now: time.Now, ReadOnly: true})
	if err != nil {
		return cli.Report{}, err
	}
	defer func() { _ = j.Close() }()
	options := journal.VerifyOptions{Signers: signers}
	if head != "" {
		if options.Published, _, err = journal.ReadPublished(head); err != nil {
			return cli.Report{}, err
		}
	}
	names, err := j.Organizations(ctx)
	if err != nil {
		return cli.Report{}, err
	}
	for _, head := range options.Published { // one that is gone altogether is missed as well
		if !slices.Contains(names, head.Organization) {
			names = append(names, head.Organization)
		}
	}
	all := cli.Report{OK: true}
	if len(signers) == 0 {
		all.Lines = append(all.Lines, cli.ReportLine{State: "warn", What: "signers", Detail: "checkpoints are compared whoever signed them; a published head proves more"})
	}
	for _, name := range names {
		found, err := j.Verify(ctx, name, options)
		if err != nil {
			return cli.Report{}, err
		}
		line := cli.ReportLine{State: "ok", What: name, Detail: fmt.Sprintf("%d rows to revision %d, %d checkpoints agree", found.Rows, found.Head.Revision, found.Checkpoints)}
		if found.Finding != nil {
			line.State, line.Detail = "bad", fmt.Sprintf("revision %d, %s: %s", found.Finding.Revision, found.Finding.Problem, found.Finding.Text)
			all.OK = false
		}
		all.Lines = append(all.Lines, line)
	}
	return all, nil
}

// doctor looks for what is wrong.
func (c *program) doctor(ctx context.Context, kctx *kong.Context, o cli.DoctorOptions) (cli.Report, error) {
	config, err := c.config(kctx)
	if err != nil {
		return cli.Report{}, err
	}
	if o.Probe {
		return probed(config, Probe(ctx, config)), nil
	}
	examined := Examine(ctx, config, Checks(config, facts(config)))
	report := cli.Report{OK: examined.Healthy()}
	for _, r := range examined.Checks {
		detail := r.Says
		if r.Do != "" {
			detail += "; " + r.Do
		}
		report.Lines = append(report.Lines, cli.ReportLine{State: map[Level]string{OK: "ok", Warn: "warn", Fail: "bad"}[r.Level], What: r.Check, Detail: detail})
	}
	for _, v := range examined.Settings {
		report.Lines = append(report.Lines, cli.ReportLine{State: "ok", What: v.Name, Detail: v.Value + " (" + v.From + ")"})
	}
	return report, nil
}

// probed reports whether the running server is ready.
func probed(c *Config, err error) cli.Report {
	if err != nil {
		return cli.Report{Lines: []cli.ReportLine{{State: "bad", What: "ready", Detail: err.Error()}}}
	}
	return done("ready", c.External.String())
}

// facts are what doctor cannot see from outside the database.
func facts(config *Config) Facts {
	look := func(ctx context.Context, with func(*journal.Journal) error) error {
		j, err := journal.Open(ctx, config.database(), journal.Options{Now: time.Now, ReadOnly: true})
		if err != nil {
			return err
		}
		return errors.Join(with(j), j.Close())
	}
	f := Facts{Now: time.Now, LastBackup: func(context.Context) (time.Time, error) {
		text, err := os.ReadFile(filepath.Clean(config.inData(backupMark)))
		if errors.Is(err, os.ErrNotExist) {
			return time.Time{}, nil
		}
		if err != nil {
			return time.Time{}, err
		}
		return time.Parse(time.RFC3339+"\n", string(text))
	}}
	if _, err := os.Stat(config.DatabasePath()); config.Database == "" && err != nil {
		return f // nothing there yet: the first start makes it
	}
	signInFacts(&f, config, look)
	f.Database = func(ctx context.Context) error { return look(ctx, func(*journal.Journal) error { return nil }) }
	f.LastRow = func(ctx context.Context) (last time.Time, err error) {
		return last, look(ctx, func(j *journal.Journal) error {
			names, err := j.Organizations(ctx)
			for _, name := range names {
				head, failed := j.Head(ctx, name)
				if err = errors.Join(err, failed); head.At.After(last) {
					last = head.At
				}
			}
			return err
		})
	}
	return f
}
