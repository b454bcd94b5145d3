package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime/pprof"
	"slices"
	"strings"
)

type options struct {
	users, queries, rounds int
	slack                  float64
	only                   string
	peers, million, asJSON bool
	profile                string
	trivial, bare, to      string
}

func main() {
	var o options
	flag.IntVar(&o.users, "users", 10_000, "size of the workload; everything else is in proportion")
	flag.IntVar(&o.queries, "queries", 100_000, "random questions in the stream")
	flag.IntVar(&o.rounds, "rounds", 15, "rounds of every comparison")
	flag.Float64Var(&o.slack, "slack", 1, "multiply every limit by this")
	flag.StringVar(&o.only, "only", "", "measure these alone, separated by commas: "+strings.Join(groupNames(), ", "))
	flag.BoolVar(&o.peers, "peers", false, "measure the other engines as well")
	flag.BoolVar(&o.million, "million", false, "measure a million users as well, in a process of their own")
	flag.BoolVar(&o.asJSON, "json", false, "print the figures as JSON and judge nothing")
	flag.StringVar(&o.profile, "cpuprofile", "", "write a CPU profile of the measurements to this file")
	flag.StringVar(&o.trivial, "trivial", "", "be the trivial server on this address, and nothing else")
	flag.StringVar(&o.bare, "bare", "", "be a bare reverse proxy on this address, and nothing else")
	flag.StringVar(&o.to, "to", "", "where the bare reverse proxy leads")
	flag.Parse()
	if o.trivial != "" || o.bare != "" {
		serve, to := serveTrivial, o.trivial
		if o.bare != "" {
			serve, to = func(address string) error { return serveBare(address, o.to) }, o.bare
		}
		if err := serve(to); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	missed, err := o.run()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	if missed > 0 {
		fmt.Fprintf(os.Stderr, "bench: %d missed\n", missed)
		os.Exit(1)
	}
}

// run measures what the options ask for, prints it and answers how many limits were missed.
func (o options) run() (missed int, err error) {
	report := &report{slack: o.slack}
	b, err := newBench(o, report)
	if err != nil {
		return 0, err
	}
	stop, err := startProfile(o.profile)
	if err != nil {
		return 0, err
	}
	for _, g := range o.groups() {
		if err := g.measure(b); err != nil {
			return 0, fmt.Errorf("%s: %w", g.name, err)
		}
	}
	if err := stop(); err != nil {
		return 0, err
	}
	if o.million {
		if err := measureMillion(o, report); err != nil {
			return 0, fmt.Errorf("a million users: %w", err)
		}
	}
	if o.asJSON {
		return 0, json.NewEncoder(os.Stdout).Encode(report.figures)
	}
	return report.print(os.Stdout), nil
}

// A group is measured or left out as a whole.
type group struct {
	name    string
	peer    bool
	measure func(*bench) error
}

func allGroups() []group {
	return []group{
		{name: "decide", measure: measureDecide},
		{name: "cores", measure: measureCores},
		{name: "explain", measure: measureExplain},
		{name: "search", measure: measureSearch},
		{name: "build", measure: measureBuild},
		{name: "change", measure: measureChange},
		{name: "server", measure: measureServer},
		{name: "durable", measure: measureDurable},
		{name: "signin", measure: measureSignIn},
		{name: "api", measure: measureAPI},
		{name: "console", measure: measureConsole},
		{name: "start", measure: measureStart},
		{name: "gate", measure: measureGate},
		{name: "casbin", peer: true, measure: measureCasbin},
		{name: "cedar", peer: true, measure: measureCedar},
	}
}

func groupNames() []string {
	var names []string
	for _, g := range allGroups() {
		names = append(names, g.name)
	}
	return names
}

// groups are those asked for: by name, or all of our own and the peers where they are wanted.
func (o options) groups() []group {
	wanted := strings.Split(o.only, ",")
	return slices.DeleteFunc(allGroups(), func(g group) bool {
		if o.only != "" {
			return !slices.Contains(wanted, g.name)
		}
		return g.peer && !o.peers
	})
}

func startProfile(path string) (stop func() error, err error) {
	if path == "" {
		return func() error { return nil }, nil
	}
	file, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return func() error {
		pprof.StopCPUProfile()
		return file.Close()
	}, nil
}
