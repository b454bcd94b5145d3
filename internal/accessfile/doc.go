// Package accessfile reads and writes the access file: one YAML text that says a whole organization.
//
// It owns the file's keys, the structure that they must have (no unknown key, no dangling or duplicate name, e-mails,
// settings, seats), and the place of everything, so that any later complaint can say file, line and column.
//
// It does not own the platforms' rules about grants: those are access.Snapshot.CheckGrants, so that the file and the
// server refuse the same things; Read attaches the places. Nor does it decide, or keep anything.
//
// # How a text is judged
//
//  1. structure   every problem in it is reported, in the order of the text
//  2. rules       only of a text whose structure is right: plan gates, overrides, holders, tests below their level
//
// The tree of resources is read by the model's kinds: a kind's plural is the key that lists its resources, a list or a
// mapping, beneath their parent. No product is known by name here.
package accessfile
