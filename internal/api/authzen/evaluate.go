package authzen

import (
	"strconv"

	"bailiwick/access"
)

// Where the evaluation endpoints are.
const (
	evaluationPath  = "/access/v1/evaluation"
	evaluationsPath = "/access/v1/evaluations"
)

// maxReasons is how many questions of one request are explained: an explanation costs many decisions.
const maxReasons = 100

// What a single evaluation must say.
func needsAll() needs { return needs{subjectID: true, action: true, resourceID: true} }

// evaluation answers one question, whose parts are all there.
func (d *Door) evaluation(a *asking) error {
	a.decide(&a.question)
	return nil
}

// evaluations answers many questions in their order, or one where there is no list. A question that is wrong in itself
// is a no that says so. A semantic that ends early leaves out what comes after the answer that decides.
func (d *Door) evaluations(a *asking) error {
	if len(a.items) == 0 {
		return d.evaluation(a)
	}
	if err := a.checkDefaults(); err != nil {
		return err
	}
	a.out = append(a.out, `{"evaluations":[`...)
	for i := range a.items {
		if i > 0 {
			a.out = append(a.out, ',')
		}
		item := &a.items[i]
		item.inherit(&a.question)
		allowed := false
		if wrong := item.missing(a.endpoint.needs); wrong == "" {
			allowed = a.decide(item)
		} else {
			a.out = append(a.out, `{"decision":false,"context":{"error":{"status":400,"message":`...)
			a.out = append(appendString(a.out, wrong), `}}}`...)
		}
		if a.semantic == denyOnFirstDeny && !allowed || a.semantic == permitOnFirstPermit && allowed {
			break
		}
	}
	a.out = append(a.out, `]}`...)
	return nil
}

// checkDefaults refuses defaults of a wrong type: they are part of the request as a whole. What they leave out is for the
// items to say.
func (a *asking) checkDefaults() error {
	for _, part := range [...]struct{ name, wrong string }{
		{"subject", a.subject.wrong}, {"action", a.action.wrong}, {"resource", a.resource.wrong}, {"", a.context.wrong},
	} {
		if part.wrong != "" {
			return invalid("%s%s", part.name, part.wrong)
		}
	}
	reasons := 0
	for i := range a.items {
		c := &a.items[i].context
		if c.reason || !c.given && a.context.reason {
			reasons++
		}
	}
	if reasons > maxReasons {
		return invalid("the reason is asked for %d evaluations; at most %d are explained at once", reasons, maxReasons)
	}
	return nil
}

// decide answers a question whose parts are all there, and writes the answer.
func (a *asking) decide(q *question) bool {
	asked, code := a.names.question(q)
	allowed := false
	if code == access.Granted {
		asked.At = a.moment
		decision := a.names.state.Decide(asked)
		allowed, code = decision.Allowed, decision.Code
	}
	a.asked++
	if allowed {
		a.allowed++
	}
	a.out = strconv.AppendBool(append(a.out, `{"decision":`...), allowed)
	a.out = a.appendRevision(append(a.out, `,"context":{`...))
	if q.context.reason {
		a.out = a.appendReason(a.out, asked, code)
	}
	a.out = append(a.out, `}}`...)
	return allowed
}

// question finds what a question means. The code is Granted where all of it has a meaning.
func (n *names) question(q *question) (access.Question, access.Code) {
	who, found := n.subject(&q.subject)
	if !found {
		return access.Question{}, access.UnknownSubject
	}
	t, path, fits := n.resource(&q.resource)
	if !fits {
		return access.Question{}, access.UnknownResource
	}
	permission, named := t.permission(q.action.id)
	if !named {
		return access.Question{}, access.UnknownPermission
	}
	return access.Question{Subject: who, Permission: permission, Resource: path}, access.Granted
}

// appendRevision writes which state the answer is of.
func (a *asking) appendRevision(b []byte) []byte {
	b = strconv.AppendInt(append(b, `"revision":`...), a.names.state.Revision, 10)
	return strconv.AppendInt(append(b, `,"epoch":`...), a.names.state.Epoch, 10)
}
