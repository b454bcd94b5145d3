package rolemodel

import (
	"regexp"
	"strings"

	"bailiwick/access"
	"bailiwick/internal/suggest"
	"bailiwick/internal/yamltext"
)

// Limits of a model. The shipped ones stay far below; compiled models count on them.
const (
	maxPermissions = 512
	maxKinds       = 64
	maxRoles       = 256
	maxCategories  = 12
	maxLevels      = 5 // grantable scopes over any one resource, itself included
)

var (
	wordGrammar       = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	permissionGrammar = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$`)
	editionGrammar    = regexp.MustCompile(`^[a-z][a-z0-9_.-]*$`)
)

// A reader turns one text into a model and collects what is wrong with it.
type reader struct {
	yamltext.Problems
	file  string
	lines []string // of the text, to find the places of a table's cells
	model *access.Model

	kinds       map[string]int // name → index in model.Kinds
	roles       map[string]int
	permissions map[string]int
	spots       map[string]spot        // "kind x", "role x", "permission x", "operation x y" → where it was declared
	cells       map[[2]string]struct{} // permission, role: cells already said
}

// A spot is where something was declared: for problems that show only when all is read.
type spot struct {
	at   yamltext.Place
	path string
}

// Load reads and checks a role model. The file name is for messages only. The error is a *yamltext.Error with one
// problem a line, each with its place.
func Load(file string, text []byte) (*access.Model, error) {
	r := &reader{
		file: file, lines: strings.Split(string(text), "\n"), model: &access.Model{},
		kinds: map[string]int{}, roles: map[string]int{}, permissions: map[string]int{},
		spots: map[string]spot{}, cells: map[[2]string]struct{}{},
	}
	root := yamltext.Parse(file, text, &r.Problems)
	if err := r.Err(); err != nil {
		return nil, err
	}
	for _, stage := range r.stages(root) {
		stage()
		if err := r.Err(); err != nil { // later stages would only repeat what is wrong in this one
			return nil, err
		}
	}
	return r.model, nil
}

// stages returns the steps of reading, each of which needs what the ones before it found.
func (r *reader) stages(root yamltext.Value) []func() {
	var kinds, roles, matrix, rules, governance yamltext.Value
	keep := func(into *yamltext.Value) func(yamltext.Value) {
		return func(v yamltext.Value) { *into = v }
	}
	return []func(){
		func() {
			r.fields(root, map[string]func(yamltext.Value){
				"edition": r.readEdition,
				"product": func(v yamltext.Value) { r.model.Product = r.title(v) },
				"kinds":   keep(&kinds), "roles": keep(&roles), "matrix": keep(&matrix), "rules": keep(&rules),
				"governance": keep(&governance),
			}, "edition", "product", "kinds", "roles", "matrix")
		},
		func() { r.readKinds(kinds) },
		func() { r.checkKinds() },
		func() { r.readRoles(roles) },
		func() { r.readMatrix(matrix) },
		func() { r.readRules(rules) },
		func() { r.readGovernance(governance) },
		func() { r.checkLevels(); r.checkReach(); r.checkLadder(); r.checkClosed() },
	}
}

func (r *reader) readEdition(v yamltext.Value) {
	r.model.Edition = v.Text(&r.Problems)
	if v.IsText() && !editionGrammar.MatchString(r.model.Edition) {
		r.Add(v, "\""+r.model.Edition+"\" is no name of an edition", "write small letters, digits and hyphens, as in records or dagster-cloud-2023")
	}
}

// fields reads a mapping of which some keys must be there.
func (r *reader) fields(v yamltext.Value, read map[string]func(yamltext.Value), required ...string) {
	if !v.Given() {
		r.Add(v, "expected a mapping, found nothing", "write it as key: value")
		return
	}
	seen := map[string]bool{}
	noting := make(map[string]func(yamltext.Value), len(read))
	for key, f := range read {
		noting[key] = func(v yamltext.Value) {
			seen[key] = true
			f(v)
		}
	}
	v.Fields(&r.Problems, noting)
	for _, key := range required {
		if !seen[key] && v.IsMapping() {
			r.Add(v, "the key \""+key+"\" is missing", "")
		}
	}
}

// title reads a text for people, which is one line and not empty.
func (r *reader) title(v yamltext.Value) string {
	text := v.Text(&r.Problems)
	if v.IsText() && (strings.TrimSpace(text) == "" || strings.Contains(text, "\n")) {
		r.Add(v, "the text is empty or has several lines", "write one line for people to read")
	}
	return text
}

// word reports whether a name follows the grammar of kinds, roles, settings and values, and says so if it does not.
func (r *reader) word(name string, at yamltext.Place, path string) bool {
	if wordGrammar.MatchString(name) {
		return true
	}
	r.AddAt(at, path, "\""+name+"\" is no name", "write a single word of small letters, digits and _, as in code_location")
	return false
}

// declare notes where a thing stands, and refuses a second one of the same name.
func (r *reader) declare(what, name string, at yamltext.Place, path string) bool {
	key := what + " " + name
	if first, twice := r.spots[key]; twice {
		r.AddAt(at, path, "the "+key+" stands twice (first at "+first.at.String()+")", "keep one of them")
		return false
	}
	r.spots[key] = spot{at: at, path: path}
	return true
}

// known reads a name that must be one of those declared.
func (r *reader) known(v yamltext.Value, what string, declared map[string]int) string {
	name := v.Text(&r.Problems)
	if _, ok := declared[name]; !ok && v.IsText() {
		r.Add(v, "unknown "+what+" \""+name+"\"", suggest.OneOf(name, keys(declared)))
	}
	return name
}

// knownList reads a list of declared names that is not empty and names nothing twice.
func (r *reader) knownList(v yamltext.Value, what string, declared map[string]int) []string {
	var names []string
	seen := map[string]bool{}
	for _, item := range v.List(&r.Problems) {
		name := r.known(item, what, declared)
		if seen[name] {
			r.Add(item, "the "+what+" \""+name+"\" stands twice in the list", "keep one of them")
		}
		seen[name] = true
		names = append(names, name)
	}
	if len(names) == 0 && (v.IsList() || !v.Given()) {
		r.Add(v, "the list names no "+what, "name at least one")
	}
	return names
}

func keys(m map[string]int) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	return names
}
