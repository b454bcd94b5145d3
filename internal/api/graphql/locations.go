package graphql

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/api/graphql/model"
	"bailiwick/internal/fault"
	"bailiwick/internal/sight"
	"bailiwick/internal/state"
)

// A location is a code location with the document that says what runs it, in the form of Dagster's own location documents
// (dagster_cloud.yaml): location_name, code_source, image, git and so on.
type location struct {
	*state.Resource
	platform *state.Platform
	name     string
	document map[string]any // nil where nobody has said
}

func locationPath(d *deployment, name string) string { return d.Path + "/" + access.EncodeName(name) }

// locationsOf lists the code locations of a deployment that the caller sees, by name.
func (a *asking) locationsOf(d *deployment) []location {
	var list []location
	for path, r := range a.present().Beneath(d.Path) {
		if d.platform.Model.KindOf(path) == kindLocation && strings.LastIndexByte(path, '/') == len(d.Path) &&
			(a.view.All() || a.may("code_locations.view", path)) {
			list = append(list, locationAt(d.platform, r))
		}
	}
	slices.SortFunc(list, func(a, b location) int { return strings.Compare(a.name, b.name) })
	return list
}

func locationAt(p *state.Platform, r *state.Resource) location {
	segments, _ := access.SplitPath(r.Path)
	found := location{Resource: r, platform: p, name: segments[len(segments)-1].Name}
	if text := r.Documents[documentLocation]; text != "" && json.Unmarshal([]byte(text), &found.document) != nil {
		found.document = nil
	}
	return found
}

// current is the deployment of the address, as the caller sees it.
func (a *asking) current() (*deployment, error) { return a.seenDeployment(nil) }

// entries shows the code locations of the deployment of the address.
func (a *asking) entries() ([]*model.WorkspaceEntry, error) {
	d, err := a.current()
	if err != nil {
		return nil, err
	}
	return a.shownLocations(a.locationsOf(d)), nil
}

func (a *asking) shownLocations(list []location) []*model.WorkspaceEntry {
	shown := make([]*model.WorkspaceEntry, len(list))
	for i := range list {
		shown[i] = a.shownLocation(&list[i])
	}
	return shown
}

func (a *asking) shownLocation(l *location) *model.WorkspaceEntry {
	return &model.WorkspaceEntry{LocationName: l.name, SerializedDeploymentMetadata: packed(l), CanEditCodeLocationPermissions: a.mayGiveAt(l.platform, l.Path)}
}

// Ways to put a location.
const (
	onlyNew = iota + 1
	onlyOld
	newOrOld
)

// putLocations makes code locations of the deployment of the address what documents say, all in one change; where the others
// are to go, they go in the same one.
func (a *asking) putLocations(ctx context.Context, documents []any, way int, others bool) ([]*model.WorkspaceEntry, error) {
	d, err := a.deployment(nil)
	if err != nil {
		return nil, err
	}
	var commands []client.Command
	wanted, bad := map[string]bool{}, &badLocation{}
	for i, value := range documents {
		place := ""
		if len(documents) > 1 {
			place = "locations[" + strconv.Itoa(i) + "]: "
		}
		name, document, wrong := readLocation(value, place)
		if wrong == nil && wanted[name] {
			wrong = &badLocation{errors: []string{place + "there are two locations " + name}}
		}
		if wrong != nil {
			bad.errors = append(bad.errors, wrong.errors...)
			continue
		}
		wanted[name] = true
		path := locationPath(d, name)
		there := a.present().Resource(path) != nil
		switch {
		case !there && way != onlyOld:
			commands = append(commands, client.ResourceCreate{Resource: path})
		case there && way == onlyNew:
			// The creation is refused as one that is there already, or as one that is not the caller's to make.
			commands = append(commands, client.ResourceCreate{Resource: path})
		}
		commands = append(commands, documentSet(path, documentLocation, document))
	}
	if len(bad.errors) > 0 {
		return nil, bad
	}
	if others {
		for path := range a.present().Beneath(d.Path) {
			if l := strings.TrimPrefix(path, d.Path+"/"); d.platform.Model.KindOf(path) == kindLocation && !strings.Contains(l, "/") && !wanted[locationName(path)] {
				commands = append(commands, client.ResourceDelete{Resource: path})
			}
		}
	}
	return a.changeLocations(ctx, d, commands, wanted)
}

func locationName(path string) string {
	segments, err := access.SplitPath(path)
	if err != nil || len(segments) == 0 {
		return ""
	}
	return segments[len(segments)-1].Name
}

// changeLocations carries out commands and shows the locations that were asked for.
func (a *asking) changeLocations(ctx context.Context, d *deployment, commands []client.Command, wanted map[string]bool) ([]*model.WorkspaceEntry, error) {
	if len(commands) == 0 { // that nothing would change is not everybody's to know
		if !a.mayAt(d.platform, access.OpResourceUpdate, kindLocation, d.Path) {
			return nil, sight.Forbidden("the code locations here are not yours to change", "it needs what the edition asks for resource.update of a code location")
		}
		return []*model.WorkspaceEntry{}, nil
	}
	m, err := a.change(ctx, commands...)
	if err != nil {
		return nil, err
	}
	shown := []*model.WorkspaceEntry{}
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		if r := m.Resource(locationPath(d, name)); r != nil {
			l := locationAt(d.platform, r)
			shown = append(shown, a.shownLocation(&l))
		}
	}
	return shown, nil
}

// putListed is putLocations for a document of many.
func (a *asking) putListed(ctx context.Context, document any, others bool) ([]*model.WorkspaceEntry, error) {
	list, err := listed(document)
	if err != nil {
		return nil, err
	}
	return a.putLocations(ctx, list, newOrOld, others)
}

// putLocation is putLocations for one.
func (a *asking) putLocation(ctx context.Context, document any, way int) (*model.WorkspaceEntry, error) {
	shown, err := a.putLocations(ctx, []any{document}, way, false)
	if err != nil {
		return nil, err
	}
	if len(shown) != 1 {
		return nil, fault.New(fault.Internal, "the location that was written is not there")
	}
	return shown[0], nil
}

// deleteLocation removes a code location of the deployment of the address.
func (a *asking) deleteLocation(ctx context.Context, name string) (*model.DeleteLocationSuccess, error) {
	d, err := a.deployment(nil)
	if err != nil {
		return nil, err
	}
	if _, err := a.change(ctx, client.ResourceDelete{Resource: locationPath(d, name)}); err != nil {
		return nil, err
	}
	return &model.DeleteLocationSuccess{LocationName: name}, nil
}

// workspace shows the locations as a running server would: what is known of them is that they are there.
func (a *asking) workspace() (*model.Workspace, error) {
	d, err := a.current()
	if err != nil {
		return nil, err
	}
	found := &model.Workspace{ID: d.name, LocationEntries: []*model.WorkspaceLocationEntry{}}
	for _, l := range a.locationsOf(d) {
		found.LocationEntries = append(found.LocationEntries, &model.WorkspaceLocationEntry{ID: l.name, Name: l.name,
			LocationOrLoadError: &model.RepositoryLocation{ID: l.name, Name: l.name}, LoadStatus: model.RepositoryLocationLoadStatusLoaded,
			DisplayMetadata: []*model.RepositoryMetadata{}, Permissions: a.permissionsAt(keys(), l.Path, true)})
	}
	return found, nil
}
