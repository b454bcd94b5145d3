package console

import (
	"net/http"
	"slices"
	"strings"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
)

// A createLink leads to the form that creates a resource of one kind, or says why the caller cannot.
type createLink struct{ Kind, Title, Address, Reason string }

// createLinks are the kinds of resources that can be created directly beneath a path.
func (a *asking) createLinks(p *state.Platform, path string) (list []createLink) {
	for _, k := range kindsUnder(p, path) {
		l := createLink{Kind: k.Name, Title: "Create " + strings.ToLower(k.Title), Address: with("/platforms/"+p.Slug+"/create", "under", path, "kind", k.Name)}
		if !a.allowedAt(p, access.OpResourceCreate, k.Name, path) {
			l.Reason = "You may not create " + strings.ToLower(pluralOf(k)) + " here. " + a.neededAt(p, access.OpResourceCreate, k.Name)
		}
		list = append(list, l)
	}
	return list
}

// createContent is the form that creates a resource.
type createContent struct {
	Slug, Under, Where, Kind, KindTitle, Back string
	Name, Reason                              string
	Categories                                []settingChoice
	Copies                                    []settingChoice // resources with whose roles it can begin
}

// A settingChoice is a value that can be chosen.
type settingChoice struct {
	Value, Title string
	Chosen       bool
}

// creating finds what is to be created, and where.
func (a *asking) creating(under, kind string) (*state.Platform, *access.Kind, error) {
	p, err := a.onPlatform()
	if err != nil {
		return nil, nil, err
	}
	if under != p.Slug {
		if p, _, err = a.theResource(under); err != nil {
			return nil, nil, err
		}
	}
	kinds := kindsUnder(p, under)
	i := slices.IndexFunc(kinds, func(k *access.Kind) bool { return k.Name == kind })
	if i < 0 {
		return nil, nil, fault.New(fault.NotFound, "nothing of that kind lies there").Rather("choose what is offered on the page of the resource above it")
	}
	return p, kinds[i], nil
}

// showCreate asks what is to be created.
func (a *asking) showCreate() error {
	p, kind, err := a.creating(a.query("under"), a.query("kind"))
	if err != nil {
		return err
	}
	return a.createForm(p, kind, a.query("under"), http.StatusOK, "")
}

// mostCopies bounds the resources that are offered to begin with.
const mostCopies = 200

func (a *asking) createForm(p *state.Platform, kind *access.Kind, under string, status int, problem string) error {
	c := createContent{Slug: p.Slug, Under: under, Where: nameOn(p, under), Kind: kind.Name, KindTitle: strings.ToLower(kind.Title), Name: a.r.PostForm.Get("name")}
	if c.Back = resourcePage(under, kind.Name); under == p.Slug {
		c.Back = "/platforms/" + p.Slug + "/tree"
	}
	for _, l := range a.createLinks(p, under) {
		if l.Kind == kind.Name {
			c.Reason = l.Reason
		}
	}
	for _, name := range kind.Categories {
		c.Categories = append(c.Categories, settingChoice{Value: name, Title: categoryTitle(name), Chosen: name == a.r.PostForm.Get("category")})
	}
	if slices.Contains(p.Model.Governance.CopyGrants, kind.Name) {
		for path := range a.now.Resources(p.Slug) {
			if p.Model.KindOf(path) == kind.Name && len(c.Copies) < mostCopies {
				c.Copies = append(c.Copies, settingChoice{Value: path, Title: nameOn(p, path), Chosen: path == a.r.PostForm.Get("copy")})
			}
		}
	}
	a.render(status, "/platforms", "create", page{Title: "Create " + c.KindTitle, Problem: problem, Content: c})
	return nil
}

// create makes a resource, after its review.
func (a *asking) create() error {
	form := a.r.PostForm
	p, kind, err := a.creating(form.Get("under"), form.Get("kind"))
	if err != nil {
		return err
	}
	name := strings.TrimSpace(form.Get("name"))
	if name == "" {
		return a.createForm(p, kind, form.Get("under"), http.StatusUnprocessableEntity, "Say what it is called.")
	}
	path := form.Get("under") + "/" + access.EncodeName(name)
	if kind.Prefix != "" {
		path = form.Get("under") + "/" + kind.Prefix + ":" + access.EncodeName(name)
	}
	then := resourcePage(form.Get("under"), kind.Name)
	if form.Get("under") == p.Slug {
		then = "/platforms/" + p.Slug + "/tree"
	}
	title := strings.ToLower(kind.Title)
	err = a.propose(proposal{Title: "Create the " + title + " " + name + "?", Save: "Create " + title, Part: "/platforms", Back: then, Then: then,
		Commands: []client.Command{client.ResourceCreate{Resource: path, Category: form.Get("category"), CopyFrom: form.Get("copy")}}})
	if !mendable(err) {
		return err
	}
	text, _ := a.problem(a.r, err)
	return a.createForm(p, kind, form.Get("under"), http.StatusUnprocessableEntity, text)
}

// removeResource deletes a resource with what lies beneath it, after its prompt.
func (a *asking) removeResource() error {
	p, r, err := a.theResource(a.r.PostForm.Get("path"))
	if err != nil {
		return err
	}
	kind := p.Model.Kind(p.Model.KindOf(r.Path))
	then := resourcePage(parentOf(r.Path), kind.Name)
	if parentOf(r.Path) == p.Slug {
		then = "/platforms/" + p.Slug + "/tree"
	}
	title := strings.ToLower(kind.Title)
	return a.propose(proposal{Title: "Delete the " + title + " " + nameOn(p, r.Path) + "?", Save: "Delete " + title, Danger: true, Part: "/platforms",
		Warning: "It goes with all that lies beneath it and every role that somebody has there. Nothing is deleted at the product itself.",
		Back:    resourcePage(r.Path, tabSettings), Then: then, Commands: []client.Command{client.ResourceDelete{Resource: r.Path}}})
}

// resourceSettings is the tab of a resource's settings.
type resourceSettings struct {
	Slug, Path, KindTitle, Name string
	Fields                      []resourceSetting
	Renames, SaveReason         string // why the name, or a setting, cannot be changed; "" where it can
	DeleteReason                string
}

// A resourceSetting is a setting of a resource, or its category.
type resourceSetting struct {
	Name, Title, Value, Reason string
	Choices                    []settingChoice
}

// categoryField is the field of a resource's category in the form of its settings.
const categoryField = "category"

// settingsAt are a resource's settings, as its edition has them.
func (a *asking) settingsAt(p *state.Platform, r *state.Resource) resourceSettings {
	kind := p.Model.Kind(p.Model.KindOf(r.Path))
	c := resourceSettings{Slug: p.Slug, Path: r.Path, KindTitle: strings.ToLower(kind.Title), Name: nameOn(p, r.Path)}
	reason := func(operation, of string) string {
		if a.allowedAt(p, operation, kind.Name, r.Path) {
			return ""
		}
		return "You may not " + of + ". " + a.neededAt(p, operation, kind.Name)
	}
	if len(kind.Categories) > 0 {
		f := resourceSetting{Name: categoryField, Title: kind.Title + " type", Value: r.Category, Reason: reason(access.OpResourceUpdate, "change the type")}
		for _, name := range kind.Categories {
			f.Choices = append(f.Choices, settingChoice{Value: name, Title: categoryTitle(name), Chosen: name == r.Category})
		}
		c.Fields = append(c.Fields, f)
	}
	for _, s := range p.Model.Settings {
		if s.At != kind.Name {
			continue
		}
		f := resourceSetting{Name: s.Name, Title: s.Name, Value: r.Settings[s.Name], Reason: reason(access.OpSetting+s.Name, "change this setting")}
		f.Choices = append(f.Choices, settingChoice{Title: "Default (" + valueTitle(p, s.Values[0]) + ")", Chosen: f.Value == ""})
		for _, value := range s.Values {
			f.Choices = append(f.Choices, settingChoice{Value: value, Title: valueTitle(p, value), Chosen: value == f.Value})
		}
		c.Fields = append(c.Fields, f)
	}
	c.SaveReason = "-"
	for i := range c.Fields {
		if c.Fields[i].Reason == "" {
			c.SaveReason = ""
		}
	}
	c.Renames, c.DeleteReason = reason(access.OpResourceRename, "rename it"), reason(access.OpResourceDelete, "delete it")
	return c
}

// valueTitle is what people call a setting's value: a role by its title.
func valueTitle(p *state.Platform, value string) string {
	if r := p.Model.Role(value); r != nil && r.Title != "" {
		return r.Title
	}
	text := inWords(value)
	return strings.ToUpper(text[:1]) + text[1:]
}

// saveResource changes a resource's settings, category or name, after the review.
func (a *asking) saveResource() error {
	form := a.r.PostForm
	p, r, err := a.theResource(form.Get("path"))
	if err != nil {
		return err
	}
	x := proposal{Title: "Change " + nameOn(p, r.Path) + "?", Save: "Save", Part: "/platforms", Back: resourcePage(r.Path, tabSettings), Then: resourcePage(r.Path, tabSettings)}
	if name := strings.TrimSpace(form.Get("name")); form.Has("name") && name != nameOn(p, r.Path) {
		to := parentOf(r.Path) + "/" + access.EncodeName(name)
		if k := p.Model.Kind(p.Model.KindOf(r.Path)); k.Prefix != "" {
			to = parentOf(r.Path) + "/" + k.Prefix + ":" + access.EncodeName(name)
		}
		x.Title, x.Then = "Rename "+nameOn(p, r.Path)+" to "+name+"?", resourcePage(to, tabSettings)
		x.Warning = "Everybody keeps their roles there. A gate or a program that names it goes on with the old name until it is told."
		x.Commands = []client.Command{client.ResourceRename{Resource: r.Path, To: to}}
	} else if c := updating(p, r, form.Get, form.Has); c != nil {
		x.Commands = []client.Command{*c}
	}
	if len(x.Commands) == 0 {
		return a.showResource(p, r, tabSettings, http.StatusUnprocessableEntity, "That is what it has already.")
	}
	err = a.propose(x)
	if !mendable(err) {
		return err
	}
	text, _ := a.problem(a.r, err)
	return a.showResource(p, r, tabSettings, http.StatusUnprocessableEntity, text)
}

// updating is the command that makes a resource's settings what a form says; nil where nothing differs.
func updating(p *state.Platform, r *state.Resource, get func(string) string, has func(string) bool) *client.ResourceUpdate {
	c := client.ResourceUpdate{Resource: r.Path, Settings: map[string]string{}}
	if value := get(categoryField); has(categoryField) && value != r.Category {
		c.Category = &value
	}
	for _, s := range p.Model.Settings {
		if s.At == p.Model.KindOf(r.Path) && has(s.Name) && get(s.Name) != r.Settings[s.Name] {
			c.Settings[s.Name] = get(s.Name)
		}
	}
	if c.Category == nil && len(c.Settings) == 0 {
		return nil
	}
	return &c
}
