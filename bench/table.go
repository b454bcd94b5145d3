package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// A figure is one line of the table.
type figure struct {
	Section string
	Name    string
	Value   float64
	Unit    string // "ns", "µs", "ms", "MiB", "" for a bare number
	Ratio   float64
	Of      string   // what the ratio compares with; "" for none
	Limit   *float64 // nil for a figure that is only shown
	OnRatio bool     // the limit is on the ratio, not on the value
	AtLeast bool
}

// A report collects figures as they are measured.
type report struct {
	section string
	slack   float64
	machine float64 // how much slower than the anchors' machine this run is; at least 1, 0 where it was not measured
	figures []figure
}

func (r *report) begin(section string) { r.section = section }

func (r *report) add(f figure) *figure {
	f.Section = r.section
	r.figures = append(r.figures, f)
	return &r.figures[len(r.figures)-1]
}

// value adds a measured time in a unit that suits its limit.
func (r *report) value(name string, nanoseconds float64, unit string) *figure {
	divisor := map[string]float64{"ns": 1, "µs": 1e3, "ms": 1e6}[unit]
	return r.add(figure{Name: name, Value: nanoseconds / divisor, Unit: unit})
}

// times states the ratio to something else; a limit is then on the ratio.
func (f *figure) times(ratio float64, of string) *figure {
	f.OnRatio = true
	return f.note(ratio, of)
}

// note states a ratio that has no limit.
func (f *figure) note(ratio float64, of string) *figure {
	f.Ratio, f.Of = ratio, of
	return f
}

func (f *figure) atMost(limit float64) { f.Limit = &limit }

func (f *figure) atLeast(limit float64) { f.Limit, f.AtLeast = &limit, true }

// loosened is how much a figure's limit is widened: by the slack, and if it is a time rather than a ratio, by what the
// machine of this run is slower than the one on which the limit was set.
func (r *report) loosened(f figure) float64 {
	if r.machine > 1 && !f.OnRatio && (f.Unit == "µs" || f.Unit == "ms" || f.Unit == "rows/s") {
		return r.slack * r.machine
	}
	return r.slack
}

// holds says whether the figure keeps its limit, loosened by a slack.
func (f figure) holds(slack float64) bool {
	if f.Limit == nil {
		return true
	}
	x := f.Value
	if f.OnRatio {
		x = f.Ratio
	}
	if f.AtLeast {
		return x >= *f.Limit/slack
	}
	return x <= *f.Limit*slack
}

// print writes the table and answers how many limits were missed.
func (r *report) print(w io.Writer) int {
	missed := 0
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	section := ""
	for _, f := range r.figures {
		if f.Section != section {
			section = f.Section
			fmt.Fprintf(table, "\n%s\n", section)
		}
		verdict := ""
		switch {
		case f.Limit == nil:
		case f.holds(r.loosened(f)):
			verdict = "ok"
		default:
			verdict = "MISS"
			missed++
		}
		fmt.Fprintf(table, "  %s\t%s\t%s\t%s\t%s\n", f.Name, f.valueText(), f.ratioText(), f.limitText(r.loosened(f)), verdict)
	}
	table.Flush()
	return missed
}

func (f figure) valueText() string { return strings.TrimSpace(number(f.Value) + " " + f.Unit) }

func (f figure) ratioText() string {
	if f.Of == "" {
		return ""
	}
	return number(f.Ratio) + " × " + f.Of
}

func (f figure) limitText(slack float64) string {
	if f.Limit == nil {
		return ""
	}
	unit := f.Unit
	if f.OnRatio {
		unit = "×"
	}
	if f.AtLeast {
		return strings.TrimSpace("≥ " + number(*f.Limit/slack) + " " + unit)
	}
	return strings.TrimSpace("≤ " + number(*f.Limit*slack) + " " + unit)
}

// number writes three digits that matter.
func number(x float64) string {
	switch {
	case x == 0:
		return "0"
	case x < 10:
		return fmt.Sprintf("%.2f", x)
	case x < 100:
		return fmt.Sprintf("%.1f", x)
	default:
		return fmt.Sprintf("%.0f", x)
	}
}
