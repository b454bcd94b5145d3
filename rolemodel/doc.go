// Package rolemodel holds the platforms' role models as tables and reads them.
//
// It owns: the six shipped editions (editions/*.yaml, readable beside the vendors' pages), the format of such a file,
// and its strict reader. Load answers a model or says FILE:LINE:COLUMN, what is wrong and what would be right; an
// operator's own edition goes through the same door.
//
// It does not own: what a model's rules mean in a decision (package access), which platforms an organization has
// (internal/accessfile, internal/state), or who may give a role (internal/change).
//
// # The format
//
//	edition: records               dated or plain name
//	product: Record store          for people
//	kinds:                         the first is the platform's root
//	  store:  {title: Store}
//	  record: {title: Record, plural: records, under: [store]}
//	roles:                         groups of roles for the same places and holders; least permissive first
//	  - at: [store, record]
//	    holders: [user, service_user, team]
//	    roles: {reader: Reader, writer: Writer}
//	matrix:                        the product's own tables, under their own headings
//	  - heading: Records
//	    table: |
//	      | permission | at     | reader | writer | title           |
//	      | read       | record | y      | y      | Read a record   |
//	      | write      | record | -      | y      | Change a record |
//	rules:                         everything that is no table; see the shipped editions
//	  ranked: true
//
// A table whose first column is "permission" has the cells y and -. One whose first column is "row" is a read/write
// table: row "jobs" stands for the permissions jobs.read and jobs.write, and its cells are W (both), R (read), R* (read,
// and write in the environment categories that the grant lists) and -. Columns "at" and "title" declare the permissions
// of a table; a table without them goes on about permissions that an earlier one declared, for other roles. In a table,
// lines that start with # are comments.
package rolemodel
