// Package scenario reads the corpus of named scenarios and holds any implementation of a decision against it.
//
// The corpus (scenarios/*.yaml at the repository root) is what the documents say in examples: an organization, and who
// can or cannot do what there. Each scenario names the line of a document that it comes from. It is written once; every
// way to a decision runs it: the core by itself, the HTTP doors, the stores, the gates.
//
// # The format
//
//	organization: |            an access file, exactly as internal/accessfile reads it
//	  organization: acme
//	  …
//	agents: {hybrid: [dagster]}   agents and their scopes, for they are not in access files
//	scenarios:
//	  - name: a launcher may also delete runs
//	    source: dagster.md trap 27
//	    ask:
//	      - user:lars@acme.test can runs.delete on dagster/prod/etl
//	      - user:vera@acme.test cannot runs.delete on dagster/prod/etl at 2026-07-01T00:00:00Z
//	    why: role              a word of the explanation of the first line; optional
//
// A scenario may have an organization (and agents) of its own in place of the file's. A line without a moment is about
// Moment. Models that an organization names by path are read from the corpus's folder.
//
// It does not own how a question is decided: a runner brings an Open.
package scenario
