package authzen

import (
	"bytes"
	"strconv"
)

// maxItems is how many evaluations one request may hold.
const maxItems = 1000

// An entity is a subject, a resource or an action as the request says it. An action has a name in place of an id.
type entity struct {
	kind, id string
	given    bool
	hasKind  bool
	hasID    bool
	wrong    string // what has a wrong type: ".id must be a string", to be read after the entity's name
}

// A question is one evaluation as the request says it, or the defaults of many.
type question struct {
	subject, action, resource entity
	context                   hints
	wrong                     string // what is wrong with the item as a whole
}

// A hints is what we understand of a request's context; the rest of it belongs to others.
type hints struct {
	given  bool
	reason bool // say why
	wrong  string
	// An answer of at least this revision of this epoch is asked for; 0: any.
	revision, epoch int64
}

// A page is which part of a search's results is asked for.
type page struct {
	token    string
	limit    int64
	hasLimit bool
}

// A request is everything that a body can say at any endpoint, with the buffers for reading and answering it. It is reused.
type request struct {
	reader
	question
	items    []question
	semantic string
	page     page
	shape    string // the first thing that has a wrong type outside of entities
	body     bytes.Buffer
	out      []byte
}

// The evaluation semantics. An absent one is executeAll.
const (
	executeAll          = "execute_all"
	denyOnFirstDeny     = "deny_on_first_deny"
	permitOnFirstPermit = "permit_on_first_permit"
)

// kept is how large a buffer may be to be used again.
const kept = 64 << 10

// release forgets the request, so that nothing of it stays reachable, and keeps the buffers.
func (q *request) release() {
	clear(q.items)
	clear(q.keys[:cap(q.keys)])
	next := request{reader: reader{keys: q.keys[:0]}, items: q.items[:0], body: q.body, out: q.out[:0]}
	if cap(q.out) > kept || q.body.Cap() > kept || cap(q.keys) > fewKeys*maxDepth {
		next = request{}
	}
	*q = next
}

// read reads the text; many says whether this endpoint knows evaluations and options, paged whether it knows pages.
// It returns what is wrong with the request as a whole, or "".
func (q *request) read(many, paged bool) string {
	if q.space() != '{' {
		q.skip()
		q.misshapen("the body must be an object")
	} else {
		q.members(many, paged)
	}
	q.end()
	if q.reader.wrong != "" {
		return q.reader.wrong
	}
	return q.shape
}

func (q *request) members(many, paged bool) {
	for o := q.object(); o.next(); {
		switch {
		case o.key == "evaluations" && many:
			q.evaluations()
		case o.key == "options" && many:
			q.options()
		case o.key == "page" && paged:
			q.readPage()
		case !q.member(&q.reader, o.key):
			q.skip()
		}
	}
}

// member reads a member that single questions, defaults and items have in common.
func (q *question) member(r *reader, key string) bool {
	switch key {
	case "subject":
		q.subject.read(r, "type", "id")
	case "resource":
		q.resource.read(r, "type", "id")
	case "action":
		q.action.read(r, "", "name")
	case "context":
		q.context.read(r)
	default:
		return false
	}
	return true
}

func (q *request) misshapen(wrong string) {
	if q.shape == "" {
		q.shape = wrong
	}
}

func (q *request) evaluations() {
	if q.space() != '[' {
		q.skip()
		q.misshapen("evaluations must be an array")
		return
	}
	q.enter('[')
	for first := true; q.element(first); first = false {
		if len(q.items) == maxItems {
			q.fail("there are more than " + strconv.Itoa(maxItems) + " evaluations")
			return
		}
		q.items = append(q.items, question{})
		item := &q.items[len(q.items)-1]
		if q.space() != '{' {
			q.skip()
			item.wrong = "each of evaluations must be an object"
			continue
		}
		for o := q.object(); o.next(); {
			if !item.member(&q.reader, o.key) {
				q.skip()
			}
		}
	}
}

func (q *request) options() {
	if q.space() != '{' {
		q.skip()
		q.misshapen("options must be an object")
		return
	}
	for o := q.object(); o.next(); {
		switch {
		case o.key != "evaluations_semantic":
			q.skip()
		case q.space() != '"':
			q.skip()
			q.misshapen("options.evaluations_semantic must be a string")
		default:
			q.semantic = q.str()
			switch q.semantic {
			case executeAll, denyOnFirstDeny, permitOnFirstPermit:
			default:
				q.misshapen("options.evaluations_semantic must be execute_all, deny_on_first_deny or permit_on_first_permit")
			}
		}
	}
}

func (q *request) readPage() {
	if q.space() != '{' {
		q.skip()
		q.misshapen("page must be an object")
		return
	}
	for o := q.object(); o.next(); {
		c := q.space()
		switch {
		case o.key == "token" && c == '"':
			q.page.token = q.str()
		case o.key == "token":
			q.skip()
			q.misshapen("page.token must be a string")
		case o.key == "limit":
			var ok bool
			if q.page.limit, ok = q.integer(); !ok || q.page.limit < 0 {
				q.misshapen("page.limit must be an integer that is not negative")
			}
			q.page.hasLimit = true
		case o.key == "properties" && c != '{':
			q.skip()
			q.misshapen("page.properties must be an object")
		default:
			q.skip()
		}
	}
}

// read reads an entity. Its id stands under idKey; its type under kindKey, "" for entities without one.
func (e *entity) read(r *reader, kindKey, idKey string) {
	e.given = true
	if r.space() != '{' {
		r.skip()
		e.wrong = " must be an object"
		return
	}
	for o := r.object(); o.next(); {
		c := r.space()
		switch {
		case o.key == idKey && c == '"':
			e.id, e.hasID = r.str(), true
		case o.key == kindKey && kindKey != "" && c == '"':
			e.kind, e.hasKind = r.str(), true
		case o.key == idKey, o.key == kindKey && kindKey != "":
			r.skip()
			e.wrong = "." + o.key + " must be a string"
		case o.key == "properties" && c != '{':
			r.skip()
			e.wrong = ".properties must be an object"
		default:
			r.skip()
		}
	}
}

func (c *hints) read(r *reader) {
	c.given = true
	if r.space() != '{' {
		r.skip()
		c.wrong = "context must be an object"
		return
	}
	for o := r.object(); o.next(); {
		switch {
		case o.key == "reason" && r.space() == 't':
			r.skip()
			c.reason = r.wrong == ""
		case o.key == "at_least" && r.space() == '{':
			c.readAtLeast(r)
		default:
			r.skip()
		}
	}
}

func (c *hints) readAtLeast(r *reader) {
	for o := r.object(); o.next(); {
		var ok = true
		switch o.key {
		case "revision":
			c.revision, ok = r.integer()
		case "epoch":
			c.epoch, ok = r.integer()
		default:
			r.skip()
		}
		if !ok || c.revision < 0 || c.epoch < 0 {
			c.wrong = "context.at_least has revision and epoch, integers that are not negative"
		}
	}
}

// integer reads any value; false where it is no integer.
func (r *reader) integer() (int64, bool) {
	if c := r.space(); c != '-' && c-'0' > 9 {
		r.skip()
		return 0, false
	}
	n, err := strconv.ParseInt(r.number(), 10, 64)
	return n, err == nil
}

// Which parts of a question an endpoint asks for.
type needs struct{ subjectID, action, resourceID bool }

// missing says what is missing from a question or has a wrong type; "" nothing.
func (q *question) missing(n needs) string {
	wrong := q.wrong
	if wrong == "" {
		wrong = q.subject.missing("subject", "type", ".id", n.subjectID)
	}
	if wrong == "" && n.action {
		wrong = q.action.missing("action", "", ".name", true)
	}
	if wrong == "" {
		wrong = q.resource.missing("resource", "type", ".id", n.resourceID)
	}
	if wrong == "" {
		wrong = q.context.wrong
	}
	return wrong
}

func (e *entity) missing(name, kindKey, idKey string, needsID bool) string {
	switch {
	case !e.given:
		return name + " is missing"
	case e.wrong != "":
		return name + e.wrong
	case kindKey != "" && !e.hasKind:
		return name + "." + kindKey + " is missing"
	case needsID && !e.hasID:
		return name + idKey + " is missing"
	}
	return ""
}

// inherit fills what an item leaves out from the defaults: each part whole, never merged.
func (q *question) inherit(defaults *question) {
	if !q.subject.given {
		q.subject = defaults.subject
	}
	if !q.action.given {
		q.action = defaults.action
	}
	if !q.resource.given {
		q.resource = defaults.resource
	}
	if !q.context.given {
		q.context = defaults.context
	}
}
