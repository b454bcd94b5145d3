package graphql

import (
	"encoding/json"
	"strings"

	"bailiwick/internal/api/graphql/model"
	"bailiwick/internal/fault"
)

// A badLocation is a malformed document: all that is wrong with it.
type badLocation struct{ errors []string }

// Error says it as one text.
func (b *badLocation) Error() string { return strings.Join(b.errors, "; ") }

// Unwrap is the same as an error of ours.
func (b *badLocation) Unwrap() error { return fault.New(fault.Invalid, "%s", b.Error()).In("location") }

// codeSources are what can run a code location: exactly one of them does.
func codeSources() []string {
	return []string{"python_file", "package_name", "module_name", "autoload_defs_module_name"}
}

// readLocation reads one location document. Keys that we do not know are kept: they are the agent's business.
func readLocation(value any, place string) (string, map[string]any, *badLocation) {
	bad := &badLocation{}
	wrong := func(text string) { bad.errors = append(bad.errors, place+text) }
	document, is := value.(map[string]any)
	if !is {
		wrong("a location is an object with location_name and code_source")
		return "", nil, bad
	}
	name, _ := document["location_name"].(string)
	if strings.TrimSpace(name) == "" {
		wrong("location_name is missing")
	}
	source, is := document["code_source"].(map[string]any)
	if document["code_source"] != nil && !is {
		wrong("code_source is an object")
	}
	var named []string
	for _, one := range codeSources() {
		if text, is := source[one].(string); is && text != "" {
			named = append(named, one)
		} else if source[one] != nil && !is {
			wrong("code_source." + one + " is a text")
		}
	}
	switch {
	case len(named) == 0:
		wrong("code_source names nothing to run; write one of " + strings.Join(codeSources(), ", "))
	case len(named) > 1:
		wrong("code_source names " + strings.Join(named, " and ") + "; write one of them")
	}
	for _, key := range []string{"image", "working_directory", "executable_path", "attribute", "agent_queue"} {
		if _, is := document[key].(string); !is && document[key] != nil {
			wrong(key + " is a text")
		}
	}
	for _, key := range []string{"git", "container_context"} {
		if _, is := document[key].(map[string]any); !is && document[key] != nil {
			wrong(key + " is an object")
		}
	}
	if len(bad.errors) > 0 {
		return "", nil, bad
	}
	return name, document, nil
}

// selected is the document that a location's selector stands for.
func selected(l model.LocationSelector) map[string]any {
	put := func(into map[string]any, key string, value *string) {
		if said(value) != "" {
			into[key] = *value
		}
	}
	source, git, document := map[string]any{}, map[string]any{}, map[string]any{"location_name": l.Name}
	put(source, "python_file", l.PythonFile)
	put(source, "package_name", l.PackageName)
	put(source, "module_name", l.ModuleName)
	put(source, "autoload_defs_module_name", l.AutoloadDefsModuleName)
	put(git, "commit_hash", l.CommitHash)
	put(git, "url", l.URL)
	put(document, "image", l.Image)
	put(document, "working_directory", l.WorkingDirectory)
	put(document, "executable_path", l.ExecutablePath)
	put(document, "attribute", l.Attribute)
	put(document, "agent_queue", l.AgentQueue)
	document["code_source"] = source
	if len(git) > 0 {
		document["git"] = git
	}
	return document
}

// listed reads a document of many locations.
func listed(value any) ([]any, error) {
	document, _ := value.(map[string]any)
	list, is := document["locations"].([]any)
	if !is {
		return nil, &badLocation{errors: []string{"the document has no list locations"}}
	}
	return list, nil
}

// packed is what runs a location as Dagster itself packs it (dagster-cloud-cli 1.13.29, seen 2026-11): clients
// unpack it with that and want exactly one source of code. Of a location that nobody has said anything of, the module of its
// name stands for it.
func packed(l *location) string {
	found := map[string]any{"__class__": "CodeDeploymentMetadata", "cloud_context_env": map[string]any{}}
	for _, key := range []string{"image", "working_directory", "executable_path", "attribute", "agent_queue", "container_context"} {
		if value := l.document[key]; value != nil {
			found[key] = value
		}
	}
	source, _ := l.document["code_source"].(map[string]any)
	for _, key := range codeSources() {
		if text, is := source[key].(string); is && text != "" {
			found[key] = text
		}
	}
	if len(source) == 0 {
		found["module_name"] = l.name
	}
	if git, is := l.document["git"].(map[string]any); is && len(git) > 0 {
		found["git_metadata"] = map[string]any{"__class__": "GitMetadata", "commit_hash": git["commit_hash"], "url": git["url"]}
	}
	text, err := json.Marshal(found)
	if err != nil { // it was JSON before
		return "{}"
	}
	return string(text)
}

// documentOf is a location's document as it can be sent back.
func documentOf(l *location) map[string]any {
	if l.document == nil {
		return map[string]any{"location_name": l.name, "code_source": map[string]any{"module_name": l.name}} // as packed has it
	}
	return l.document
}
