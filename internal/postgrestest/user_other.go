//go:build !unix

package postgrestest

import (
	"errors"
	"os/exec"
)

func asPostgres(*exec.Cmd, string) error {
	return errors.New("tests start PostgreSQL on unix only")
}
