package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"bailiwick/internal/fault"
	"bailiwick/internal/journal"
)

// A signer signs the heads of all chains, and publishes them where the operator wants them.
type signer struct {
	*product
	signed    map[string]int64 // revision of the last checkpoint, by chain
	published bool             // the head file has all of them
}

// signCheckpoints works until the context ends.
func (p *product) signCheckpoints(ctx context.Context) {
	s := &signer{product: p, signed: map[string]int64{}}
	every := time.NewTicker(p.config.CheckpointInterval)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
		if err := s.checkpoint(ctx); err != nil && ctx.Err() == nil {
			p.log.Error("signing or publishing a checkpoint failed", "error", err)
		}
	}
}

// checkpoint signs what has moved since the last time.
func (s *signer) checkpoint(ctx context.Context) error {
	heads := map[string]journal.Head{}
	for _, name := range s.chains() {
		head, err := s.journal.Head(ctx, name)
		if err != nil {
			return err
		}
		heads[name] = head
		if head.Revision == s.signed[name] || head.Revision == 0 {
			continue
		}
		if _, err := s.journal.SignCheckpoint(ctx, name, s.folder.Key); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		s.signed[name], s.published = head.Revision, false
	}
	if s.published || s.config.HeadFile == "" {
		return nil
	}
	if err := checkHeads(s.config.HeadFile, heads); err != nil {
		return err
	}
	err := s.journal.PublishHead(ctx, s.config.HeadFile)
	s.published = err == nil
	return err
}

// checkHeads refuses to publish a head over a later one: the journal was cut, and the file is the proof of it.
func checkHeads(file string, heads map[string]journal.Head) error {
	published, _, err := journal.ReadPublished(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, was := range published {
		is := heads[was.Organization]
		if is.Epoch < was.Epoch || is.Epoch == was.Epoch && is.Revision < was.Revision {
			return fault.New(fault.Conflict, "%s has revision %d of epoch %d of %s, and the journal ends at %d of epoch %d: it was cut, or is another one", file, was.Revision, was.Epoch,
				was.Organization, is.Revision, is.Epoch).By("head").Rather("run bailiwick verify, and keep the file")
		}
	}
	return nil
}
