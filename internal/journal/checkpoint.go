package journal

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"database/sql"
	"slices"
	"time"

	"bailiwick/internal/fault"
)

// Checkpoint is a signed head, with a digest of the activity since the checkpoint before it.
type Checkpoint struct {
	Organization    string
	Epoch, Revision int64
	Hash            [32]byte
	At              time.Time
	ActivityAfter   int64 // the digest is of the batches after this one
	ActivityUntil   int64 // up to this one
	ActivityHash    [32]byte
	Signer          ed25519.PublicKey
	Signature       []byte
}

// SignCheckpoint signs the organization's head and keeps the checkpoint. A key that lies beside the database does not protect
// against whoever owns both; PublishHead does.
func (j *Journal) SignCheckpoint(ctx context.Context, organization string, key ed25519.PrivateKey) (Checkpoint, error) {
	signer, ok := key.Public().(ed25519.PublicKey)
	if !ok || len(key) != ed25519.PrivateKeySize {
		return Checkpoint{}, invalid("key", "it is not an Ed25519 private key")
	}
	var c Checkpoint
	err := j.write(ctx, "sign a checkpoint", func(tx *sql.Tx) error {
		head, err := readHead(ctx, tx, organization)
		if err != nil {
			return err
		}
		if head.Revision == 0 {
			return fault.New(fault.NotFound, "there is no journal of %s", organization)
		}
		c = Checkpoint{Organization: organization, Epoch: head.Epoch, Revision: head.Revision, Hash: head.Hash, At: micro(j.options.Now().UnixMicro()), Signer: signer}
		row := tx.QueryRowContext(ctx, `SELECT COALESCE(max(activity_until), 0) FROM checkpoint WHERE organization = $1`, organization)
		if err := row.Scan(&c.ActivityAfter); err != nil {
			return err
		}
		if c.ActivityUntil, c.ActivityHash, err = digestActivity(ctx, tx, organization, c.ActivityAfter, 1<<53-1); err != nil {
			return err
		}
		c.Signature = ed25519.Sign(key, c.message())
		_, err = tx.ExecContext(ctx, `INSERT INTO checkpoint (organization, epoch, revision, hash, at, activity_after, activity_until, activity_hash, signer, signature)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (organization, revision, activity_until) DO UPDATE SET
			epoch = excluded.epoch, hash = excluded.hash, at = excluded.at, activity_after = excluded.activity_after,
			activity_hash = excluded.activity_hash, signer = excluded.signer, signature = excluded.signature`,
			c.Organization, c.Epoch, c.Revision, c.Hash[:], c.At.UnixMicro(), c.ActivityAfter, c.ActivityUntil, c.ActivityHash[:], []byte(c.Signer), c.Signature)
		return err
	})
	return c, err
}

// Checkpoints lists an organization's checkpoints, oldest first.
func (j *Journal) Checkpoints(ctx context.Context, organization string) ([]Checkpoint, error) {
	rows, err := j.reader.QueryContext(ctx, `SELECT epoch, revision, hash, at, activity_after, activity_until, activity_hash, signer, signature
		FROM checkpoint WHERE organization = $1 ORDER BY revision, activity_until`, organization)
	if err != nil {
		return nil, j.explain(err, "read checkpoints")
	}
	defer func() { _ = rows.Close() }()
	var all []Checkpoint
	for rows.Next() {
		var (
			c              = Checkpoint{Organization: organization}
			at             int64
			hash, activity []byte
			signer         []byte
		)
		if err := rows.Scan(&c.Epoch, &c.Revision, &hash, &at, &c.ActivityAfter, &c.ActivityUntil, &activity, &signer, &c.Signature); err != nil {
			return nil, j.explain(err, "read checkpoints")
		}
		c.At, c.Signer = micro(at), signer
		copy(c.Hash[:], hash)
		copy(c.ActivityHash[:], activity)
		all = append(all, c)
	}
	return all, j.explain(rows.Err(), "read checkpoints")
}

// message is what is signed.
func (c *Checkpoint) message() []byte {
	b := appendText([]byte("bailiwick checkpoint 1"), c.Organization)
	b = appendNumbers(b, c.Epoch, c.Revision)
	b = append(b, c.Hash[:]...)
	b = appendNumbers(b, c.At.UnixMicro(), c.ActivityAfter, c.ActivityUntil)
	return append(b, c.ActivityHash[:]...)
}

// signedBy tells whether the signature is right and, if signers are named, one of theirs.
func (c *Checkpoint) signedBy(trusted []ed25519.PublicKey) bool {
	if len(c.Signer) != ed25519.PublicKeySize || !ed25519.Verify(c.Signer, c.message(), c.Signature) {
		return false
	}
	return len(trusted) == 0 || slices.ContainsFunc(trusted, func(k ed25519.PublicKey) bool { return k.Equal(c.Signer) })
}

// digestActivity hashes the numbers and hashes of the batches after one, up to another, and returns the last one's number.
func digestActivity(ctx context.Context, db lister, organization string, after, until int64) (last int64, digest [32]byte, err error) {
	rows, err := db.QueryContext(ctx, `SELECT batch, hash FROM activity_batch WHERE organization = $1 AND batch > $2 AND batch <= $3 ORDER BY batch`,
		organization, after, until)
	if err != nil {
		return 0, digest, err
	}
	defer func() { _ = rows.Close() }()
	last = after
	sum := sha256.New()
	for rows.Next() {
		var hash []byte
		if err := rows.Scan(&last, &hash); err != nil {
			return 0, digest, err
		}
		sum.Write(appendNumbers(nil, last))
		sum.Write(hash)
	}
	copy(digest[:], sum.Sum(nil))
	return last, digest, rows.Err()
}

// lister is a database or a transaction.
type lister interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}
