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
//	governance:                    who may change what; without it, only the directory's owner
//	  administrators: [keeper]     roles at the root; the last person with one stays
//	  operations: |                access.Operations; "-" is no kind: the platform
//	    | operation       | kind   | permission    | at    |
//	    | resource.create | record | records.keep  | store |
//	    | setting.colour  | -      | records.keep  | store |
//	    | member.add      | -      | records.keep  | store |
//	  may_give:                    roles: a list, all (and except: a list), or held: those whose permissions the giver has
//	    - {with: records.keep, at: store, roles: all, on: [store, record], to: [user, team]}
//
// A table whose first column is "permission" has the cells y and -. One whose first column is "row" is a read/write
// table: row "jobs" stands for the permissions jobs.read and jobs.write, and its cells are W (both), R (read), R* (read,
// and write in the environment categories that the grant lists) and -. Columns "at" and "title" declare the permissions
// of a table; a table without them goes on about permissions that an earlier one declared, for other roles. In a table,
// lines that start with # are comments.
//
// An operation is asked at the resource itself where it is of the kind "at", otherwise at its ancestor of that kind; what
// is to be created, at the ancestor. The permission "-" of token.issue_user means every member. A row of may_give counts
// for scopes that are the resource where the giver holds "with", or lie beneath it; a "*" scope is a kind of its own. A
// custom role can be given where a built-in role that contains it can (Covers).
//
// Further keys of governance, each a rule of a product: administrator_licenses [LICENCE], not_on_self [OPERATION],
// not_while_provisioned [OPERATION], default_role {setting, none}, first_logins {count, role}, creators {KIND: ROLE},
// copy_grants [KIND], keep_last [KIND] and delete_empty [KIND]; access.Governance says what they mean.
package rolemodel
