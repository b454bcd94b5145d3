package change

import (
	"context"

	"bailiwick/event"
	"bailiwick/internal/fault"
)

// Erase removes the personal data of somebody who was removed from the directory: from the journal, and from the snapshots,
// which are dropped, and the newest written anew. Decisions at every revision stay as they were. It needs what removing them needed.
func (s *Service) Erase(ctx context.Context, organization string, actor Actor, person string) (Result, error) {
	r, err := s.do(ctx, organization, actor, How{}, "person.erase", func(j *judge) error {
		if err := j.identity("users.manage", "person.erase"); err != nil {
			return err
		}
		if j.now().User(person) != nil {
			return fault.New(fault.Conflict, "%s is still in the directory", j.now().Readable(person)).In("user").Rather("remove the user first")
		}
		return j.emit(&event.PersonErased{Person: person})
	})
	if err != nil {
		return Result{}, err
	}
	rows, err := s.journal.Erase(ctx, organization, person)
	if err == nil && rows == 0 {
		err = fault.New(fault.NotFound, "the journal has no personal data of %q", person).In("user")
	}
	if err == nil {
		s.engine.Save(ctx, organization)
	}
	return r, err
}
