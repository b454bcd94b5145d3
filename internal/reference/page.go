package reference

import (
	"fmt"
	"slices"
	"strings"

	"bailiwick/access"
	"bailiwick/rolemodel"
)

// Pages returns the reference page of every shipped edition by the name of its file.
func Pages() (map[string][]byte, error) {
	pages := map[string][]byte{}
	for _, name := range rolemodel.Editions() {
		m, err := rolemodel.Edition(name)
		if err != nil {
			return nil, fmt.Errorf("reading the edition of a reference page: %w", err)
		}
		pages[name+".md"] = Page(m)
	}
	return pages, nil
}

// Page returns the reference page of a model in Markdown.
func Page(m *access.Model) []byte {
	w := &writer{m: m}
	w.line("# %s: the role model `%s`", m.Product, m.Edition)
	w.line("")
	w.line("Written from the edition's table by `go generate ./internal/reference`; changes here are lost.")
	w.kinds()
	w.roles()
	w.permissions()
	w.rules()
	w.settings()
	w.licenses()
	w.customRoles()
	w.plans()
	w.governance()
	return []byte(w.String())
}

// A writer collects the lines of a page.
type writer struct {
	strings.Builder
	m *access.Model
}

func (w *writer) line(format string, args ...any) { _, _ = fmt.Fprintf(w, format+"\n", args...) }

func (w *writer) heading(level int, text string) {
	w.line("")
	w.line("%s %s", strings.Repeat("#", level), text)
	w.line("")
}

// row writes the cells of a table's row; a bar inside a cell would end it.
func (w *writer) row(cells ...string) {
	for i := range cells {
		cells[i] = strings.ReplaceAll(cells[i], "|", `\|`)
	}
	w.line("| %s |", strings.Join(cells, " | "))
}

func (w *writer) head(cells ...string) {
	w.row(cells...)
	w.line("|%s", strings.Repeat(" --- |", len(cells)))
}

func (w *writer) kinds() {
	w.heading(2, "Resources and scopes")
	w.head("kind", "title", "path", "categories")
	for _, k := range w.m.Kinds {
		title := k.Title
		if k.StarOf != "" {
			title += " (a scope: all present and future ones)"
		}
		w.row(code(k.Name), title, strings.Join(w.paths(k), "<br>"), codes(k.Categories))
	}
	for _, k := range w.m.Kinds {
		if k.Level != "" {
			w.line("")
			w.line("What is asked at %s is asked at %s as well.", code(k.Level), code(k.Name))
		}
	}
}

// paths writes the forms of a kind's paths, with names in capitals.
func (w *writer) paths(k access.Kind) []string {
	if len(k.Under) == 0 {
		return []string{"`PLATFORM`"}
	}
	segment := strings.ToUpper(k.Name)
	if k.StarOf != "" {
		segment = "*"
	}
	if k.Prefix != "" {
		segment = k.Prefix + ":" + segment
	}
	var forms []string
	for _, parent := range w.m.Kinds {
		if slices.Contains(k.Under, parent.Name) {
			for _, above := range w.paths(parent) {
				forms = append(forms, code(strings.Trim(above, "`")+"/"+segment))
			}
		}
	}
	return forms
}

func (w *writer) roles() {
	w.heading(2, "Roles")
	if w.m.Ranked {
		w.line("From the least to the most permissive among those granted at the same place.")
		w.line("")
	}
	w.head("role", "title", "granted at", "held by", "permissions")
	for _, r := range w.m.Roles {
		count := fmt.Sprint(len(r.Permissions))
		if len(r.Lifted) > 0 {
			count += fmt.Sprintf(", and %d in the categories of the grant", len(r.Lifted))
		}
		w.row(code(r.Name), r.Title, codes(r.At), holders(r.Holders), count)
	}
}

func holders(kinds []access.HolderKind) string {
	words := make([]string, len(kinds))
	for i, k := range kinds {
		words[i] = k.String()
	}
	return codes(words)
}

func code(word string) string { return "`" + word + "`" }

func codes(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = code(word)
	}
	return strings.Join(quoted, ", ")
}
