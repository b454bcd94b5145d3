package cli

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/answer"
)

// wrong is a question that cannot be asked: exit code 2.
func wrong(what, right string) error {
	if right != "" {
		what += "; " + right
	}
	return errors.New(what)
}

// An asker answers questions: a file does, and a server does.
type asker interface {
	check(q questionArgs) (client.Check, error)
	explain(q questionArgs) (client.Explanation, error)
	whoCan(permission, resource string) (client.WhoCan, error)
	whatCan(who, resource string) (client.WhatCan, error)
	test() (client.Tests, error)
}

// asker returns whom a command asks: the file where one is named, else the server.
func (s *session) asker(file string, at client.When) (asker, error) {
	if file == "" {
		return s.remoteOr(at, "no access file and no server is named",
			"write -f FILE to ask a file; or --server URL to ask a server (BAILIWICK_SERVER names it as well, and bailiwick login keeps it)")
	}
	moment, err := s.moment(at)
	if err != nil {
		return nil, err
	}
	facts, err := s.load(file, moment)
	if err != nil {
		return nil, err
	}
	return &local{source: facts, at: moment}, nil
}

// A local asks a file about one moment.
type local struct {
	*source
	at time.Time
}

func (l *local) query(q questionArgs) (answer.Query, error) {
	sub, err := l.subject(q.Who)
	if err != nil {
		return answer.Query{}, err
	}
	return answer.Ask(l, sub, q.Permission, q.Resource, l.at)
}

func (l *local) check(q questionArgs) (client.Check, error) {
	query, err := l.query(q)
	if err != nil {
		return client.Check{}, err
	}
	return answer.Check(l, query), nil
}

func (l *local) explain(q questionArgs) (client.Explanation, error) {
	query, err := l.query(q)
	if err != nil {
		return client.Explanation{}, err
	}
	return answer.Explain(l, query), nil
}

func (l *local) whoCan(permission, resource string) (client.WhoCan, error) {
	return answer.WhoCan(l, permission, resource, l.at, nil)
}

func (l *local) whatCan(who, resource string) (client.WhatCan, error) {
	sub, err := l.subject(who)
	if err != nil {
		return client.WhatCan{}, err
	}
	return answer.WhatCan(l, sub, resource, l.at)
}

func (l *local) test() (client.Tests, error) {
	tests := client.Tests{Tests: []client.TestLine{}}
	for i, test := range l.Tests {
		line := answer.Test(l, test, l.Places.Tests[i].String(), l.at)
		if line.Passed {
			tests.Passed++
		} else {
			tests.Failed++
		}
		tests.Tests = append(tests.Tests, line)
	}
	return tests, nil
}

// subject reads WHO: user:ana@acme.test, ana@acme.test, service_user:ci or ci.
func (f *source) subject(text string) (access.Subject, error) {
	word, name, found := strings.Cut(text, ":")
	kind := access.ParseHolderKind(word)
	switch {
	case found && kind == access.Team:
		return access.Subject{}, wrong(fmt.Sprintf("%s is a team, which holds grants and never asks", text), f.members(name))
	case found && kind == access.User:
		return access.Subject{Kind: kind, ID: stored(name)}, nil
	case found && kind != access.NoHolder:
		return access.Subject{Kind: kind, ID: name}, nil
	}
	for _, sub := range []access.Subject{
		{Kind: access.User, ID: stored(text)}, {Kind: access.ServiceUser, ID: text}, {Kind: access.Agent, ID: text},
	} {
		if _, exists := f.snapshot.Subject(sub); exists {
			return sub, nil
		}
	}
	if f.team(text) != nil {
		return access.Subject{}, wrong(fmt.Sprintf("%s is a team, which holds grants and never asks", text), f.members(text))
	}
	return access.Subject{Kind: access.User, ID: stored(text)}, nil
}
