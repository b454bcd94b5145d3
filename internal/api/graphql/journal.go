package graphql

import (
	"context"
	"encoding/json"

	"bailiwick/internal/api/graphql/model"
	"bailiwick/internal/history"
)

// listed reads a page of one of the sources.
func (a *asking) listed(ctx context.Context, first *int, after *string, filter *model.HistoryFilter, q history.Query) (found history.Page, next string, err error) {
	p, err := a.page(ctx, first, after)
	if err != nil {
		return found, "", err
	}
	if filter != nil {
		for _, one := range []struct {
			text *string
			into *[]string
		}{{filter.Actor, &q.Actors}, {filter.Operation, &q.Actions}, {filter.Target, &q.Targets}, {filter.Result, &q.Results}, {filter.Via, &q.Via}} {
			if one.text != nil {
				*one.into = []string{*one.text}
			}
		}
		q.Platform, q.Deployment = said(filter.Platform), said(filter.Deployment)
		if filter.Since != nil {
			q.From = *filter.Since
		}
		if filter.Before != nil {
			q.Until = *filter.Before
		}
	}
	q.Cursor, q.Limit = p.After, p.Limit
	if found, err = a.trail(ctx, q); err != nil {
		return found, "", err
	}
	return found, p.Next(found.Next), nil
}

func (a *asking) journalEntries(ctx context.Context, first *int, after *string, filter *model.HistoryFilter) (*model.JournalEntries, error) {
	found, next, err := a.listed(ctx, first, after, filter, history.Query{Journal: true})
	if err != nil {
		return nil, err
	}
	shown := &model.JournalEntries{Entries: []*model.JournalEntry{}, Next: next}
	for i := range found.Rows {
		row := &found.Rows[i]
		entry := &model.JournalEntry{Revision: int(row.Revision), Epoch: int(row.Epoch), At: row.Time, Actor: row.Actor, Via: row.Via, Request: row.Request,
			Change: row.Change, Operation: row.Action, Target: target(row), Summary: row.Details}
		if len(row.Facts) > 0 {
			if err := json.Unmarshal(row.Facts, &entry.Facts); err != nil {
				return nil, err
			}
		}
		shown.Entries = append(shown.Entries, entry)
	}
	return shown, nil
}

func (a *asking) activityEntries(ctx context.Context, first *int, after *string, filter *model.HistoryFilter) (*model.ActivityEntries, error) {
	found, next, err := a.listed(ctx, first, after, filter, history.Query{Activity: true})
	if err != nil {
		return nil, err
	}
	shown := &model.ActivityEntries{Entries: []*model.ActivityEntry{}, Next: next}
	for i := range found.Rows {
		row := &found.Rows[i]
		shown.Entries = append(shown.Entries, &model.ActivityEntry{ID: row.ID, At: row.Time, Subject: row.Actor, Operation: row.Action, Resource: target(row),
			Result: row.Result, Reason: row.Reason, Via: row.Via, Request: row.Request, Count: int(row.Count)})
	}
	return shown, nil
}

// target is the first thing that a row is about.
func target(row *history.Row) string {
	if len(row.Targets) == 0 {
		return ""
	}
	return row.Targets[0]
}
