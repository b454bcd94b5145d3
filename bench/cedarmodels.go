package main

import (
	"fmt"
	"strings"

	"github.com/cedar-policy/cedar-go"
)

// newCedarTags keeps on each user a tag for every scope: the user's highest role there, as a number. There is one
// policy for each role, and a permission is listed under the lowest role that has it.
func newCedarTags(w *workload, standings map[string]standing) (*cedarModel, error) {
	var policies strings.Builder
	for rank, role := range everyRole() {
		fmt.Fprintf(&policies, `
permit (principal, action in Action::%q, resource) when {
  (principal.hasTag(resource.scope) && principal.getTag(resource.scope) >= %d) ||
  (principal.hasTag(resource.path) && principal.getTag(resource.path) >= %d)
};`, role, rank, rank)
	}
	c, err := newCedarModel(w.model, policies.String(), lowestOnly)
	if err != nil {
		return nil, err
	}
	for _, path := range w.paths() {
		c.put(cedar.Entity{
			UID: cedar.NewEntityUID("Resource", cedar.String(path)),
			Attributes: cedar.NewRecord(cedar.RecordMap{
				"scope": cedar.String(scopes(path)[0]),
				"path":  cedar.String(path),
			}),
		})
	}
	for user, standing := range standings {
		tags := cedar.RecordMap{}
		for path, rank := range standing {
			tags[cedar.String(path)] = cedar.Long(rank)
		}
		c.put(cedar.Entity{UID: cedar.NewEntityUID("User", cedar.String(user)), Tags: cedar.NewRecord(tags)})
	}
	return c, nil
}

// newCedarGroups has a group for each role at each scope, and on each resource the groups of each role: "principal
// in resource.editors", as Cedar's own example applications do. The hierarchies are flattened: a user is directly
// in every group that it is in through a team, a resource names the groups of its deployment, and a role's policy
// lists everything that the role may do.
func newCedarGroups(w *workload, standings map[string]standing) (*cedarModel, error) {
	var policies strings.Builder
	for _, role := range everyRole() {
		fmt.Fprintf(&policies, `
permit (principal, action in Action::%q, resource) when { principal in resource.%ss };`, role, role)
	}
	c, err := newCedarModel(w.model, policies.String(), everyHolder)
	if err != nil {
		return nil, err
	}
	for _, path := range w.paths() {
		attributes := cedar.RecordMap{}
		for _, role := range everyRole() {
			var groups []cedar.Value
			for _, scope := range scopes(path) {
				groups = append(groups, cedarGroup(scope, role))
			}
			attributes[cedar.String(role+"s")] = cedar.NewSet(groups...)
		}
		c.put(cedar.Entity{UID: cedar.NewEntityUID("Resource", cedar.String(path)), Attributes: cedar.NewRecord(attributes)})
	}
	for user, standing := range standings {
		var groups []cedar.EntityUID
		for path, rank := range standing {
			groups = append(groups, cedarGroup(path, everyRole()[rank]))
		}
		c.put(cedar.Entity{UID: cedar.NewEntityUID("User", cedar.String(user)), Parents: cedar.NewEntityUIDSet(groups...)})
	}
	return c, nil
}

func cedarGroup(scope, role string) cedar.EntityUID {
	return cedar.NewEntityUID("Group", cedar.String(scope+"#"+role))
}
