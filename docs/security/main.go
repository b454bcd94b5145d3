package main

import (
	"errors"
	"fmt"
	"os"
)

func main() {
	if err := write("../.."); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// write writes both pages from the lists and the tests beneath a folder.
func write(root string) error {
	tests, err := testsOf(root)
	if err != nil {
		return err
	}
	var errs []error
	for name, make := range pages() {
		text, err := make(tests)
		if err == nil {
			err = os.WriteFile(name, text, 0o644) //nolint:gosec // a page for everybody to read
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// pages are what is written, by the names of the files.
func pages() map[string]func(tests []string) ([]byte, error) {
	return map[string]func([]string) ([]byte, error){"attacks.md": attacksPage, "dagster-traps.md": trapsPage}
}
