package rolemodel

import (
	"fmt"
	"slices"

	"bailiwick/access"
	"bailiwick/internal/suggest"
	"bailiwick/internal/yamltext"
)

// readKinds reads the mapping of kinds; kinds may name each other in any order.
func (r *reader) readKinds(v yamltext.Value) {
	for _, e := range v.Entries(&r.Problems) {
		k := access.Kind{Name: e.Key}
		if r.word(e.Key, e.KeyAt, e.Value.Path) && r.declare("kind", e.Key, e.KeyAt, e.Value.Path) {
			r.kinds[e.Key] = len(r.model.Kinds)
		}
		text := func(into *string) func(yamltext.Value) {
			return func(v yamltext.Value) { *into = v.Text(&r.Problems) }
		}
		list := func(into *[]string) func(yamltext.Value) {
			return func(v yamltext.Value) { *into = v.Texts(&r.Problems) }
		}
		r.fields(e.Value, map[string]func(yamltext.Value){
			"title":  func(v yamltext.Value) { k.Title = r.title(v) },
			"plural": text(&k.Plural), "prefix": text(&k.Prefix), "star_of": text(&k.StarOf),
			"level": text(&k.Level),
			"under": list(&k.Under), "categories": list(&k.Categories),
		}, "title")
		r.model.Kinds = append(r.model.Kinds, k)
		if len(k.Categories) > maxCategories {
			r.Add(e.Value, fmt.Sprintf("there are more than %d categories", maxCategories), "unite some of them")
		}
		if len(r.model.Kinds) == maxKinds+1 {
			r.AddAt(e.KeyAt, e.Value.Path, fmt.Sprintf("the model has more than %d kinds", maxKinds), "unite some of them")
		}
	}
	if len(r.model.Kinds) == 0 {
		r.Add(v, "the model has no kinds", "the first kind is the platform's root, as in organization: {title: Organization}")
	}
}

// checkKinds checks the tree of kinds, when all of them are known.
func (r *reader) checkKinds() {
	kinds := r.model.Kinds
	for i := range kinds {
		r.checkKindNames(&kinds[i])
		switch {
		case i == 0:
			r.checkRoot(&kinds[i])
		case len(kinds[i].Under) == 0:
			r.wrongKind(kinds[i].Name, "only the first kind is a root", "say whose children they are, as in under: ["+kinds[0].Name+"]")
		case kinds[i].StarOf == "" && kinds[i].Plural == "":
			r.wrongKind(kinds[i].Name, "the key \"plural\" is missing", "it is the access file's key for these resources, as in "+kinds[i].Name+"s")
		}
	}
	if r.Any() {
		return
	}
	if loop := r.loop(); loop != "" {
		r.wrongKind(loop, "the kind is its own ancestor", "change \"under\" so that every kind leads to the root")
		return
	}
	for i := range kinds {
		r.checkLevel(&kinds[i])
		if kinds[i].StarOf != "" {
			r.checkStar(&kinds[i])
		}
	}
	r.checkSiblings()
	r.checkCategories()
}

func (r *reader) checkKindNames(k *access.Kind) {
	s := r.spots["kind "+k.Name]
	for _, name := range append([]string{k.Plural, k.Prefix}, k.Categories...) {
		if name != "" {
			r.word(name, s.at, s.path)
		}
	}
	for i, name := range k.Categories {
		if name == "" || slices.Contains(k.Categories[:i], name) || name == "all" {
			r.wrongKind(k.Name, fmt.Sprintf("category %q is empty, twice or reserved", name), "\"all\" is every category, now and later; name the others once")
		}
	}
	for i, parent := range k.Under {
		if _, ok := r.kinds[parent]; !ok {
			r.wrongKind(k.Name, fmt.Sprintf("unknown kind %q in \"under\"", parent), suggest.OneOf(parent, keys(r.kinds)))
		} else if r.kind(parent).StarOf != "" {
			r.wrongKind(k.Name, fmt.Sprintf("%q in \"under\" is a \"*\" scope, which has no children", parent), "")
		}
		if slices.Contains(k.Under[:i], parent) {
			r.wrongKind(k.Name, fmt.Sprintf("%q stands twice in \"under\"", parent), "keep one of them")
		}
	}
}

func (r *reader) checkRoot(k *access.Kind) {
	if len(k.Under) > 0 || k.Prefix != "" || k.StarOf != "" || k.Plural != "" {
		r.wrongKind(k.Name, "the first kind is the root", "it has no under, prefix, star_of or plural")
	}
}

// checkStar checks a kind of "*" scopes; it takes the prefix of the kind it stands for.
func (r *reader) checkStar(k *access.Kind) {
	at, ok := r.kinds[k.StarOf]
	switch {
	case !ok:
		r.wrongKind(k.Name, fmt.Sprintf("unknown kind %q in \"star_of\"", k.StarOf), suggest.OneOf(k.StarOf, keys(r.kinds)))
		return
	case at == 0 || r.model.Kinds[at].StarOf != "":
		r.wrongKind(k.Name, fmt.Sprintf("%q in \"star_of\" is the root or itself a \"*\" scope", k.StarOf), "name a kind of resources")
		return
	case k.Prefix != "" || k.Plural != "" || len(k.Categories) > 0:
		r.wrongKind(k.Name, "a \"*\" scope has no prefix, plural or categories of its own", "leave them out; its prefix is that of "+k.StarOf)
	case len(k.Under) != 1:
		r.wrongKind(k.Name, "a \"*\" scope stands under exactly one kind", "make one kind of \"*\" scopes for each")
	case !r.beneath(k.StarOf, k.Under[0]):
		r.wrongKind(k.Name, fmt.Sprintf("no %s is beneath %s", k.StarOf, k.Under[0]), "put the \"*\" scope under an ancestor of what it stands for")
	}
	k.Prefix = r.model.Kinds[at].Prefix
}

// checkLevel checks the other kind whose permissions are asked at this kind too.
func (r *reader) checkLevel(k *access.Kind) {
	if k.Level == "" {
		return
	}
	at, ok := r.kinds[k.Level]
	switch {
	case !ok:
		r.wrongKind(k.Name, fmt.Sprintf("unknown kind %q in \"level\"", k.Level), suggest.OneOf(k.Level, keys(r.kinds)))
	case k.StarOf != "" || r.model.Kinds[at].StarOf != "":
		r.wrongKind(k.Name, "\"*\" scopes have no level", "say it on the kind that they stand for")
	case k.Level == k.Name || r.model.Kinds[at].Level != "" || r.kinds[k.Name] == 0:
		r.wrongKind(k.Name, fmt.Sprintf("%q in \"level\" is no other kind's own level", k.Level), "name a kind that has no level itself; the root has none")
	}
}

// checkSiblings makes sure that a path and an access file can tell the children of a parent apart.
func (r *reader) checkSiblings() {
	type key struct{ parent, what, name string }
	seen := map[key]string{}
	claim := func(k *access.Kind, parent, what, name, right string) {
		other, taken := seen[key{parent, what, name}]
		if taken {
			r.wrongKind(k.Name, fmt.Sprintf("under %s it has the same %s (%q) as %s", parent, what, name, other), right)
		}
		seen[key{parent, what, name}] = k.Name
	}
	for i := range r.model.Kinds {
		k := &r.model.Kinds[i]
		for _, parent := range k.Under {
			if k.StarOf != "" {
				claim(k, parent, "\"*\" prefix", k.Prefix, "keep one of them")
				continue
			}
			claim(k, parent, "prefix", k.Prefix, "one kind of children has none; give the others a prefix of their own")
			claim(k, parent, "plural", k.Plural, "give it a plural of its own")
		}
	}
}

// checkCategories makes sure that a resource can be in one category only, its own or that of one ancestor.
func (r *reader) checkCategories() {
	first := ""
	for _, k := range r.model.Kinds {
		if len(k.Categories) == 0 {
			continue
		}
		if first != "" {
			r.wrongKind(k.Name, fmt.Sprintf("%s has categories already", first), "let only one kind have categories")
		}
		first = k.Name
	}
}

func (r *reader) wrongKind(name, wrong, right string) {
	s := r.spots["kind "+name]
	r.AddAt(s.at, s.path, wrong, right)
}
