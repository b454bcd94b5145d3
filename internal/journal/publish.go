package journal

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"time"

	"bailiwick/internal/fault"
)

// published is the file that PublishHead writes.
type published struct {
	Comment     string             `json:"comment"`
	Checkpoints []publishedHead    `json:"checkpoints"`
	Erased      []publishedErasure `json:"erased"`
}

type publishedHead struct {
	Organization  string    `json:"organization"`
	Epoch         int64     `json:"epoch"`
	Revision      int64     `json:"revision"`
	Hash          string    `json:"hash"`
	At            time.Time `json:"at"`
	ActivityAfter int64     `json:"activity_after"`
	ActivityUntil int64     `json:"activity_until"`
	ActivityHash  string    `json:"activity_hash"`
	Signer        string    `json:"signer"`
	Signature     string    `json:"signature"`
}

type publishedErasure struct {
	Organization string    `json:"organization"`
	Person       string    `json:"person"`
	At           time.Time `json:"at"`
}

// PublishHead writes each organization's newest checkpoint, and who was erased, to a file, so that it is either the old one
// or the new one, whole. The file proves something only where the database's owner cannot write.
func (j *Journal) PublishHead(ctx context.Context, path string) error {
	organizations, err := j.Organizations(ctx)
	if err != nil {
		return err
	}
	file := published{Comment: "Signed heads of Bailiwick's journals. Keep them where the database's owner cannot write."}
	for _, organization := range organizations {
		checkpoints, err := j.Checkpoints(ctx, organization)
		if err != nil {
			return err
		}
		if len(checkpoints) == 0 {
			continue
		}
		c := checkpoints[len(checkpoints)-1]
		file.Checkpoints = append(file.Checkpoints, publishedHead{
			Organization: c.Organization, Epoch: c.Epoch, Revision: c.Revision, Hash: hex.EncodeToString(c.Hash[:]), At: c.At,
			ActivityAfter: c.ActivityAfter, ActivityUntil: c.ActivityUntil, ActivityHash: hex.EncodeToString(c.ActivityHash[:]),
			Signer: hex.EncodeToString(c.Signer), Signature: hex.EncodeToString(c.Signature),
		})
	}
	erasures, err := j.Erasures(ctx)
	if err != nil {
		return err
	}
	for _, e := range erasures {
		file.Erased = append(file.Erased, publishedErasure(e))
	}
	text, err := json.MarshalIndent(file, "", "  ")
	if err != nil {
		return err
	}
	if err := replaceFile(path, append(text, '\n')); err != nil {
		return fault.Wrap(fault.Unavailable, err, "the head cannot be written to %s: %v", path, err)
	}
	return nil
}

// ReadPublished reads a file of PublishHead.
func ReadPublished(path string) ([]Checkpoint, []Erasure, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, fault.Wrap(fault.NotFound, err, "the published head %s cannot be read: %v", path, err)
	}
	var file published
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, nil, fault.Wrap(fault.Invalid, err, "%s is no published head: %v", path, err)
	}
	var (
		checkpoints []Checkpoint
		erasures    []Erasure
	)
	for _, p := range file.Checkpoints {
		c := Checkpoint{Organization: p.Organization, Epoch: p.Epoch, Revision: p.Revision, At: p.At, ActivityAfter: p.ActivityAfter, ActivityUntil: p.ActivityUntil}
		signer, err1 := hex.DecodeString(p.Signer)
		signature, err2 := hex.DecodeString(p.Signature)
		err := errors.Join(err1, err2, decodeHash(&c.Hash, p.Hash), decodeHash(&c.ActivityHash, p.ActivityHash))
		if err != nil {
			return nil, nil, fault.Wrap(fault.Invalid, err, "%s is no published head: %v", path, err)
		}
		c.Signer, c.Signature = signer, signature
		checkpoints = append(checkpoints, c)
	}
	for _, e := range file.Erased {
		erasures = append(erasures, Erasure(e))
	}
	return checkpoints, erasures, nil
}

func decodeHash(hash *[32]byte, text string) error {
	b, err := hex.DecodeString(text)
	if err == nil && len(b) != len(hash) {
		err = errors.New("a hash has 64 digits")
	}
	copy(hash[:], b)
	return err
}

// replaceFile writes a new file beside path and renames it.
func replaceFile(path string, text []byte) error {
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(file.Name()) }()
	_, err = file.Write(text)
	if err := errors.Join(err, file.Sync(), file.Chmod(0o644), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
