package terminal_test

import (
	"strings"
	"testing"

	"bailiwick/internal/terminal"
)

func TestWidthCountsColumnsNotBytes(t *testing.T) {
	for text, want := range map[string]int{
		"":                       0,
		"prod":                   4,
		"Zoë":                    3,
		"Zoe\u0308":              3, // a combining diaeresis
		"データ":                    6,
		"\x1b[1;32mallow\x1b[0m": 5,
		"→ └─":                   4,
	} {
		if got := terminal.Width(text); got != want {
			t.Errorf("Width(%q) = %d, want %d", text, got, want)
		}
	}
}

func TestWrapBreaksAtSpacesAndKeepsLongWords(t *testing.T) {
	got := terminal.Wrap("one two three dagster/prod/branch:feature-1 four", 9)
	want := []string{"one two", "three", "dagster/prod/branch:feature-1", "four"}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("Wrap = %q, want %q", got, want)
	}
	if got := terminal.Wrap("one two three", 0); len(got) != 1 {
		t.Errorf("Wrap with width 0 breaks: %q", got)
	}
}

func TestTableAlignsWideLettersAndWrapsTheLastColumn(t *testing.T) {
	table := terminal.Table{Header: []string{"WHO", "WHY"}, Width: 36}
	table.Add("データ", "editor on dagster/prod through team:data")
	table.Add("ana", "viewer")
	want := strings.Join([]string{
		"WHO     WHY",
		"データ  editor on dagster/prod",
		"        through team:data",
		"ana     viewer",
		"",
	}, "\n")
	if got := table.Render(terminal.NewStyle(false)); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestTableStacksTheLastColumnOnANarrowPage(t *testing.T) {
	table := terminal.Table{Indent: "  ", Width: 40}
	table.Add("analyst", "dbt/finance for development, staging", "dbt/finance/prod is production")
	want := strings.Join([]string{
		"  analyst  dbt/finance for development, staging",
		"      dbt/finance/prod is production",
		"",
	}, "\n")
	if got := table.Render(terminal.NewStyle(false)); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestStyleWithoutColourIsPlain(t *testing.T) {
	if got := terminal.NewStyle(false).Bad("deny"); got != "deny" {
		t.Errorf("Bad = %q", got)
	}
	if got := terminal.NewStyle(true).Bad("deny"); got != "\x1b[1;31mdeny\x1b[0m" {
		t.Errorf("Bad = %q", got)
	}
}
