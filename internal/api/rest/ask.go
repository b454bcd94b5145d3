package rest

import (
	"bailiwick/client"
)

// question reads a question of one decision, and finds the facts that it is asked of.
func (a *asking) question() (r client.QuestionRequest, facts reading, err error) {
	if r, err = body[client.QuestionRequest](a); err != nil {
		return r, facts, err
	}
	facts, err = a.read(r.Reading)
	return r, facts, err
}

func check(a *asking) (any, error) {
	r, facts, err := a.question()
	if err != nil {
		return nil, err
	}
	found, err := a.asker(facts).Check(r)
	return a.answered(facts, found, err)
}

func explain(a *asking) (any, error) {
	r, facts, err := a.question()
	if err != nil {
		return nil, err
	}
	found, err := a.asker(facts).Explain(r)
	return a.answered(facts, found, err)
}

func search(a *asking) (any, error) {
	r, err := body[client.SearchRequest](a)
	if err != nil {
		return nil, err
	}
	facts, err := a.read(r.Reading)
	if err != nil {
		return nil, err
	}
	if r.Who == "" {
		found, err := a.asker(facts).WhoCan(r.Permission, r.Resource)
		return a.answered(facts, found, err)
	}
	if r.Permission != "" {
		return nil, invalid("permission", "what somebody may do is asked without a permission").Rather("leave out who, or the permission")
	}
	found, err := a.asker(facts).WhatCan(r.Who, r.Resource)
	return a.answered(facts, found, err)
}
