package graphql

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"time"

	"bailiwick/access"
	"bailiwick/internal/api/graphql/model"
	"bailiwick/internal/fault"
	"bailiwick/internal/history"
	"bailiwick/internal/signin"
)

// auditLog judges who may read, so that whoever may not learns nothing beneath.
func (a *asking) auditLog(ctx context.Context) (*model.AuditLogQuery, error) {
	if _, err := a.within(ctx); err != nil {
		return nil, err
	}
	return &model.AuditLogQuery{Enabled: true}, nil
}

// within are the platforms whose rows the caller may read; nil is everything.
func (a *asking) within(ctx context.Context) ([]string, error) {
	asker, err := a.asker(ctx, nil)
	if err != nil {
		return nil, err
	}
	return asker.AuditWithin()
}

// trail reads a page of the audit log, where the caller may. That it was read is a line in it (attack 118).
func (a *asking) trail(ctx context.Context, q history.Query) (history.Page, error) {
	var err error
	if q.Within, err = a.within(ctx); err != nil {
		return history.Page{}, err
	}
	found, err := a.History.Trail().List(ctx, a.present(), q)
	if err == nil {
		a.note(access.OpAuditView, "the audit log was read")
	}
	return found, err
}

// note keeps that something was read.
func (a *asking) note(operation, reason string) {
	a.History.Record(a.caller.Organization, history.Activity{Subject: a.caller.Subject.String(), Operation: operation,
		Result: "allowed", Reason: signin.Redact(reason), Via: "graphql", Request: a.id})
}

// auditLogEntries is a page of the audit log in Dagster+'s words. An entry's id is the cursor to go on after it, as Dagster+'s is.
func (a *asking) auditLogEntries(ctx context.Context, limit *int, cursor *string, filters *model.AuditLogFilters) ([]*model.AuditLogEntry, error) {
	q := history.Query{EventTypes: history.DagsterEventTypes(), Cursor: said(cursor), Limit: history.MaxLimit / 10}
	if limit != nil {
		if q.Limit = *limit; q.Limit < 1 || q.Limit > history.MaxLimit {
			return nil, fault.New(fault.Invalid, "a page has from 1 to %d entries", history.MaxLimit).In("limit")
		}
	}
	if filters == nil {
		filters = &model.AuditLogFilters{}
	}
	if err := a.filter(&q, filters); err != nil {
		return nil, err
	}
	entries := []*model.AuditLogEntry{}
	for wanted := q.Limit; ; {
		page, err := a.trail(ctx, q)
		if err != nil {
			return nil, err
		}
		for i := range page.Rows {
			entry := auditLogEntry(&page.Rows[i], page.Places[i])
			if filters.IsBranchDeployment != nil && *filters.IsBranchDeployment != (entry.BranchDeploymentName != nil) {
				continue
			}
			if entries = append(entries, entry); len(entries) == wanted {
				return entries, nil
			}
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			return entries, nil
		}
	}
}

func (a *asking) filter(q *history.Query, f *model.AuditLogFilters) error {
	var err error
	if q.Until, err = moment("beforeDatetime", f.BeforeDatetime); err != nil {
		return err
	}
	if q.From, err = moment("afterDatetime", f.AfterDatetime); err != nil {
		return err
	}
	if f.EventTypes != nil {
		q.EventTypes = nil
		for _, name := range f.EventTypes {
			q.EventTypes = append(q.EventTypes, string(name))
		}
	}
	for _, email := range f.UserEmails {
		q.Actors = append(q.Actors, "user:"+email)
	}
	if f.DeploymentNames == nil {
		return nil
	}
	p, err := a.dagster()
	if err != nil {
		return err
	}
	list, err := a.deployments()
	if err != nil {
		return err
	}
	for _, name := range f.DeploymentNames {
		path := p.Slug + "/" + name // also one that is no more
		if i := slices.IndexFunc(list, func(d deployment) bool { return d.name == name }); i >= 0 {
			path = list[i].Path
		}
		q.Targets = append(q.Targets, path)
	}
	return nil
}

// moment reads seconds since 1970.
func moment(field string, seconds *float64) (time.Time, error) {
	if seconds == nil {
		return time.Time{}, nil
	}
	if math.IsNaN(*seconds) || *seconds < 0 || *seconds > 253402300799 { // the end of the year 9999
		return time.Time{}, fault.New(fault.Invalid, "it is no time").In(field).Rather("seconds since 1970")
	}
	return time.UnixMicro(int64(*seconds * 1e6)).UTC(), nil
}

func auditLogEntry(row *history.Row, place string) *model.AuditLogEntry {
	said := map[string]any{"action": row.Action, "details": row.Details, "result": row.Result, "targets": row.Targets}
	var facts map[string]any
	if json.Unmarshal(row.Facts, &facts) == nil && facts != nil {
		said["facts"] = facts
	}
	entry := &model.AuditLogEntry{ID: place, EventType: model.AuditLogEventType(row.Event), EventMetadata: said, Timestamp: float64(row.Time.UnixMicro()) / 1e6}
	switch kind, name, _ := strings.Cut(row.Actor, ":"); kind {
	case "user":
		entry.AuthorUserEmail = &name
	case "agent":
		entry.AuthorAgentTokenID = &name
	}
	for _, target := range row.Targets {
		segments, err := access.SplitPath(target)
		if err != nil || len(segments) < 2 || strings.Contains(segments[0].Name, ":") {
			continue
		}
		entry.DeploymentName = &segments[1].Name
		if len(segments) > 2 && segments[2].Prefix == "branch" {
			entry.BranchDeploymentName = &segments[2].Name
		}
		break
	}
	return entry
}
