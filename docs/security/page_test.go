package main

import (
	"bytes"
	"os"
	"regexp"
	"strconv"
	"testing"
)

func TestThePageIsCurrent(t *testing.T) {
	want, err := page("../..")
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("attacks.md")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("attacks.md is not what the list and the tests say: run make docs")
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
	for _, list := range tests {
		for _, name := range list {
			there[name] = true
		}
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
