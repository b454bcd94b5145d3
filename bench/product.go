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
	"bailiwick/internal/accessfile"
	"bailiwick/internal/change"
	"bailiwick/internal/decide"
	"bailiwick/internal/journal"
	"bailiwick/internal/server"
	"bailiwick/internal/signin"
	"bailiwick/rolemodel"
)

const acme = "acme"

// A product is a data folder with everything that changes what is in it.
type product struct {
	folder  string
	journal *journal.Journal
	engine  *decide.Engine
	changes *change.Service
	owner   change.Actor
}

// newFolder makes a data folder as the server does. Whoever asked removes it.
func newFolder() (string, error) {
	path, err := os.MkdirTemp("", "bailiwick-bench-")
	if err != nil {
		return "", err
	}
	f, err := server.OpenFolder(filepath.Join(path, "data"), server.Production)
	if err != nil {
		return "", err
	}
	return f.Path, f.Close()
}

// openProduct opens a data folder without a server around it.
func openProduct(folder string) (*product, error) {
	ctx := context.Background()
	j, err := journal.Open(ctx, "sqlite:"+filepath.Join(folder, "bailiwick.db"), journal.Options{Now: time.Now})
	if err != nil {
		return nil, err
	}
	e, err := decide.Open(ctx, j, decide.Options{})
	if err != nil {
		return nil, errors.Join(err, j.Close())
	}
	mint := func(kind string) (string, string, string, error) {
		secret, hash, last, err := signin.Mint(signin.Kind(kind))
		return secret.Reveal(), hash, last, err
	}
	return &product{folder: folder, journal: j, engine: e, changes: change.New(j, e, change.Options{Mint: mint, MintLink: mintLink})}, nil
}

func mintLink() (secret, hash string, err error) {
	s, hash := signin.NewLink()
	return s.Reveal(), hash, nil
}

func (p *product) close() error {
	p.changes.Close()
	p.engine.Close()
	return p.journal.Close()
}

// create makes the organization with its first owner.
func (p *product) create() error {
	r, err := p.changes.Create(context.Background(), change.Actor{Rule: change.RuleSetup, Via: "bench"},
		change.Setup{Organization: acme, Name: "First Owner", Email: "first@owner.test"})
	if err == nil {
		p.owner = change.Actor{Subject: access.Subject{Kind: access.User, ID: r.Results[0].ID}, Via: "bench"}
	}
	return err
}

// apply reads an access file and makes the organization what it says.
func (p *product) apply(text []byte) error {
	file, err := accessfile.Read("w.yaml", text, nil)
	if err != nil {
		return err
	}
	_, err = p.changes.Apply(context.Background(), acme, p.owner, change.How{}, change.PlanRequest{File: file})
	return err
}

// asker makes a service user that may ask for decisions, and returns its token.
func (p *product) asker() (token string, err error) {
	r, err := p.changes.Do(context.Background(), acme, p.owner, change.How{}, client.ServiceUserCreate{ServiceUser: "bench"},
		client.GrantAdd{Grant: client.Grant{To: "service_user:bench", Role: "decision_client", On: "org"}},
		client.TokenIssue{NewToken: client.NewToken{Kind: "svc", Subject: "service_user:bench"}})
	if err != nil {
		return "", fmt.Errorf("the asker: %w", err)
	}
	return r.Results[2].Secret, nil
}

// accessFile writes W as an access file.
func (w *workload) accessFile() ([]byte, error) {
	directory, err := rolemodel.Edition("bailiwick")
	if err != nil {
		return nil, err
	}
	f := &accessfile.File{Organization: w.org, Platforms: map[string]accessfile.Attachment{platform: {Model: w.model.Edition}}}
	f.Organization.Platforms = append([]access.Platform{{Slug: accessfile.Directory, Model: directory}}, w.org.Platforms...)
	return accessfile.Write(f)
}
