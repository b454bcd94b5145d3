package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"
)

const (
	connections = 16
	inBatch     = 100
	turn        = 250 * time.Millisecond // how long one side is asked before it is the other's turn
)

// measureServer compares the product, as a process on SQLite with W, with a trivial server that reads and writes the same
// JSON. Both are asked the same requests over loopback, turn by turn.
func measureServer(b *bench) error {
	var token string
	return served(func(folder string) (err error) {
		token, err = b.prepare(folder)
		return err
	}, func(ours *process) error { return b.besideTrivial(ours, token) })
}

func (b *bench) besideTrivial(ours *process, token string) (err error) {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	floor, err := start(func(address string) *exec.Cmd { return exec.Command(self, "-trivial", address) })
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, floor.stop()) }()
	return b.compareServers(ours, floor, token)
}

// prepare imports W and says how long that took.
func (b *bench) prepare(folder string) (token string, err error) {
	text, err := b.w.accessFile()
	if err != nil {
		return "", err
	}
	p, err := openProduct(folder)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	if err := p.create(); err != nil {
		return "", err
	}
	began := time.Now()
	if err := p.apply(text); err != nil {
		return "", err
	}
	if name := "W by apply into an empty organization"; b.find(name) == nil { // two groups need W
		b.value(name, float64(time.Since(began)), "ms").atMost(5000)
	}
	return p.asker()
}

func (b *bench) compareServers(ours, floor *process, token string) error {
	single, batches, err := b.requests(token)
	if err != nil {
		return err
	}
	if err := b.checkServer(ours, single, batches); err != nil {
		return err
	}
	rounds := max(1, b.rounds/2)
	many, err := alternate(rounds, []*process{ours, floor}, single, connections)
	if err != nil {
		return err
	}
	one, err := alternate(rounds, []*process{ours, floor}, single, 1)
	if err != nil {
		return err
	}
	batch, err := alternate(rounds, []*process{ours, floor}, batches, connections)
	if err != nil {
		return err
	}
	b.rate("AuthZEN evaluations, 16 connections", many, 1).atLeast(0.6)
	b.value("AuthZEN evaluation, one connection, p50", one[0].p50.median(), "µs").times(one[0].p50.over(one[1].p50), "a trivial handler").atMost(1.5)
	b.rate("AuthZEN evaluations in batches of 100, 16 connections", batch, inBatch).atLeast(0.7)
	b.add(figure{Name: "resident memory of the server with W, after all this", Value: ours.resident(), Unit: "MiB"}).atMost(128)
	return nil
}

// rate adds a rate of the product and its ratio to the trivial server's.
func (b *bench) rate(name string, sides []load, each float64) *figure {
	return b.add(figure{Name: name, Value: sides[0].rate.median() * each, Unit: "/s"}).times(sides[0].rate.over(sides[1].rate), "a trivial handler")
}

// requests are the beginning of the stream, one by one and in batches.
func (b *bench) requests(token string) (single, batches [][]byte, err error) {
	part := b.stream.first(20 * inBatch)
	var batch []trivialRequest
	for _, q := range part.names {
		e := evaluation(q)
		r, err := request(evaluationPath, token, e)
		if err != nil {
			return nil, nil, err
		}
		single = append(single, r)
		if batch = append(batch, e); len(batch) == inBatch {
			r, err := request(evaluationsPath, token, trivialRequest{Evaluations: batch})
			if err != nil {
				return nil, nil, err
			}
			batches, batch = append(batches, r), nil
		}
	}
	return single, batches, nil
}

// checkServer holds every answer against the reference's before anything is measured.
func (b *bench) checkServer(p *process, single, batches [][]byte) error {
	c, err := dial(p.address)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	for i, r := range single {
		body, err := c.ask(r)
		if err != nil {
			return err
		}
		if err := b.agree(i, map[string]bool{"the server": bytes.HasPrefix(body, []byte(`{"decision":true`))}); err != nil {
			return err
		}
	}
	for n, r := range batches {
		body, err := c.ask(r)
		if err != nil {
			return err
		}
		var answer trivialAnswer
		if err := json.Unmarshal(body, &answer); err != nil || len(answer.Evaluations) != inBatch {
			return fmt.Errorf("a batch has %d answers: %w", len(answer.Evaluations), err)
		}
		for i, a := range answer.Evaluations {
			if err := b.agree(n*inBatch+i, map[string]bool{"the server's batch": a.Decision != nil && *a.Decision}); err != nil {
				return err
			}
		}
	}
	return nil
}
