// Package access decides who may do what. It is the core of Bailiwick and knows nothing else: no files, no
// network, no clock, no logger, no dependency.
//
// It owns the words of a decision (Model, Kind, Permission, Role, Grant, Subject, Resource), the compiled and
// immutable Snapshot of one organization, and the questions that can be put to it:
//
//	Decide, DecideMany   may this subject do this, here, at this moment?
//	Explain              the same, with every grant that matters and, for a denial, the smallest fixes
//	Effective            the role and the permissions of a subject at a resource
//	SearchSubjects       who may do it?
//	SearchResources      where may they do it?
//	SearchPermissions    what may they do there?
//	Compare              what access is gained and lost between two snapshots
//
// Every question takes the moment it is about; nothing here reads a clock. A Snapshot is safe for any number of
// readers. A changed Snapshot is derived with Snapshot.Apply, which copies only what the change touches; the
// older one stays as it was.
//
// It does not own: where facts come from (internal/accessfile, internal/state), the platforms' tables (rolemodel),
// who is asking (internal/signin), or whether a change is allowed (internal/change).
//
// # Rules
//
// The permissions of a subject at a resource are the union over its own grants and its teams' grants whose scope
// covers the resource. What the vendors add to that is data of the Model: grants that count only with access to a
// parent (Conditional), overrides that hang on another grant (Override), permissions that hold above the scope they
// were granted at (Permission.RisesFrom), licenses that replace grants (License), roles that every member has
// (Model.MemberRole). Where nothing says yes, the answer is no.
package access
