// Package conformance holds the editions against their vendors' tables, cell by cell, through access.Decide.
//
// The tables in testdata are transcribed by hand from the vendors' documents, independently of package rolemodel: a
// slip in an edition and a slip here would have to be the same slip to go unseen. Each file names its source and date.
// For dbt and for Astro 2022 the page's own text stands beside the transcription and is parsed as a second source.
//
//	testdata/dagster-plus.md            every row of the permission matrix, and the permissions it has no row for
//	testdata/dbt-enterprise-2024.md     462 printed cells and the 51 that the page leaves out
//	testdata/dbt-enterprise-2024.page.txt
//	testdata/astro-2022.md · astro-2022.page.txt · astro-2024.md
//
// A cell is not read back from the model: a holder with just that role is built, and questions are asked at the
// permission's level, above it, in sibling scopes, and in the places that the vendor's rules name (overrides, branch
// deployments, any deployment, environment categories, licenses). The tests assert how many cells were compared, so
// that they cannot shrink unseen.
//
// The package contains tests only.
package conformance
