package server

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"bailiwick/internal/terminal"
)

// Level says how a check went.
type Level string

// The levels. Only a failure makes doctor's exit code 1.
const (
	OK   Level = "ok"
	Warn Level = "warn"
	Fail Level = "fail"
)

// A Check looks at one thing and says what it saw.
type Check struct {
	Name string
	Run  func(ctx context.Context) Result
}

// A Result is what a check saw, as a sentence, and what to do about it.
type Result struct {
	Check string `json:"check"`
	Level Level  `json:"level"`
	Says  string `json:"says"`
	Do    string `json:"do,omitempty"`
}

func fine(format string, args ...any) Result {
	return Result{Level: OK, Says: fmt.Sprintf(format, args...)}
}

func warn(do, format string, args ...any) Result {
	return Result{Level: Warn, Says: fmt.Sprintf(format, args...), Do: do}
}

func fail(do, format string, args ...any) Result {
	return Result{Level: Fail, Says: fmt.Sprintf(format, args...), Do: do}
}

// A Report is what doctor prints.
type Report struct {
	Checks   []Result `json:"checks"`
	Settings []Value  `json:"settings"`
}

// Examine runs the checks in their order.
func Examine(ctx context.Context, c *Config, checks []Check) Report {
	report := Report{Settings: c.Values()}
	for _, check := range checks {
		result := check.Run(ctx)
		result.Check = check.Name
		report.Checks = append(report.Checks, result)
	}
	return report
}

// Healthy tells whether no check has failed.
func (r Report) Healthy() bool {
	for _, c := range r.Checks {
		if c.Level == Fail {
			return false
		}
	}
	return true
}

// JSON writes the report for programs.
func (r Report) JSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}

// Table writes the report for people.
func (r Report) Table(w io.Writer, style terminal.Style, width int) error {
	paint := map[Level]func(string) string{OK: style.Good, Warn: style.Warn, Fail: style.Bad}
	checks := terminal.Table{Header: []string{"CHECK", "RESULT", ""}, Width: width}
	for _, c := range r.Checks {
		checks.Add(c.Check, paint[c.Level](string(c.Level)), c.Says)
		if c.Do != "" {
			checks.Add("", "", "→ "+c.Do)
		}
	}
	settings := terminal.Table{Header: []string{"SETTING", "VALUE", "FROM"}, Width: width}
	for _, v := range r.Settings {
		settings.Add(v.Name, v.Value, v.From)
	}
	_, err := io.WriteString(w, checks.Render(style)+"\n"+settings.Render(style))
	return err
}
