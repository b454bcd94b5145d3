package accessfile

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"

	"bailiwick/access"
	"bailiwick/internal/yamltext"
	"bailiwick/rolemodel"
)

// slugForm is what a platform's slug looks like: it begins paths ("dagster/prod") and permissions
// ("dagster.runs.launch").
var slugForm = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,62}$`)

// platforms attaches the directory and then what the file lists.
func (r *reader) platforms(v yamltext.Value) {
	r.seats, r.broken = map[string]yamltext.Value{}, map[string]bool{}
	directory, err := rolemodel.Edition(directoryEdition)
	if err != nil {
		r.p.Add(v, err.Error(), "")
		return
	}
	r.attach(access.Platform{Slug: Directory, Model: directory})
	for _, e := range v.Entries(r.p) {
		r.platform(e)
	}
}

// attach takes a platform in before its tree is read, and its root as a resource that exists.
func (r *reader) attach(platform access.Platform) *access.Platform {
	org := &r.file.Organization
	org.Platforms = append(org.Platforms, platform)
	r.file.Places.Resources[platform.Slug] = r.file.Places.Platforms[platform.Slug]
	r.anyUserID = r.anyUserID || platform.Model.AnyUserID
	return &org.Platforms[len(org.Platforms)-1]
}

func (r *reader) platform(e yamltext.Entry) {
	slug := e.Key
	r.broken[slug] = true
	if slug == Directory {
		r.p.AddAt(e.KeyAt, e.Value.Path, fmt.Sprintf("%q is the directory, which is always there", Directory),
			"leave it out, or choose another name for this platform")
		return
	}
	if !slugForm.MatchString(slug) {
		r.p.AddAt(e.KeyAt, e.Value.Path, fmt.Sprintf("%q cannot name a platform", slug),
			"use small letters, digits, - and _, beginning with a letter")
		return
	}
	named := r.field(e, "model")
	if !named.Given() {
		r.p.AddAt(e.KeyAt, e.Value.Path, "the platform has no role model", "add model: with "+orList(editions()))
		return
	}
	model := r.model(named)
	if model == nil {
		r.anyUserID = true // it may have been the model that allows them
		return
	}
	delete(r.broken, slug)
	r.file.Places.Platforms[slug] = e.KeyAt
	platform := r.attach(access.Platform{Slug: slug, Model: model})
	r.attached(platform, e.Value)
}

// field finds one key of a mapping ahead of the others; problems with the mapping are reported when all is read.
func (r *reader) field(e yamltext.Entry, key string) yamltext.Value {
	if !e.Value.IsMapping() {
		return yamltext.Value{}
	}
	for _, f := range e.Value.Entries(&yamltext.Problems{}) {
		if f.Key == key {
			return f.Value
		}
	}
	return yamltext.Value{}
}

// model loads the edition that the file names, or the operator's own from a file beside it.
func (r *reader) model(v yamltext.Value) *access.Model {
	name := v.Text(r.p)
	if !isModelFile(name) {
		if !has(editions(), name) {
			r.p.Add(v, fmt.Sprintf("there is no edition %q", name), r.oneOf(name, editions()))
			return nil
		}
		model, err := rolemodel.Edition(name)
		if err != nil {
			r.p.Add(v, err.Error(), "")
			return nil
		}
		return model
	}
	if !filepath.IsLocal(name) {
		r.p.Add(v, fmt.Sprintf("the role model %q is not beneath the access file", name), "name a file beside it, as ./record.yaml")
		return nil
	}
	if r.open == nil {
		r.p.Add(v, "a role model of one's own cannot be read from here", "read the access file from its folder")
		return nil
	}
	text, err := r.open(name)
	if errors.Is(err, fs.ErrNotExist) {
		r.p.Add(v, fmt.Sprintf("there is no file %q beside the access file", name), "write the role model there, or name one of "+orList(editions()))
		return nil
	}
	if err != nil {
		r.p.Add(v, fmt.Sprintf("the role model %q cannot be read: %v", name, err), "")
		return nil
	}
	model, err := rolemodel.Load(name, text)
	if err != nil {
		r.modelProblems(v, name, err)
		return nil
	}
	return model
}

func isModelFile(name string) bool {
	return strings.ContainsAny(name, `/\`) || strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml")
}

// modelProblems reports what is wrong in an operator's own edition at its own places.
func (r *reader) modelProblems(v yamltext.Value, name string, err error) {
	var list *yamltext.Error
	if !errors.As(err, &list) {
		r.p.Add(v, fmt.Sprintf("the role model %q is wrong: %v", name, err), "")
		return
	}
	for _, problem := range list.Problems {
		r.p.AddAt(problem.Place, problem.Path, problem.Wrong, problem.Right)
	}
}

// attached reads the rest of a platform's keys: plan, seats, settings and its resources.
func (r *reader) attached(platform *access.Platform, v yamltext.Value) {
	t := &tree{reader: r, platform: platform, model: platform.Model}
	root := access.Resource{Path: platform.Slug}
	own := Attachment{}
	fields, later := t.fields(&root, &platform.Model.Kinds[0])
	fields["model"] = func(v yamltext.Value) { own.Model = v.Text(r.p) }
	fields["plan"] = func(v yamltext.Value) { platform.Plan = r.plan(platform.Model, v) }
	fields["seats"] = func(v yamltext.Value) {
		own.Seats = v.Int(r.p, 1)
		r.seats[platform.Slug] = v
	}
	fields["authzen"] = func(v yamltext.Value) { own.AuthZEN = r.authzen(v) }
	v.Fields(r.p, fields)
	later()
	platform.Settings = root.Settings
	r.file.Platforms[platform.Slug] = own
}

func (r *reader) plan(model *access.Model, v yamltext.Value) string {
	name := v.Text(r.p)
	plans := make([]string, len(model.Plans))
	for i, plan := range model.Plans {
		plans[i] = plan.Name
	}
	if !has(plans, name) {
		right := r.oneOf(name, plans)
		if len(plans) == 0 {
			right = model.Edition + " has no plans; leave the key out"
		}
		r.p.Add(v, fmt.Sprintf("there is no plan %q", name), right)
	}
	return name
}

func (r *reader) authzen(v yamltext.Value) bool {
	if word := v.Text(r.p); word != "default" {
		r.p.Add(v, fmt.Sprintf("authzen can only be \"default\", not %q", word), "write authzen: default, or leave the key out")
		return false
	}
	for _, other := range r.file.Slugs() {
		if r.file.Platforms[other].AuthZEN {
			r.p.Add(v, "two platforms cannot both be the default for AuthZEN", "keep it on one; "+other+" has it already")
		}
	}
	return true
}

// editions lists what a file can attach by name.
func editions() []string {
	var names []string
	for _, name := range rolemodel.Editions() {
		if name != directoryEdition {
			names = append(names, name)
		}
	}
	return names
}

func orList(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}
