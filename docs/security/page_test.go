package main

import (
	"bytes"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func TestThePagesAreCurrent(t *testing.T) {
	tests, err := testsOf("../..")
	if err != nil {
		t.Fatal(err)
	}
	for name, make := range pages() {
		want, err := make(tests)
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what the list and the tests say: run make docs", name)
		}
	}
}

func TestEveryTrapIsThereOnceAndInOrder(t *testing.T) {
	next := 1
	for _, g := range trapGroups() {
		for _, trap := range g.traps {
			if trap.number != next || trap.what == "" {
				t.Errorf("trap %d stands where %d belongs, or does not say what it is", trap.number, next)
			}
			next++
		}
	}
	if next != 41 {
		t.Errorf("the list ends at %d", next-1)
	}
}

func TestATrapNamesTestsThatExist(t *testing.T) {
	all := []string{"a TestTrap01This", "b TestThat"}
	for _, c := range []struct {
		trap  trap
		cell  string
		wrong string
	}{
		{trap{number: 1, why: "not shown"}, "`a TestTrap01This`", ""},
		{trap{number: 1, also: []string{"b TestThat"}, rest: "but"}, "`a TestTrap01This`<br>`b TestThat`<br>but", ""},
		{trap{number: 2, why: "because"}, "because", ""},
		{trap{number: 2}, "", "neither"},
		{trap{number: 1, also: []string{"b TestOther"}}, "", "does not exist"},
	} {
		cell, err := c.trap.cell(numbered(all, held)[c.trap.number], all)
		if cell != c.cell || (err == nil) != (c.wrong == "") || err != nil && !strings.Contains(err.Error(), c.wrong) {
			t.Errorf("%+v: %q %v", c.trap, cell, err)
		}
	}
}

func TestEveryNumberIsThereOnceAndInOrder(t *testing.T) {
	next := 1
	for _, g := range groups() {
		for _, a := range g.attacks {
			if a.number != next || a.what == "" || a.part == "" {
				t.Errorf("attack %d stands where %d belongs, or does not say what it is or which part it needs", a.number, next)
			}
			next++
		}
	}
	if next != count+1 {
		t.Errorf("the list ends at %d, and there are %d", next-1, count)
	}
}

func TestEveryTestOnThePageExists(t *testing.T) {
	text, err := os.ReadFile("attacks.md")
	if err != nil {
		t.Fatal(err)
	}
	tests, err := testsOf("../..")
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for _, name := range tests {
		there[name] = true
	}
	rows := regexp.MustCompile(`(?m)^\| (\d+) \| .*$`).FindAllSubmatch(text, -1)
	if len(rows) != count {
		t.Fatalf("the page has %d rows, and there are %d attacks", len(rows), count)
	}
	for i, row := range rows {
		if number, _ := strconv.Atoi(string(row[1])); number != i+1 {
			t.Errorf("row %d is of attack %d", i+1, number)
		}
		named := regexp.MustCompile("`([^`]+ TestAttack[^`]+)`").FindAllSubmatch(row[0], -1)
		for _, name := range named {
			if !there[string(name[1])] {
				t.Errorf("attack %d names %s, which does not exist", i+1, name[1])
			}
		}
		if len(named) == 0 && !bytes.Contains(row[0], []byte("not yet: ")) {
			t.Errorf("attack %d has neither a test nor a reason", i+1)
		}
	}
}
