package console

import (
	"encoding/csv"
	"strings"

	"bailiwick/internal/fault"
	"bailiwick/internal/history"
)

// Export is the address of the whole answer as CSV; "" where there is nothing to export.
func (c *exploreContent) Export() string {
	if c.Answer == nil && c.WhoCan == nil && c.WhatCan == nil {
		return ""
	}
	return with("/access/export", "who", c.Who, "can", c.Can, "on", c.On, "at", c.At)
}

// exportAccess writes the answer of the explorer as CSV, all of it. It is what the page shows, judged in the same way.
func (a *asking) exportAccess() error {
	c := exploreContent{question: question{Who: a.query("who"), Can: a.query("can"), On: a.query("on"), At: a.query("at")}, whole: true}
	if err := a.answer(&c); err != nil {
		if fault.Is(err, fault.Forbidden) {
			a.note("access.explain", "refused", err.Error())
		}
		return err
	}
	rows := c.rows()
	if rows == nil {
		return fault.New(fault.Invalid, "the question says too little").Rather("say who, or what and where")
	}
	h := a.w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="access.csv"`)
	h.Set("Cache-Control", "no-store")
	w := csv.NewWriter(a.w)
	for _, row := range rows {
		for i := range row {
			row[i] = history.Cell(row[i])
		}
		_ = w.Write(row) // an error means that the browser has gone
	}
	w.Flush()
	return nil
}

// rows are the answer as a table, its heading first; nil where there is none.
func (c *exploreContent) rows() [][]string {
	when := c.Moment.Format("2006-01-02T15:04:05Z07:00")
	switch {
	case c.Answer != nil:
		list := [][]string{{"who", "permission", "resource", "at", "allowed", "reason", "outcome"}}
		allowed := map[bool]string{true: "yes", false: "no"}[c.Answer.Allowed]
		for _, w := range c.Ways {
			list = append(list, []string{c.Answer.Subject, c.Answer.Permission, c.Answer.Resource, when, allowed, w.Sentence, w.Outcome})
		}
		if len(c.Ways) == 0 {
			list = append(list, []string{c.Answer.Subject, c.Answer.Permission, c.Answer.Resource, when, allowed, c.Answer.Why, ""})
		}
		return list
	case c.WhoCan != nil:
		list := [][]string{{"who", "name", "permission", "resource", "at", "role", "on", "via"}}
		for _, h := range c.People {
			list = append(list, []string{h.Subject, h.Name, c.WhoCan.Permission, c.WhoCan.Resource, when, h.Role, h.On, h.Via})
		}
		return list
	case c.WhatCan != nil && c.On != "":
		list := [][]string{{"who", "permission", "title", "resource", "at"}}
		for _, p := range c.Permissions {
			list = append(list, []string{c.WhatCan.Subject, p.Permission.Permission, p.Title, c.WhatCan.Resource, when})
		}
		return list
	case c.WhatCan != nil:
		list := [][]string{{"who", "resource", "kind", "at", "roles", "permissions"}}
		for _, p := range c.Places {
			list = append(list, []string{c.WhatCan.Subject, p.Resource, p.Kind, when, strings.Join(p.Roles, " "), strings.Join(p.Permissions, " ")})
		}
		return list
	}
	return nil
}
