package history

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"bailiwick/event"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
)

// An Entry is one line of the journal, with what it replaced.
type Entry struct {
	Row
	Before  *Row // the line before it that said the same facts of the same thing; nil: there is none that the reader may see
	Differs []Difference
}

// A Difference is one fact before and after a line. What both have of a list is counted alone.
type Difference struct {
	Fact          string // "permissions", "settings branch_scope"
	Before, After []string
	Same          int
}

// A replacing says which facts an event of some type replaces, and where they stood before.
type replacing struct {
	earlier []string // types of events that said them
	same    []string // facts by which both are about the same thing
	facts   []string // those that are replaced; nil: all others
}

// replacings are the types of events that replace facts, which most do as a whole.
func replacings() map[string]replacing {
	return map[string]replacing{
		"user.changed":          {[]string{"user.added", "user.changed"}, []string{"user"}, []string{"personal"}},
		"service_user.changed":  {[]string{"service_user.created", "service_user.changed"}, []string{"service_user"}, []string{"name", "description"}},
		"team.renamed":          {[]string{"team.created", "team.renamed"}, []string{"team"}, []string{"name"}},
		"license.set":           {[]string{"license.set"}, []string{"user", "platform"}, []string{"license"}},
		"role.put":              {[]string{"role.put"}, []string{"platform", "id"}, []string{"based_on", "permissions", "description", "icon"}},
		"platform.changed":      {[]string{"platform.attached", "platform.changed"}, []string{"slug"}, []string{"edition", "plan", "seats", "authzen", "settings"}},
		"resource.changed":      {[]string{"resource.created", "resource.changed"}, []string{"path"}, []string{"category", "settings"}},
		"resource.document_set": {[]string{"resource.document_set"}, []string{"path", "name"}, []string{"document"}},
		"setting.changed":       {[]string{"setting.changed"}, []string{"name"}, []string{"value"}},
		"provider.put":          {[]string{"provider.put"}, []string{"provider"}, nil},
		"webhook.put":           {[]string{"webhook.put"}, []string{"webhook"}, nil},
		"tests.set":             {[]string{"tests.set"}, nil, nil},
		"token.described":       {[]string{"token.issued", "token.described"}, []string{"token"}, []string{"description"}},
		"token.shortened":       {[]string{"token.issued", "token.shortened"}, []string{"token"}, []string{"expires"}},
		"grant.added":           {nil, nil, []string{"role", "environments", "from", "until"}},
		"grant.removed":         {nil, nil, []string{"role", "environments", "from", "until"}},
		"team.joined":           {nil, nil, []string{"members"}},
		"team.left":             {nil, nil, []string{"members"}},
	}
}

// Compares tells whether lines of a type say something that can be held against what was before.
func Compares(action string) bool {
	_, known := replacings()[action]
	return known
}

// mostBefore is how many lines are looked at for the one before.
const mostBefore = 500

// Entry returns one line of the journal by its revision, for a reader of some platforms' rows (nil: of everything). What was before
// is what the journal itself said then. It waits for the index.
func (t *Trail) Entry(ctx context.Context, st *state.State, within []string, revision int64) (Entry, error) {
	w, err := t.walk(ctx, st, &Query{Journal: true, Within: within, Limit: 1}, 0)
	if err != nil {
		return Entry{}, err
	}
	w.below = min(w.below, revision+1)
	row, err := w.next()
	switch {
	case err != nil:
		return Entry{}, err
	case row == nil || row.Revision != revision:
		return Entry{}, fault.New(fault.NotFound, "there is no line %d in the audit log that you may see", revision).Rather("choose one of the list")
	}
	e, how := Entry{Row: *row}, replacings()[row.Action]
	if len(how.earlier) > 0 {
		if e.Before, err = t.before(ctx, st, within, row, how); err != nil {
			return Entry{}, err
		}
	}
	if !Compares(row.Action) {
		return e, nil
	}
	was, is := map[string][]string{}, factsOf(row, how)
	if e.Before != nil {
		was = factsOf(e.Before, how)
	}
	if row.Action == "grant.removed" || row.Action == "team.left" {
		was, is = is, was
	}
	e.Differs = differences(was, is)
	return e, nil
}

// before finds the line that said what a line replaces.
func (t *Trail) before(ctx context.Context, st *state.State, within []string, row *Row, how replacing) (*Row, error) {
	q := Query{Journal: true, Within: within, Actions: how.earlier, Limit: 20}
	if n := len(row.TargetIDs); n > 0 && row.Action != "role.put" { // a role may have had another name
		q.Targets = row.TargetIDs[:1]
	}
	w, err := t.walk(ctx, st, &q, 0)
	if err != nil {
		return nil, err
	}
	w.below = min(w.below, row.Revision)
	about := factsOf(row, replacing{facts: how.same})
	for range mostBefore {
		other, err := w.next()
		if err != nil || other == nil {
			return nil, err
		}
		if maps.EqualFunc(about, factsOf(other, replacing{facts: how.same}), slices.Equal) {
			return other, nil
		}
	}
	return nil, nil //nolint:nilnil // none is known
}

// factsOf are the facts of a row that are replaced, as texts.
func factsOf(row *Row, how replacing) map[string][]string {
	var said map[string]any
	decoder := json.NewDecoder(strings.NewReader(string(row.Facts)))
	decoder.UseNumber()
	if decoder.Decode(&said) != nil {
		return nil
	}
	list := map[string][]string{}
	for name, value := range said {
		if how.facts != nil && slices.Contains(how.facts, name) || how.facts == nil && !slices.Contains(how.same, name) {
			spread(list, name, value)
		}
	}
	return list
}

// spread writes a fact as texts: of a map each of its parts for itself.
func spread(list map[string][]string, name string, value any) {
	switch v := value.(type) {
	case map[string]any:
		for part, inner := range v {
			spread(list, name+" "+part, inner)
		}
	case []any:
		for _, one := range v {
			list[name] = append(list[name], text(name, one))
		}
	case nil:
	default:
		list[name] = []string{text(name, v)}
	}
}

func text(name string, value any) string {
	switch v := value.(type) {
	case string:
		return v
	case bool:
		return map[bool]string{true: "yes", false: "no"}[v]
	case json.Number:
		if micros, err := strconv.ParseInt(v.String(), 10, 64); err == nil && slices.Contains([]string{"at", "from", "until", "expires"}, name) {
			return event.Time(micros).Format(time.RFC3339)
		}
		return v.String()
	case map[string]any:
		if name == "tests" {
			return testInWords(v)
		}
	}
	written, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(written)
}

// testInWords says a policy test: "user:ana@acme.test cannot dagster.runs.launch on dagster/prod".
func testInWords(test map[string]any) string {
	can := "cannot"
	if test["can"] == true {
		can = "can"
	}
	said := fmt.Sprintf("%v %s %v on %v", test["who"], can, test["permission"], test["on"])
	if at, dated := test["at"]; dated {
		said += " at " + text("at", at)
	}
	return said
}

// differences are the facts that are not the same before and after, by name.
func differences(was, is map[string][]string) (list []Difference) {
	names := slices.Collect(maps.Keys(was))
	for name := range is {
		if _, known := was[name]; !known {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		if slices.Equal(was[name], is[name]) {
			continue
		}
		d := Difference{Fact: name}
		d.Before, d.Same = without(was[name], is[name])
		d.After, _ = without(is[name], was[name])
		if len(d.Before)+len(d.After) > 0 { // else it is the order alone
			list = append(list, d)
		}
	}
	return list
}

// without are the texts of a list that another one lacks, and how many both have.
func without(list, other []string) (own []string, both int) {
	for _, one := range list {
		if slices.Contains(other, one) {
			both++
		} else {
			own = append(own, one)
		}
	}
	return own, both
}
