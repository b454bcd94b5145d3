package main

import (
	"errors"
	"slices"
	"sync"
	"time"
)

// A load is what one side answered, round by round.
type load struct {
	rate series // requests a second
	p50  series // nanoseconds that the middle request took
}

// alternate asks several servers the same requests, turn by turn: what disturbs the machine disturbs all of them.
func alternate(rounds int, servers []*process, requests [][]byte, connections int) ([]load, error) {
	loads := make([]load, len(servers))
	for round := -1; round < rounds; round++ { // the first is to warm up
		for i, s := range servers {
			rate, p50, err := burst(s.address, requests, connections)
			if err != nil {
				return nil, err
			}
			if round >= 0 {
				loads[i].rate, loads[i].p50 = append(loads[i].rate, rate), append(loads[i].p50, p50)
			}
		}
	}
	return loads, nil
}

// burst keeps connections busy for one turn.
func burst(address string, requests [][]byte, n int) (rate, p50 float64, err error) {
	open := make([]*connection, n)
	for i := range open {
		if open[i], err = dial(address); err != nil {
			return 0, 0, err
		}
		defer func() { _ = open[i].Close() }()
	}
	took, errs := make([][]time.Duration, n), make([]error, n)
	began := time.Now()
	until := began.Add(turn)
	var all sync.WaitGroup
	for i, c := range open {
		all.Go(func() { took[i], errs[i] = c.keepAsking(requests, i*len(requests)/n, until, 0) })
	}
	all.Wait()
	elapsed := time.Since(began)
	each := slices.Concat(took...)
	if err := errors.Join(errs...); err != nil {
		return 0, 0, err
	}
	slices.Sort(each)
	return float64(len(each)) / elapsed.Seconds(), float64(each[len(each)/2]), nil
}

// keepAsking sends one request after the other, beginning at a place in the list: until a time, and so many at least.
func (c *connection) keepAsking(requests [][]byte, from int, until time.Time, least int) ([]time.Duration, error) {
	var took []time.Duration
	for last := time.Now(); last.Before(until) || len(took) < least; from++ {
		if _, err := c.ask(requests[from%len(requests)]); err != nil {
			return nil, err
		}
		now := time.Now()
		took, last = append(took, now.Sub(last)), now
	}
	return took, nil
}
