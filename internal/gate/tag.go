package gate

import (
	"slices"
	"strings"

	"bailiwick/internal/gate/dagster"
)

// userTag is the key under which Dagster's pages show who launched a run or a backfill (USER_TAG in dagster's
// _core/storage/tags.py, read 2026-11 in 1.13.28); reportingTag is that of whoever reported an event.
const (
	userTag      = "user"
	reportingTag = "dagster/reporting_user"
)

// tagPaths says where a mutation takes the tags of what it makes.
func tagPaths(field string) [][]string {
	switch field {
	case "launchRun", "launchPipelineExecution":
		return [][]string{{"executionParams", "executionMetadata", "tags"}}
	case "launchMultipleRuns":
		return [][]string{{"executionParamsList", "executionMetadata", "tags"}}
	case "launchRunReexecution", "launchPipelineReexecution":
		return [][]string{{"executionParams", "executionMetadata", "tags"}, {"reexecutionParams", "extraTags"}}
	case "launchPartitionBackfill":
		return [][]string{{"backfillParams", "tags"}}
	case "reexecutePartitionBackfill":
		return [][]string{{"reexecutionParams", "extraTags"}}
	}
	return nil
}

// sign puts the caller's name on what operations make, and takes off what the client wrote there: a run says who launched it, and
// nobody else. Tags that a re-executed run inherits are below these in the upstream (create_reexecuted_run). A re-executed backfill
// takes no tags but its parent's (retry_partition_backfill, 1.13.27): there the activity alone tells who did it.
func sign(operations []dagster.Operation, name string) {
	for i := range operations {
		if operations[i].Kind != dagster.Mutation {
			continue
		}
		for _, path := range tagPaths(operations[i].Field) {
			signAt(operations[i].Arguments, path, name)
		}
	}
}

func signAt(object map[string]any, path []string, name string) {
	key, rest := path[0], path[1:]
	if len(rest) == 0 {
		tags, _ := object[key].([]any)
		tags = slices.DeleteFunc(slices.Clone(tags), isUserTag)
		if name != "" {
			tags = append(tags, map[string]any{"key": userTag, "value": name})
		}
		if tags != nil {
			object[key] = tags
		}
		return
	}
	switch inner := object[key].(type) {
	case map[string]any:
		signAt(inner, rest, name)
	case []any:
		for _, each := range inner {
			if one, ok := each.(map[string]any); ok {
				signAt(one, rest, name)
			}
		}
	case nil:
		// The argument itself may be missing: there are two forms of some. What is within one that is there is made.
		if len(rest) == 1 && key == "executionMetadata" {
			made := map[string]any{}
			signAt(made, rest, name)
			object[key] = made
		}
	}
}

// isUserTag tells whether a tag names a person, however its key is written.
func isUserTag(tag any) bool {
	fields, _ := tag.(map[string]any)
	key, _ := fields["key"].(string)
	key = strings.TrimSpace(key)
	return strings.EqualFold(key, userTag) || strings.EqualFold(key, reportingTag)
}
