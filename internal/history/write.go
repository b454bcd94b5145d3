package history

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"time"
)

// Formats of an export.
const (
	NDJSON = "ndjson"
	CSV    = "csv"
)

// A Writer writes rows in one of the formats.
type Writer struct {
	json *json.Encoder
	csv  *csv.Writer
	Rows int64 // written so far
}

// columns are those of a CSV export. New ones come last.
func columns() []string {
	return []string{"time", "id", "revision", "epoch", "change", "request", "actor", "actor_id", "action", "event", "targets", "target_ids",
		"platform", "deployment", "result", "reason", "via", "count", "details", "facts", "decided_on", "took_us"}
}

// NewWriter begins an export in a format that is NDJSON or CSV.
func NewWriter(to io.Writer, format string) (*Writer, error) {
	if format == NDJSON {
		e := json.NewEncoder(to)
		e.SetEscapeHTML(false)
		return &Writer{json: e}, nil
	}
	w := &Writer{csv: csv.NewWriter(to)}
	return w, w.csv.Write(columns())
}

// Write writes one row. Flush makes sure that it is out.
func (w *Writer) Write(r *Row) error {
	w.Rows++
	if w.json != nil {
		return w.json.Encode(r)
	}
	optional := func(n int64) string {
		if n == 0 {
			return ""
		}
		return strconv.FormatInt(n, 10)
	}
	cells := []string{r.Time.UTC().Format(time.RFC3339Nano), r.ID, optional(r.Revision), optional(r.Epoch), r.Change, r.Request, r.Actor, r.ActorID, r.Action, r.Event,
		strings.Join(r.Targets, " "), strings.Join(r.TargetIDs, " "), r.Platform, r.Deployment, r.Result, r.Reason, r.Via, optional(r.Count), r.Details, string(r.Facts),
		optional(r.DecidedOn), optional(r.TookMicros)}
	for i := range cells {
		cells[i] = Cell(cells[i])
	}
	return w.csv.Write(cells)
}

// Flush writes what is held back.
func (w *Writer) Flush() error {
	if w.csv == nil {
		return nil
	}
	w.csv.Flush()
	return w.csv.Error()
}

// Cell makes a text harmless in a spreadsheet, which takes one that begins so for a formula (attack 107; OWASP, CSV
// Injection, read 2026-11). A text that anybody could have written never stands for a number here.
func Cell(text string) string {
	text = tidyLine(text)
	if start := strings.TrimLeft(text, " \u00a0\ufeff"); start != "" && strings.ContainsAny(start[:1], "=+-@|%") || strings.HasPrefix(start, "＝") || strings.HasPrefix(start, "＋") ||
		strings.HasPrefix(start, "－") || strings.HasPrefix(start, "＠") {
		return "'" + text
	}
	return text
}
