package console

import (
	"embed"
	"html/template"
)

//go:embed icons
var iconFiles embed.FS

// icon draws one of the icons (Lucide 1.62.0, ISC) in the text's colour and size. It says nothing: the words beside it do.
func icon(name string) (template.HTML, error) {
	shape, err := iconFiles.ReadFile("icons/" + name + ".svg")
	if err != nil {
		return "", err
	}
	return template.HTML(`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">` + string(shape) + `</svg>`), nil //nolint:gosec // our own files
}
