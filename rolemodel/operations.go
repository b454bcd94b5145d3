package rolemodel

import (
	"fmt"
	"slices"
	"strings"

	"bailiwick/access"
	"bailiwick/internal/suggest"
	"bailiwick/internal/yamltext"
)

// operationColumns returns the header of the table of operations. The cell - is nothing.
func operationColumns() []string { return []string{"operation", "kind", "permission", "at"} }

const none = "-"

// readOperations reads the table of who may do what, one row for each operation and kind.
func (r *reader) readOperations(v yamltext.Value) {
	t := r.readTable(v)
	head := make([]string, len(t.head))
	for i, h := range t.head {
		head[i] = h.text
	}
	if t.head != nil && !slices.Equal(head, operationColumns()) {
		r.AddAt(t.head[0].at, t.path, "the header is | "+strings.Join(head, " | ")+" |", "write | "+strings.Join(operationColumns(), " | ")+" |")
		return
	}
	for _, row := range t.rows {
		r.readOperation(t, row)
	}
}

func (r *reader) readOperation(t table, row []cell) {
	path := t.path + "." + row[0].text
	o := access.Operation{Name: row[0].text, Kind: row[1].text, Permission: row[2].text, At: row[3].text}
	if o.Kind == none {
		o.Kind = ""
	}
	if o.Permission == none && o.Name == access.OpTokenIssueUser {
		o.Permission = ""
	}
	if !r.operationName(o.Name, row[0].at, path) || !r.operationKind(&o, row[1].at, path) {
		return
	}
	if r.declare("operation", row[0].text+" "+row[1].text, row[0].at, path) && r.operationAt(&o, row, path) {
		r.model.Governance.Operations = append(r.model.Governance.Operations, o)
	}
}

func (r *reader) operationName(name string, at yamltext.Place, path string) bool {
	all := access.Operations()
	for _, s := range r.model.Settings {
		all = append(all, access.OpSetting+s.Name)
	}
	switch {
	case name == access.OpLicenseSet && len(r.model.Licenses) == 0:
		r.AddAt(at, path, "the model has no licenses", "leave the row out")
		return false
	case name == access.OpCustomRoleEdit && len(r.model.CustomRoles) == 0:
		r.AddAt(at, path, "the model has no custom roles", "leave the row out")
		return false
	case slices.Contains(all, name):
		return true
	}
	r.AddAt(at, path, fmt.Sprintf("unknown operation %q", name), suggest.OneOf(name, all))
	return false
}

// operationKind checks whether the operation is one with resources of that kind.
func (r *reader) operationKind(o *access.Operation, at yamltext.Place, path string) bool {
	if _, ok := r.kinds[o.Kind]; o.Kind != "" && !ok {
		r.AddAt(at, path, fmt.Sprintf("unknown kind %q", o.Kind), suggest.OneOf(o.Kind, r.resourcesBelow()))
		return false
	}
	below := slices.Contains(r.resourcesBelow(), o.Kind)
	switch setting := r.setting(strings.TrimPrefix(o.Name, access.OpSetting)); {
	case strings.HasPrefix(o.Name, access.OpSetting):
		want := setting.At
		if want == r.root() {
			want = ""
		}
		if o.Kind != want {
			right := "write " + want
			if want == "" {
				right = "write -"
			}
			r.AddAt(at, path, fmt.Sprintf("setting %s is a setting of the %s", setting.Name, setting.At), right)
			return false
		}
	case strings.HasPrefix(o.Name, "resource."):
		if !below {
			r.AddAt(at, path, o.Name+" needs a kind of resources beneath the root", "write "+orList(r.resourcesBelow()))
			return false
		}
	case o.Name == access.OpServiceUserManage || o.Name == access.OpTokenIssueService:
		if o.Kind != "" && !below {
			r.AddAt(at, path, o.Name+" concerns the platform, or a kind of resources beneath the root", "write - or "+orList(r.resourcesBelow()))
			return false
		}
	case o.Kind != "":
		r.AddAt(at, path, o.Name+" concerns the platform, no kind of resources", "write -")
		return false
	}
	return true
}

// operationAt checks that the permission is asked where the operation's resource is, or above it.
func (r *reader) operationAt(o *access.Operation, row []cell, path string) bool {
	wrong := func(i int, wrong, right string) bool {
		r.AddAt(row[i].at, path, wrong, right)
		return false
	}
	k, known := r.kinds[o.At]
	if !known {
		return wrong(3, fmt.Sprintf("unknown kind %q", o.At), suggest.OneOf(o.At, keys(r.kinds)))
	}
	if o.Kind == "" && k != 0 {
		return wrong(3, fmt.Sprintf("%s concerns the platform and cannot be asked at %s", o.Name, o.At), "write "+r.root())
	}
	if o.Permission == "" {
		return true
	}
	i, known := r.permissions[o.Permission]
	if !known {
		return wrong(2, fmt.Sprintf("unknown permission %q", o.Permission), suggest.OneOf(o.Permission, keys(r.permissions)))
	}
	level, create := r.model.Permissions[i].At, o.Name == access.OpResourceCreate
	switch at := &r.model.Kinds[k]; {
	case at.StarOf != "":
		return wrong(3, fmt.Sprintf("%s is a \"*\" scope, no resource", o.At), "name the kind of a resource")
	case at.Name != level && at.Level != level && (!create || !r.asks(at.Name, level)):
		return wrong(3, fmt.Sprintf("%s is asked at %s, not at %s", o.Permission, level, o.At), "write "+level+", or name another permission")
	case create && o.Kind == o.At:
		return wrong(3, fmt.Sprintf("a %s that is to be created has no permissions yet", o.Kind), "name the kind it is created under, or one above")
	case o.Kind != "" && o.Kind != o.At && !r.always(o.Kind, o.At):
		return wrong(3, fmt.Sprintf("not every %s is beneath a %s", o.Kind, o.At), "name the kind itself or one that it always lies beneath")
	}
	return true
}
