// Command genreference writes the reference page of every shipped edition into a folder.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"bailiwick/internal/reference"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: genreference FOLDER")
		os.Exit(2)
	}
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "genreference:", err)
		os.Exit(1)
	}
}

func write(folder string) error {
	pages, err := reference.Pages()
	if err != nil {
		return err
	}
	for name, text := range pages {
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o644); err != nil {
			return fmt.Errorf("writing a reference page: %w", err)
		}
	}
	return nil
}
