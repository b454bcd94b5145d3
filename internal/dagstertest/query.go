package dagstertest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// askLimit is how long one question may take: reading a location again is the slowest.
const askLimit = 60 * time.Second

// URL is the address of Dagster, without a slash at the end.
func (d *Dagster) URL() string { return fmt.Sprintf("http://127.0.0.1:%d", d.port) }

// LogFile is the path of what Dagster's processes write.
func (d *Dagster) LogFile() string { return filepath.Join(d.home, "log") }

// Query asks Dagster itself and returns the object under "data". An answer with errors, or with another status than 200,
// fails the test; a failure that Dagster answers as a type (UnauthorizedError) does not.
func (d *Dagster) Query(t testing.TB, query string, variables map[string]any) json.RawMessage {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), askLimit)
	defer cancel()
	data, err := d.ask(ctx, query, variables)
	if err != nil {
		t.Fatalf("Dagster: %v\n%s", err, query)
	}
	return data
}

// read asks and puts the answer's data into a value.
func (d *Dagster) read(t testing.TB, into any, query string, variables map[string]any) {
	t.Helper()
	data := d.Query(t, query, variables)
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatalf("Dagster answered\n%s\n%v", data, err)
	}
}

// must asks a mutation that has one field, answer, and fails the test if that is not of the type.
func (d *Dagster) must(t testing.TB, kind string, into any, query string, variables map[string]any) {
	t.Helper()
	data := d.Query(t, query, variables)
	var said struct {
		Answer struct {
			Kind string `json:"__typename"`
		}
	}
	whole := struct{ Answer any }{into}
	if err := errors.Join(json.Unmarshal(data, &said), json.Unmarshal(data, &whole)); err != nil || said.Answer.Kind != kind {
		t.Fatalf("Dagster answered no %s (%v):\n%s\nto %s %v", kind, err, data, query, variables)
	}
}

func (d *Dagster) ask(ctx context.Context, query string, variables map[string]any) (json.RawMessage, error) {
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, d.URL()+"/graphql", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return nil, err
	}
	var answer struct {
		Data   json.RawMessage
		Errors []json.RawMessage
	}
	if err := json.Unmarshal(text, &answer); err != nil || len(answer.Errors) > 0 || response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", response.Status, text)
	}
	return answer.Data, nil
}

// locations are the code locations of e2e/dagster/workspace.yaml.
const locations = "etl reports"

// loaded says what is missing until Dagster answers with both code locations.
func (d *Dagster) loaded() error {
	ctx, cancel := context.WithTimeout(context.Background(), askLimit)
	defer cancel()
	data, err := d.ask(ctx, `{ workspaceOrError { ... on Workspace { locationEntries { name loadStatus locationOrLoadError {
		__typename ... on PythonError { message } } } } ... on PythonError { message } } }`, nil)
	if err != nil {
		return err
	}
	var said struct {
		WorkspaceOrError struct {
			LocationEntries []struct {
				Name, LoadStatus    string
				LocationOrLoadError struct {
					Kind string `json:"__typename"`
				}
			}
		}
	}
	if err := json.Unmarshal(data, &said); err != nil {
		return err
	}
	var ready []string
	for _, entry := range said.WorkspaceOrError.LocationEntries {
		if slices.Contains(strings.Fields(locations), entry.Name) && entry.LoadStatus == "LOADED" && entry.LocationOrLoadError.Kind == "RepositoryLocation" {
			ready = append(ready, entry.Name)
		}
	}
	if strings.Join(ready, " ") != locations {
		return fmt.Errorf("not both code locations (%s) are loaded: %s", locations, data)
	}
	return nil
}

// Down ends all processes of Dagster at once, as a crash does. Its storage and its port stay.
func (d *Dagster) Down(t testing.TB) {
	t.Helper()
	if err := d.order("stop"); err != nil {
		t.Fatalf("stop Dagster: %v", err)
	}
}

// Up starts Dagster again after Down, on the same port with the same storage.
func (d *Dagster) Up(t testing.TB) {
	t.Helper()
	if err := d.up(); err != nil {
		t.Fatalf("start Dagster: %v", err)
	}
}
