package console

import (
	"cmp"
	"encoding/csv"

	"bailiwick/internal/history"
)

// exportRoles is the matrix as a file, as it is shown: a line for each permission, a column for each role.
func (a *asking) exportRoles() error {
	c, err := a.rolesAsked()
	if err != nil {
		return err
	}
	h := a.w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="roles-`+c.Platform.Platform+`.csv"`)
	h.Set("Cache-Control", "no-store")
	out := csv.NewWriter(a.w)
	line := []string{"permission", "title", "section"}
	for i := range c.Columns {
		line = append(line, history.Cell(cmp.Or(c.Columns[i].Title, c.Columns[i].Role)))
	}
	_ = out.Write(line) // an error stays until the end
	for _, g := range c.Groups {
		for _, row := range g.Rows {
			line = []string{history.Cell(row.Permission), history.Cell(row.Title), history.Cell(g.Section)}
			for _, m := range row.Marks {
				line = append(line, m.Text)
			}
			_ = out.Write(line)
		}
	}
	out.Flush()
	return nil // what cannot be written means that the browser has gone
}
