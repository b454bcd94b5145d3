package journal

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"slices"
	"time"
)

// Activity is something that was done or refused without changing anything, or several times the same within a moment.
type Activity struct {
	At                           time.Time
	Subject, Operation, Resource string
	Result                       string // "allowed", "refused" …
	Reason                       string
	Count                        int64 // how often; 0 counts as 1
	Via, Request                 string
	Revision                     int64         // of the facts that decided; 0: nobody noted it
	Took                         time.Duration // of the first one, in whole microseconds; 0: nobody noted it
}

// ActivityKey is the place of an activity in the order in which it is read.
type ActivityKey struct {
	At          time.Time
	Batch, Part int64
}

// ActivityRow is an activity as it is kept.
type ActivityRow struct {
	Activity
	Key ActivityKey
}

// ActivityQuery asks for one page of activity with From <= At < Until.
type ActivityQuery struct {
	From, Until time.Time    // the zero time: no bound
	After       *ActivityKey // the last row of the page before
	Newest      bool         // newest first
	Limit       int          // 0: 100
}

// errTaken stands for a batch number that another process took at the same moment.
var errTaken = errors.New("the number of the batch was taken")

// LogActivity keeps a batch of activity and returns its number. A batch that was the last one kept is not kept twice, so it may
// be sent again after an error.
func (j *Journal) LogActivity(ctx context.Context, organization string, batch []Activity) (number int64, err error) {
	if err := checkBatch(organization, batch); err != nil {
		return 0, err
	}
	hash := hashActivity(organization, batch)
	err = j.write(ctx, "log activity", func(tx *sql.Tx) (err error) {
		number, err = j.logActivity(ctx, tx, organization, batch, hash, func(last []byte) bool { return string(last) == string(hash[:]) })
		return err
	})
	return number, err
}

// LogActivityOnce keeps a batch of activity under a key that whoever gathered it has chosen. The key is remembered until a moment:
// a batch that comes again under it is not kept again, whichever server it comes to, and again is true.
func (j *Journal) LogActivityOnce(ctx context.Context, organization, key string, until time.Time, batch []Activity) (again bool, err error) {
	if err := errors.Join(checkBatch(organization, batch), checkText(key)); err != nil {
		return false, err
	}
	hash := hashActivity(organization, batch)
	err = j.write(ctx, "log activity once", func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `INSERT INTO ticket (organization, hash, until, body) VALUES ($1, $2, $3, $4) ON CONFLICT (organization, hash) DO NOTHING`,
			organization, "batch:"+key, until.UnixMicro(), []byte{})
		if err != nil {
			return err
		}
		kept, err := result.RowsAffected()
		if again = kept == 0; again || err != nil {
			return err
		}
		_, err = j.logActivity(ctx, tx, organization, batch, hash, func([]byte) bool { return false })
		return err
	})
	return again && err == nil, err
}

func checkBatch(organization string, batch []Activity) error {
	if organization == "" || len(batch) == 0 {
		return invalid("activity", "nothing to keep, or nowhere")
	}
	for i := range batch {
		if err := batch[i].check(); err != nil {
			return err
		}
	}
	return nil
}

// logActivity writes a batch under the next number, unless the last one is the same.
func (j *Journal) logActivity(ctx context.Context, tx *sql.Tx, organization string, batch []Activity, hash [32]byte, same func(last []byte) bool) (number int64, err error) {
	var last []byte
	row := tx.QueryRowContext(ctx, `SELECT batch, hash FROM activity_batch WHERE organization = $1 ORDER BY batch DESC LIMIT 1`, organization)
	switch err := row.Scan(&number, &last); {
	case errors.Is(err, sql.ErrNoRows):
		number = 0
	case err != nil:
		return 0, err
	case same(last):
		return number, nil
	}
	number++
	result, err := tx.ExecContext(ctx, `INSERT INTO activity_batch (organization, batch, hash) VALUES ($1, $2, $3) ON CONFLICT (organization, batch) DO NOTHING`,
		organization, number, hash[:])
	if err != nil {
		return 0, err
	}
	if taken, err := result.RowsAffected(); err != nil {
		return 0, err
	} else if taken == 0 {
		return 0, errTaken
	}
	return number, j.engine.insert(ctx, tx, "activity", `organization, batch, part, at, subject, operation, resource, result, reason, times, via, request, revision, took`, len(batch), func(i int) []any {
		a := &batch[i]
		return []any{organization, number, i, a.At.UnixMicro(), a.Subject, a.Operation, a.Resource, a.Result, a.Reason, a.times(), a.Via, a.Request, a.Revision, a.Took.Microseconds()}
	})
}

func (a *Activity) times() int64 { return max(a.Count, 1) }

func (a *Activity) check() error {
	if at := a.At.UnixMicro(); at < 0 || at >= endOfTime {
		return invalid("at", "%s is not between 1970 and 9999", a.At)
	}
	if a.Revision < 0 || a.Revision >= 1<<53 {
		return invalid("revision", "%d is none", a.Revision)
	}
	if a.Took < 0 {
		return invalid("took", "%s is no duration", a.Took)
	}
	for _, text := range [...]string{a.Subject, a.Operation, a.Resource, a.Result, a.Reason, a.Via, a.Request} {
		if err := checkText(text); err != nil {
			return err
		}
	}
	return nil
}

// decided tells whether any of a batch says on what it was decided, or how long it took.
func decided(batch []Activity) bool {
	return slices.ContainsFunc(batch, func(a Activity) bool { return a.Revision != 0 || a.Took.Microseconds() != 0 })
}

// hashActivity is over everything. A batch in which nothing says on what it was decided has the hash that it had when there was
// no place for that, so that batches of older programs stay what they were.
func hashActivity(organization string, batch []Activity) [32]byte {
	decided := decided(batch)
	form := "bailiwick activity 1"
	if decided {
		form = "bailiwick activity 2"
	}
	b := appendText([]byte(form), organization)
	for i := range batch {
		a := &batch[i]
		b = appendNumbers(b, a.At.UnixMicro(), a.times())
		if decided {
			b = appendNumbers(b, a.Revision, a.Took.Microseconds())
		}
		for _, text := range [...]string{a.Subject, a.Operation, a.Resource, a.Result, a.Reason, a.Via, a.Request} {
			b = appendText(b, text)
		}
	}
	return sha256.Sum256(b)
}

// decidedSince is the version of the schema that has a place for what decided.
const decidedSince = 4

// selectActivity begins every question for activity. What is read only can be of an older program.
func (j *Journal) selectActivity() string {
	decided := `revision, took`
	if j.version < decidedSince {
		decided = `0, 0`
	}
	return `SELECT at, batch, part, subject, operation, resource, result, reason, times, via, request, ` + decided + ` FROM activity WHERE organization = $1`
}

// ReadActivity returns one page. The next page is After the key of this one's last row; what is logged meanwhile moves nothing.
func (j *Journal) ReadActivity(ctx context.Context, organization string, q ActivityQuery) ([]ActivityRow, error) {
	from, until := int64(0), int64(endOfTime)
	if !q.From.IsZero() {
		from = q.From.UnixMicro()
	}
	if !q.Until.IsZero() {
		until = q.Until.UnixMicro()
	}
	limit := q.Limit
	if limit <= 0 {
		limit = 100
	}
	after := ActivityKey{At: micro(-1)}
	query := j.selectActivity() + ` AND at >= $2 AND at < $3 AND (at, batch, part) > ($4, $5, $6) ORDER BY at, batch, part LIMIT $7`
	if q.Newest {
		after = ActivityKey{At: micro(endOfTime)}
		query = j.selectActivity() + ` AND at >= $2 AND at < $3 AND (at, batch, part) < ($4, $5, $6) ORDER BY at DESC, batch DESC, part DESC LIMIT $7`
	}
	if q.After != nil {
		after = *q.After
	}
	rows, err := j.reader.QueryContext(ctx, query, organization, from, until, after.At.UnixMicro(), after.Batch, after.Part, limit)
	if err != nil {
		return nil, j.explain(err, "read activity")
	}
	page, err := scanActivity(rows)
	return page, j.explain(err, "read activity")
}

func scanActivity(rows *sql.Rows) ([]ActivityRow, error) {
	defer func() { _ = rows.Close() }()
	var page []ActivityRow
	for rows.Next() {
		var (
			a        ActivityRow
			at, took int64
		)
		err := rows.Scan(&at, &a.Key.Batch, &a.Key.Part, &a.Subject, &a.Operation, &a.Resource, &a.Result, &a.Reason, &a.Count, &a.Via, &a.Request, &a.Revision, &took)
		if err != nil {
			return nil, err
		}
		a.At = micro(at)
		a.Key.At, a.Took = a.At, time.Duration(took)*time.Microsecond
		page = append(page, a)
	}
	return page, rows.Err()
}

// activity checks each batch against its hash, and the batches against the checkpoints.
func (v *verifier) activity(ctx context.Context, organization string) error {
	rows, err := v.journal.reader.QueryContext(ctx, `SELECT batch, hash FROM activity_batch WHERE organization = $1 ORDER BY batch`, organization)
	if err != nil {
		return err
	}
	hashes := map[int64]string{}
	var count int64
	for rows.Next() {
		var (
			number int64
			hash   []byte
		)
		if err := errors.Join(rows.Scan(&number, &hash)); err != nil {
			_ = rows.Close()
			return err
		}
		count++
		hashes[number] = string(hash)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	for number := int64(1); number <= count; number++ {
		if err := v.batch(ctx, organization, number, hashes[number]); err != nil {
			return err
		}
	}
	for _, checkpoints := range v.at {
		for _, c := range checkpoints {
			if c.Epoch < v.report.Head.Epoch {
				continue // a restore may have taken batches back
			}
			last, digest, err := digestActivity(ctx, v.journal.reader, organization, c.ActivityAfter, c.ActivityUntil)
			if err != nil {
				return err
			}
			if last != c.ActivityUntil || digest != c.ActivityHash {
				return v.found(c.Revision, ProblemActivity, "the activity of batches %d to %d is not that of the checkpoint of %s", c.ActivityAfter+1, c.ActivityUntil, c.At)
			}
		}
	}
	return nil
}

func (v *verifier) batch(ctx context.Context, organization string, number int64, hash string) error {
	rows, err := v.journal.reader.QueryContext(ctx, v.journal.selectActivity()+` AND batch = $2 ORDER BY part`, organization, number)
	if err != nil {
		return err
	}
	page, err := scanActivity(rows)
	if err != nil {
		return err
	}
	batch := make([]Activity, len(page))
	for i := range page {
		batch[i] = page[i].Activity
	}
	if now := hashActivity(organization, batch); string(now[:]) != hash {
		return v.found(v.report.Head.Revision, ProblemActivity, "batch %d of the activity is not what was logged", number)
	}
	return nil
}
