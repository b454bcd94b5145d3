package history

import (
	"encoding/json"
	"strconv"
	"strings"

	"bailiwick/event"
	"bailiwick/internal/journal"
)

func number(n int) string { return strconv.Itoa(n) }

// ofRecord makes the row of a record of the journal.
func (n *names) ofRecord(r *journal.Record) (Row, error) {
	e, err := event.Decode(event.Encoded(r.Entry))
	if err != nil {
		return Row{}, err
	}
	n.index.mu.RLock()
	a := n.index.aboutOf(e)
	dagster := n.index.dagster(r.Type, a)
	n.index.mu.RUnlock()
	row := Row{ID: strconv.FormatInt(r.Revision, 10), Time: r.At, Revision: r.Revision, Epoch: r.Epoch, Change: r.Change, Request: r.Request,
		Actor: n.holder(r.Actor), ActorID: r.Actor, Action: r.Type, Event: dagster, Targets: []string{}, TargetIDs: a.targets, Result: resultDone, Via: r.Via, Count: 1}
	if row.TargetIDs == nil {
		row.TargetIDs = []string{}
	}
	for _, target := range a.targets {
		row.Targets = append(row.Targets, n.holder(target))
		if isPath(target) && row.Platform == "" {
			row.Platform, _, _ = strings.Cut(target, "/")
			row.Deployment = deployment(target)
		}
	}
	n.index.mu.RLock()
	if concerns := n.index.concerns[a.owner]; row.Platform == "" && len(concerns) == 1 {
		row.Platform = concerns[0]
	}
	n.index.mu.RUnlock()
	row.Details = tidyLine(n.sentence(r.Actor, e, a))
	row.Facts, err = n.facts(r, a)
	return row, err
}

// facts writes what an event says, with names in place of ids, and the personal part where it is still there. Hashes of
// credentials stay out: they are of use to nobody who reads, and to somebody who guesses.
func (n *names) facts(r *journal.Record, a *about) (json.RawMessage, error) {
	said, err := Facts(r.Entry)
	if err != nil {
		return nil, err
	}
	if len(r.Personal) > 0 {
		var personal map[string]any
		if err := json.Unmarshal(r.Personal, &personal); err != nil {
			return nil, err
		}
		said["personal"] = personal
	}
	if a.kind != "" {
		said["kind"] = a.kind
	}
	return json.Marshal(n.readable(said))
}

// Facts reads the facts of an entry, opaque ids as they are, without hashes of credentials.
func Facts(e journal.Entry) (map[string]any, error) {
	var said map[string]any
	if err := json.Unmarshal(e.Facts, &said); err != nil {
		return nil, err
	}
	switch e.Type {
	case "token.issued", "link.opened", "setup.opened":
		delete(said, "hash")
	case "edition.stored":
		delete(said, "text") // a document; its hash says which
	}
	return said, nil
}

func (n *names) readable(value any) any {
	switch v := value.(type) {
	case string:
		return n.text(v)
	case []any:
		for i := range v {
			v[i] = n.readable(v[i])
		}
	case map[string]any:
		for key := range v {
			v[key] = n.readable(v[key])
		}
	}
	return value
}

// ofActivity makes the row of an activity.
func (n *names) ofActivity(a *journal.ActivityRow) Row {
	row := Row{ID: "a" + strconv.FormatInt(a.Key.Batch, 10) + "." + strconv.FormatInt(a.Key.Part, 10), Time: a.At, Request: a.Request,
		Actor: n.holder(a.Subject), ActorID: a.Subject, Action: a.Operation, Targets: []string{}, TargetIDs: []string{}, Result: a.Result,
		Reason: n.spoken(a.Reason), Via: a.Via, Count: a.Count, Event: activityEvent(&a.Activity), DecidedOn: a.Revision, TookMicros: a.Took.Microseconds()}
	if a.Resource != "" {
		target := a.Resource
		if id := ids.FindString(target); id == target && id != "" {
			target = map[string]string{"usr": "user:", "svc": "service_user:", "team": "team:"}[id[:strings.IndexByte(id, '_')]] + id
		}
		row.TargetIDs = append(row.TargetIDs, n.spokenID(target))
		row.Targets = append(row.Targets, n.spoken(n.holder(target)))
		if slug, _, _ := strings.Cut(target, "/"); n.state.Platform(slug) != nil {
			row.Platform, row.Deployment = slug, deployment(target)
		}
	}
	row.Details = tidyLine(n.happened(&row))
	return row
}

// spokenID keeps an address out of what is to be opaque.
func (n *names) spokenID(target string) string {
	return addresses.ReplaceAllStringFunc(target, func(address string) string {
		if u := n.state.UserByEmail(strings.ToLower(address)); u != nil {
			return "user:" + u.ID
		}
		return "[somebody who is gone]"
	})
}

// happened is an activity in one sentence.
func (n *names) happened(row *Row) string {
	what := row.Action
	if len(row.Targets) > 0 {
		what += " on " + row.Targets[0]
	}
	times := ""
	if row.Count > 1 {
		times = ", " + strconv.FormatInt(row.Count, 10) + " times"
	}
	if text := n.atUpstream(row, times); text != "" {
		return text
	}
	who := n.say(row.ActorID)
	if row.Action == "sign_in" && row.Result != "refused" {
		return who + " signed in (" + row.Reason + ")" + times
	}
	did, do := words(row.Action)
	on := strings.TrimPrefix(what, row.Action) + times
	text := who + " " + did + on
	switch {
	case row.Result == "refused" && strings.ToLower(row.Action) != row.Action: // somebody else's name for it
		text = who + " was refused " + what + times
	case row.Result == "refused":
		text = who + " was refused to " + do + on
	}
	if row.Reason != "" {
		text += ": " + row.Reason
	}
	return text
}

// words say an operation, "audit.read", as a sentence does: "read the audit log", after somebody's name and after "to". What an
// operation does is its last word.
func words(operation string) (did, do string) {
	thing, verb := "", operation
	if i := strings.LastIndexByte(operation, '.'); i >= 0 {
		thing, verb = operation[:i], operation[i+1:]
	}
	switch thing {
	case "":
	case "audit":
		thing = " the audit log"
	default:
		thing = " " + strings.NewReplacer(".", " ", "_", " ").Replace(thing)
	}
	do = strings.ReplaceAll(verb, "_", " ")
	switch {
	case do == "read", do == "put", do == "set":
		did = do
	case do == "sign in":
		did = "signed in"
	case strings.HasSuffix(do, "e"):
		did = do + "d"
	default:
		did = do + "ed"
	}
	return did + thing, do + thing
}

// tidyLine keeps a sentence on one line, whatever somebody wrote into a name (attack 107).
func tidyLine(text string) string { return strings.Map(printable, strings.ToValidUTF8(text, "\uFFFD")) }
