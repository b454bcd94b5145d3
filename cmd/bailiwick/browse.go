package main

import (
	"os/exec"
	"runtime"
)

// browse opens an address in the user's browser.
func browse(address string) error {
	name, args := "xdg-open", []string{address}
	switch runtime.GOOS {
	case "darwin":
		name = "open"
	case "windows":
		name, args = "rundll32", []string{"url.dll,FileProtocolHandler", address}
	}
	command := exec.Command(name, args...) //nolint:gosec // the address is one that we wrote
	if err := command.Start(); err != nil {
		return err
	}
	go func() { _ = command.Wait() }() // so that nothing is left of it
	return nil
}
