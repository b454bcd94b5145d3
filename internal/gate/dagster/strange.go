package dagster

import (
	"maps"
	"slices"
	"strings"
)

// strange lists the arguments of a call that the rule neither judges nor knows to be harmless: those of a newer Dagster.
func (r Rule) strange(arguments map[string]any) []string {
	var found []string
	r.walk("", arguments, &found)
	return found
}

func (r Rule) walk(path string, value any, found *[]string) {
	if value == nil || path != "" && r.covers(path) {
		return
	}
	switch v := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			r.walk(strings.TrimPrefix(path+"."+key, "."), v[key], found)
		}
	case []any:
		for _, element := range v {
			r.walk(path+"[]", element, found)
		}
	default:
		if !slices.Contains(*found, path) {
			*found = append(*found, path)
		}
	}
}

// covers tells whether a path is one that the rule judges or ignores. What lies beneath an ignored path is ignored; what a job's
// selector has besides what is judged is named here.
func (r Rule) covers(path string) bool {
	for _, s := range r.Sources {
		if path == s.Path || path == s.When {
			return true
		}
		if s.Kind == job {
			for _, known := range jobPaths() {
				if path == s.Path+"."+known {
					return true
				}
			}
		}
	}
	return slices.Contains(r.Ignored, path)
}

// jobPaths lists what JobOrPipelineSelector has (dagster-graphql 1.12 and 1.13).
func jobPaths() []string {
	return []string{"pipelineName", "jobName", "repositoryName", "repositoryLocationName", "solidSelection",
		"assetSelection[].path", "assetCheckSelection[].assetKey.path", "assetCheckSelection[].name"}
}
