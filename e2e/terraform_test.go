package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bailiwick/client"
)

// The Terraform providers of Dagster+ cannot be run here. What they send is in internal/api/graphql/testdata, with what they
// read of each answer: it is sent to the program in the order in which a plan would send it, and read as they read it.

func TestTerraformProviderOfDagster(t *testing.T) {
	p := newProvider(t, "terraform-dagsterplus")
	p.plays("version", "organization", "organization-users", "organization-settings-get", "organization-settings-set", "scim-settings-get", "scim-settings-set",
		"deployment-create", "deployment-list")
	p.change(p.token, client.ResourceCreate{Resource: "dagster/staging/etl"})
	p.plays("user-add", "user-list")
	p.grants("user", "user-list")
	p.plays("team-create", "team-list", "team-member-add", "team-members")
	p.grants("team", "team-grants")
	p.plays("team-member-remove", "team-rename",
		"role-create", "role-list", "role-update", "role-delete",
		"service-user-create", "service-user-list", "service-user-get")
	p.grants("service-user", "service-user-grants")
	p.plays("service-token-create", "service-token-list", "service-token-update", "service-token-revoke", "service-user-update", "service-user-delete",
		"agent-token-create", "agent-token-list")
	// An agent is never an agent of the branch deployments of one deployment: the role model has no such grant.
	p.leaves("agent-token-grant-branch-deployments-set", "agent-token-grant-branch-deployments-delete")
	p.grants("agent-token", "agent-token-grants")
	p.plays("agent-token-revoke", "user-token-create", "user-token-list", "user-token-revoke", "deployment-settings-set")
	// What is read back must be what was written: Terraform breaks off where it is not.
	if got := p.at(p.plays("deployment-settings-get"), "data.deploymentSettings.settings.run_queue.max_concurrent_runs"); !slices.Equal(got, []any{7.0}) {
		t.Errorf("the settings come back with %v", got)
	}
	p.plays("code-location-set")
	if got := p.metadata("reports"); got["image"] != "registry.example/reports:1" || got["module_name"] != "reports" ||
		!slices.Equal(p.at(got, "git_metadata.commit_hash"), []any{"0a1b2c3d"}) || !slices.Contains(append(p.at(got, "agent_queue.queue_name"), got["agent_queue"]), "large") {
		t.Errorf("the code location comes back as %v", got)
	}
	p.plays("code-location-delete", "user-remove", "team-delete", "deployment-delete")
	// It sends a grant that is no grant; GraphQL itself refuses it, here as there.
	p.leaves("user-update-role")
	p.playedAll()
}

func TestTerraformProviderOfDataroots(t *testing.T) {
	p := newProvider(t, "terraform-datarootsio")
	p.plays("version", "organization", "current-deployment", "deployment-create", "deployment-list", "deployment-settings-set")
	p.change(p.token, client.ResourceCreate{Resource: "dagster/staging/etl"})
	p.plays("user-add", "user-list", "user-permission-remove", "team-create", "team-list", "team-member-add", "team-permission-set")
	// It finds a team's permissions by the id of the team.
	if id := p.at(p.plays("team-permissions"), "data.teamPermissions[].id"); !slices.Contains(id, p.made["team"]) {
		t.Errorf("the permissions are %v, of the team %v", id, p.made["team"])
	}
	p.plays("team-permission-remove", "team-member-remove", "team-rename", "code-location-set", "code-location-from-document-set")
	document := p.at(p.plays("code-location-list"), "data.locationsAsDocument.document.locations[]")
	if !slices.ContainsFunc(document, func(l any) bool {
		return slices.Equal(p.at(l, "location_name"), []any{"reports"}) && slices.Equal(p.at(l, "image"), []any{"registry.example/reports:2"}) &&
			slices.Equal(p.at(l, "code_source.module_name"), []any{"reports"})
	}) {
		t.Errorf("the code location is not in %v", document)
	}
	p.plays("code-location-delete", "team-delete", "user-remove", "deployment-delete")
	p.playedAll()
}

// A provider plays the requests of one folder to a server. What answers gave for later requests is in made, by its name.
type provider struct {
	*server
	folder, token string
	made          map[string]any
	left          map[string]bool // not played yet
}

// A vendorRequest is the part of a file in testdata that is played.
type vendorRequest struct {
	Path          string            `json:"path"`
	Headers       map[string]string `json:"headers"`
	Query         string            `json:"query"`
	OperationName string            `json:"operationName"`
	Variables     map[string]any    `json:"variables"`
	From          map[string]string `json:"from"`
	Gives         map[string]string `json:"gives"`
	Reads         []vendorRead      `json:"reads"`
}

type vendorRead struct{ Path, Type, Equals string }

func newProvider(t *testing.T, name string) *provider {
	t.Helper()
	s := serve(t, folder(t))
	owner, _ := s.settle()
	p := &provider{server: s, folder: filepath.Join("..", "internal", "api", "graphql", "testdata", name), token: owner, made: map[string]any{}, left: map[string]bool{}}
	files, err := filepath.Glob(filepath.Join(p.folder, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no requests in %s: %v", p.folder, err)
	}
	for _, f := range files {
		p.left[strings.TrimSuffix(filepath.Base(f), ".json")] = true
	}
	return p
}

// plays sends requests in turn and returns the answer to the last.
func (p *provider) plays(names ...string) (answer any) {
	p.t.Helper()
	for _, name := range names {
		delete(p.left, name)
		r := p.read(name)
		for variable, thing := range r.From {
			r.Variables[variable] = p.made[thing]
		}
		status, text := p.send(r)
		answer = nil
		if err := json.Unmarshal([]byte(text), &answer); status != http.StatusOK || err != nil {
			p.t.Errorf("%s: %d %s", name, status, text)
			continue
		}
		for _, read := range r.Reads {
			if err := readable(p.at(answer, read.Path), read); err != nil {
				p.t.Errorf("%s: %s %v in %s", name, read.Path, err, text)
			}
		}
		for thing, path := range r.Gives {
			if found := p.at(answer, path); len(found) == 1 {
				p.made[thing] = found[0]
			}
		}
	}
	return answer
}

// grants gives somebody a role at every scope, looks for each where the provider does, and takes them away again.
func (p *provider) grants(to, list string) {
	p.t.Helper()
	places := map[string]string{"organization": "organizationPermissionGrant", "all-branch-deployments": "allBranchDeploymentsPermissionGrant",
		"branch-deployments": "perBaseBranchDeploymentsPermissionGrants", "deployment": "deploymentPermissionGrants"}
	set := func(scope string) {
		if name := to + "-grant-" + scope; p.left[name+"-set"] {
			if answer := p.plays(name + "-set"); !p.granted(answer, places[scope]) {
				p.t.Errorf("%s-set: the grant is not in the answer: %v", name, answer)
			}
		}
	}
	remove := func(scope string) {
		if name := to + "-grant-" + scope + "-delete"; p.left[name] {
			p.plays(name)
		}
	}
	for _, scope := range []string{"deployment", "branch-deployments", "all-branch-deployments"} {
		set(scope)
	}
	p.plays(list)
	for _, scope := range []string{"all-branch-deployments", "branch-deployments", "deployment"} {
		remove(scope)
	}
	// Last, since an Organization Admin has no overrides of code locations.
	set("organization")
	p.plays(list)
	remove("organization")
}

// metadata is what the list of code locations says of one.
func (p *provider) metadata(location string) map[string]any {
	p.t.Helper()
	for _, entry := range p.at(p.plays("code-location-list"), "data.workspace.workspaceEntries[]") {
		var said map[string]any
		text, _ := entry.(map[string]any)["serializedDeploymentMetadata"].(string)
		if entry.(map[string]any)["locationName"] == location && json.Unmarshal([]byte(text), &said) == nil {
			return said
		}
	}
	return nil
}

// granted looks for a grant under a key, wherever in the answer: in a list the one of the deployment that was made.
func (p *provider) granted(answer any, key string) bool {
	switch answer := answer.(type) {
	case []any:
		return slices.ContainsFunc(answer, func(a any) bool { return p.granted(a, key) })
	case map[string]any:
		switch found := answer[key].(type) {
		case map[string]any:
			return found["grant"] != ""
		case []any:
			return slices.ContainsFunc(found, func(g any) bool { return g.(map[string]any)["deploymentId"] == p.made["deployment"] })
		}
		for _, below := range answer {
			if p.granted(below, key) {
				return true
			}
		}
	}
	return false
}

// leaves says that requests are not played.
func (p *provider) leaves(names ...string) {
	for _, name := range names {
		delete(p.left, name)
	}
}

func (p *provider) playedAll() {
	p.t.Helper()
	for name := range p.left {
		p.t.Errorf("%s is not played", name)
	}
}

func (p *provider) read(name string) vendorRequest {
	p.t.Helper()
	var file struct{ Requests []vendorRequest }
	text, err := os.ReadFile(filepath.Join(p.folder, name+".json"))
	if err == nil {
		err = json.Unmarshal(text, &file)
	}
	if err != nil || len(file.Requests) != 1 {
		p.t.Fatalf("%s: %d requests, %v", name, len(file.Requests), err)
	}
	return file.Requests[0]
}

// send sends a request with the headers that the provider sends.
func (p *provider) send(r vendorRequest) (int, string) {
	p.t.Helper()
	body, err := json.Marshal(map[string]any{"query": r.Query, "operationName": r.OperationName, "variables": r.Variables})
	if err != nil {
		p.t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, strings.TrimSuffix(p.url, "/")+r.Path, strings.NewReader(string(body)))
	if err != nil {
		p.t.Fatal(err)
	}
	for name, value := range r.Headers {
		request.Header.Set(name, strings.Replace(value, "TOKEN", p.token, 1))
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

// at returns all that lies at a path: none where it does not lead anywhere, nil for null.
func (p *provider) at(answer any, path string) []any {
	found := []any{answer}
	for step := range strings.SplitSeq(path, ".") {
		name, list := strings.CutSuffix(step, "[]")
		var next []any
		for _, f := range found {
			object, _ := f.(map[string]any)
			below, there := object[name]
			switch elements, isList := below.([]any); {
			case list && isList:
				next = append(next, elements...)
			case there:
				next = append(next, below)
			}
		}
		found = next
	}
	return found
}

// readable tells what a client would stumble over in what lies at a path.
func readable(found []any, read vendorRead) error {
	kind, nullable := strings.CutSuffix(read.Type, "?")
	if len(found) == 0 && !nullable && !strings.Contains(read.Path, "[]") {
		return errors.New("is not there")
	}
	for _, f := range found {
		name, _ := f.(string)
		switch {
		case f == nil && nullable, kind == "any":
		case read.Equals != "" && f != read.Equals:
			return fmt.Errorf("is %v and not %s", f, read.Equals)
		case strings.HasSuffix(read.Path, "__typename") && strings.HasSuffix(name, "Error"):
			return fmt.Errorf("is %s", name)
		case !isJSON(f, kind):
			return fmt.Errorf("is %v and no %s", f, kind)
		}
	}
	return nil
}

// isJSON tells whether a value is of a kind, in the words of testdata.
func isJSON(value any, kind string) bool {
	switch v := value.(type) {
	case string:
		return kind == "string" || kind == "json" && json.Valid([]byte(v))
	case float64:
		return kind == "number" || kind == "int" && v == float64(int64(v))
	case bool:
		return kind == "bool" || kind == "true" && v
	case map[string]any:
		return kind == "object"
	}
	return false
}
