package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// A process is a server that runs beside this one.
type process struct {
	address string
	command *exec.Cmd
	started time.Duration // from its start to its first answer
	said    bytes.Buffer
}

// buildProgram compiles the program as a user does, into a folder.
func buildProgram(folder string) (string, error) {
	program := filepath.Join(folder, "bailiwick")
	build := exec.Command("go", "build", "-o", program, "./cmd/bailiwick")
	build.Dir = ".." // bench has no need of all that the program depends on
	if said, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building ../cmd/bailiwick (run this in bench/): %w\n%s", err, said)
	}
	return program, nil
}

// start runs a program with the address that it is to listen on, and waits until it is ready.
func start(command func(address string) *exec.Cmd) (*process, error) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &process{address: free.Addr().String()}
	if err := free.Close(); err != nil {
		return nil, err
	}
	p.command = command(p.address)
	p.command.Stdout, p.command.Stderr = &p.said, &p.said
	began := time.Now()
	if err := p.command.Start(); err != nil {
		return nil, err
	}
	for {
		answer, err := http.Get("http://" + p.address + "/readyz")
		if err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				p.started = time.Since(began)
				http.DefaultClient.CloseIdleConnections()
				return p, nil
			}
		}
		if time.Since(began) > time.Minute {
			return nil, errors.Join(fmt.Errorf("no answer from %s:\n%s", p.command.Path, &p.said), p.stop())
		}
		time.Sleep(time.Millisecond)
	}
}

// serve starts the product on a data folder.
func serve(program, folder string) (*process, error) {
	return start(func(address string) *exec.Cmd {
		return exec.Command(program, "serve", "--data", folder, "--listen", address)
	})
}

// served prepares a new data folder, measures the program that serves it, and leaves nothing behind.
func served(prepare func(folder string) error, measure func(ours *process) error) (err error) {
	folder, err := newFolder()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(filepath.Dir(folder))) }()
	if err := prepare(folder); err != nil {
		return err
	}
	program, err := buildProgram(filepath.Dir(folder))
	if err != nil {
		return err
	}
	ours, err := serve(program, folder)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ours.stop()) }()
	return measure(ours)
}

func (p *process) stop() error {
	if err := p.command.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	if err := p.command.Wait(); err != nil {
		return fmt.Errorf("%s: %w\n%s", p.command.Path, err, &p.said)
	}
	return nil
}

// resident is what the process has in memory now, in MiB; 0 where the system does not say.
func (p *process) resident() float64 {
	status, err := os.ReadFile("/proc/" + strconv.Itoa(p.command.Process.Pid) + "/status")
	if err != nil {
		return 0
	}
	return statusField(status, "VmRSS:")
}
