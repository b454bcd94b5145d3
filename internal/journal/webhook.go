package journal

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// A WebhookState says how far a webhook has got. What it is, history says.
type WebhookState struct {
	Epoch, Revision int64 // of the last row that is done with: delivered, or not for it
	Delivered       int64 // since it was made
	Failures        int   // in a row
	Failing         time.Time
	Due             time.Time // not to be worked on before: somebody else does, or it failed
}

// keptDeliveries is how many deliveries of a webhook are kept, for people to look at.
const keptDeliveries = 100

// ClaimWebhook hands a webhook to one caller until the lease is over or PutWebhook says more. One that nobody has worked on
// begins at start.
func (j *Journal) ClaimWebhook(ctx context.Context, organization, id string, start WebhookState, now time.Time, lease time.Duration) (s WebhookState, claimed bool, err error) {
	err = j.write(ctx, "claim a webhook", func(tx *sql.Tx) error {
		claimed = false
		if _, err := tx.ExecContext(ctx, `INSERT INTO webhook (organization, id, epoch, revision, delivered, failures, failing, due) VALUES ($1, $2, $3, $4, 0, 0, 0, 0)
			ON CONFLICT (organization, id) DO NOTHING`, organization, id, start.Epoch, start.Revision); err != nil {
			return err
		}
		result, err := tx.ExecContext(ctx, `UPDATE webhook SET due = $1 WHERE organization = $2 AND id = $3 AND due <= $4`,
			now.Add(lease).UnixMicro(), organization, id, now.UnixMicro())
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		if err != nil || n != 1 {
			return err
		}
		row := tx.QueryRowContext(ctx, `SELECT id, epoch, revision, delivered, failures, failing, due FROM webhook WHERE organization = $1 AND id = $2`, organization, id)
		_, s, err = scanWebhook(row)
		claimed = err == nil
		return err
	})
	return s, claimed && err == nil, err
}

func scanWebhook(row interface{ Scan(into ...any) error }) (id string, s WebhookState, err error) {
	var failing, due int64
	err = row.Scan(&id, &s.Epoch, &s.Revision, &s.Delivered, &s.Failures, &failing, &due)
	s.Due = micro(due)
	if failing > 0 {
		s.Failing = micro(failing)
	}
	return id, s, err
}

// PutWebhook notes how far a webhook has got. The zero Due lets anybody claim it at once.
func (j *Journal) PutWebhook(ctx context.Context, organization, id string, s WebhookState) error {
	var failing, due int64
	if !s.Failing.IsZero() {
		failing = s.Failing.UnixMicro()
	}
	if !s.Due.IsZero() {
		due = s.Due.UnixMicro()
	}
	return j.exec(ctx, "note a webhook", `UPDATE webhook SET epoch = $1, revision = $2, delivered = $3, failures = $4, failing = $5, due = $6 WHERE organization = $7 AND id = $8`,
		s.Epoch, s.Revision, s.Delivered, s.Failures, failing, due, organization, id)
}

// RetryWebhook forgets that a webhook failed: it is due at once.
func (j *Journal) RetryWebhook(ctx context.Context, organization, id string) error {
	return j.exec(ctx, "note a webhook", `UPDATE webhook SET failures = 0, failing = 0, due = 0 WHERE organization = $1 AND id = $2`, organization, id)
}

// Webhooks says how far an organization's webhooks have got, by id. One that nobody has worked on is missing.
func (j *Journal) Webhooks(ctx context.Context, organization string) (map[string]WebhookState, error) {
	all := map[string]WebhookState{}
	err := j.ask(ctx, "list webhooks", func() error {
		return each(ctx, j.reader, `SELECT id, epoch, revision, delivered, failures, failing, due FROM webhook WHERE organization = $1`, func(rows *sql.Rows) error {
			id, s, err := scanWebhook(rows)
			all[id] = s
			return err
		}, organization)
	})
	return all, err
}

// DropWebhook forgets how far a webhook had got, and its deliveries.
func (j *Journal) DropWebhook(ctx context.Context, organization, id string) error {
	return j.write(ctx, "drop a webhook", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM webhook WHERE organization = $1 AND id = $2`, organization, id)
		if err == nil {
			_, err = tx.ExecContext(ctx, `DELETE FROM webhook_delivery WHERE organization = $1 AND webhook = $2`, organization, id)
		}
		return err
	})
}

// A Delivery is one try to deliver a message.
type Delivery struct {
	At            time.Time
	Message, Type string
	Attempt       int // from 1
	Status        int // of HTTP; 0 where there was no answer
	Error         string
	Took          time.Duration
}

// LogDelivery keeps a delivery, and drops the oldest beyond the last hundred.
func (j *Journal) LogDelivery(ctx context.Context, organization, webhook string, d Delivery) error {
	if err := checkText(d.Error); err != nil {
		return err
	}
	return j.write(ctx, "keep a delivery", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO webhook_delivery (organization, webhook, at, message, type, attempt, status, error, took)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (organization, webhook, at, message) DO NOTHING`,
			organization, webhook, d.At.UnixMicro(), d.Message, d.Type, d.Attempt, d.Status, d.Error, d.Took.Microseconds())
		if err != nil {
			return err
		}
		var oldest int64
		row := tx.QueryRowContext(ctx, `SELECT at FROM webhook_delivery WHERE organization = $1 AND webhook = $2 ORDER BY at DESC LIMIT 1 OFFSET $3`, organization, webhook, keptDeliveries)
		switch err := row.Scan(&oldest); {
		case errors.Is(err, sql.ErrNoRows):
			return nil
		case err != nil:
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM webhook_delivery WHERE organization = $1 AND webhook = $2 AND at <= $3`, organization, webhook, oldest)
		return err
	})
}

// Deliveries lists the last deliveries of a webhook, newest first.
func (j *Journal) Deliveries(ctx context.Context, organization, webhook string) ([]Delivery, error) {
	var all []Delivery
	err := j.ask(ctx, "list deliveries", func() error {
		all = nil
		return each(ctx, j.reader, `SELECT at, message, type, attempt, status, error, took FROM webhook_delivery WHERE organization = $1 AND webhook = $2 ORDER BY at DESC, message`,
			func(rows *sql.Rows) error {
				var (
					d        Delivery
					at, took int64
				)
				err := rows.Scan(&at, &d.Message, &d.Type, &d.Attempt, &d.Status, &d.Error, &took)
				d.At, d.Took = micro(at), time.Duration(took)*time.Microsecond
				all = append(all, d)
				return err
			}, organization, webhook)
	})
	return all, err
}
