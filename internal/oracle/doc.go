// Package oracle is a second decision engine, used by tests only: nothing that is shipped imports it.
//
// It was written from the documents alone (the vendors' texts, the rules in the architecture, the recorded readings of
// what they leave open), without looking at how package access does it. It is naive on purpose: it loops over all
// grants for each question, compares strings and keeps nothing between two questions. Where it and package access
// disagree, one of them has misread a document.
//
// It owns:
//
//	Oracle     answers one question; enumerates subjects, resources, permissions
//	Generate   a random organization from a seed and a size, with the shapes at which readings differ
//	Edits      random changes of an organization
//	Shrink     the smallest organization that still shows a difference
//	Describe   an organization as text that a person can read
//
// Of package access it knows the plain facts only (Organization, Grant, Question …); of the editions it knows the name,
// the tables are its own (dagster.go, astro.go, directory.go, testdata/dbt-matrix.yaml).
package oracle
