package dagsterdemo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

const workspaceQuery = `{"query": "{ workspaceOrError { ... on Workspace { locationEntries { name loadStatus locationOrLoadError { __typename ... on PythonError { message } } } } } }"}`

// loaded is nil when the web server answers and has loaded the project's code locations.
func (d *Dagster) loaded(ctx context.Context) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, d.URL.JoinPath("graphql").String(), strings.NewReader(workspaceQuery))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	var said struct {
		Data struct {
			WorkspaceOrError struct {
				LocationEntries []struct {
					Name, LoadStatus    string
					LocationOrLoadError *struct {
						Kind    string `json:"__typename"`
						Message string
					}
				}
			}
		}
	}
	if err := errors.Join(json.NewDecoder(answer.Body).Decode(&said), answer.Body.Close()); err != nil {
		return fmt.Errorf("%s: %w", answer.Status, err)
	}
	missing := Locations()
	for _, e := range said.Data.WorkspaceOrError.LocationEntries {
		if e.LoadStatus != "LOADED" || e.LocationOrLoadError == nil {
			continue
		}
		if e.LocationOrLoadError.Kind != "RepositoryLocation" {
			return fmt.Errorf("code location %s: %s", e.Name, e.LocationOrLoadError.Message)
		}
		missing = slices.DeleteFunc(missing, func(name string) bool { return name == e.Name })
	}
	if len(missing) > 0 {
		return fmt.Errorf("not loaded: %s", strings.Join(missing, ", "))
	}
	return nil
}
