package journal

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"net"

	"github.com/jackc/pgx/v5/pgconn"

	"bailiwick/internal/fault"
)

// explain makes a *fault.Error of what a driver said: what failed, and what would help. It leaves faults as they are.
func (j *Journal) explain(err error, doing string) error {
	var known *fault.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return err
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return fault.Wrap(fault.Unavailable, err, "journal: %s: it was given up before it was done", doing)
	}
	where := j.engine.name()
	switch diagnose(err) {
	case busy:
		return fault.Wrap(fault.Unavailable, err, "journal: %s: %s was busy for too long", doing, where).Rather("try again")
	case lost:
		return fault.Wrap(fault.Unavailable, err, "journal: %s: %s cannot be reached", doing, where).Rather("try again")
	case full:
		return fault.Wrap(fault.Unavailable, err, "journal: %s: the disk of %s is full", doing, where).By("disk_full").Rather("make room and try again; nothing was written")
	case readonly:
		return fault.Wrap(fault.Unavailable, err, "journal: %s: %s is read-only", doing, where).By("read_only").Rather("nothing was written")
	case failing:
		return fault.Wrap(fault.Unavailable, err, "journal: %s: %s cannot be read or written as it should", doing, where).By("disk").
			Rather("see to the disk, which may have turned read-only; until then nothing can be changed")
	case damaged:
		return fault.Wrap(fault.Internal, err, "journal: %s: %s is damaged", doing, where).Rather("restore a backup")
	}
	return fault.Wrap(fault.Internal, err, "journal: %s: %v", doing, err)
}

// isConnection tells whether the way to the database broke, so that nobody knows what it did.
func isConnection(err error) bool {
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || errors.Is(err, errCutOff) || pgconn.SafeToRetry(err)
}

// errCutOff stands for a commit to which the database did not answer.
var errCutOff = errors.New("no answer to COMMIT")
