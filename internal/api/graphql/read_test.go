package graphql

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bailiwick/internal/api/graphql/generated"
)

func testDoor() *door {
	return &door{schema: generated.NewExecutableSchema(generated.Config{Resolvers: &Resolver{}}), rules: quietRules(), members: members()}
}

func TestNoSuggestionsAreMade(t *testing.T) {
	d := testDoor()
	for _, query := range []string{"{ versions }", "{ deploymentByName(nam: \"x\") { __typename } }", "{ version ... on CloudQeury { version } }",
		"mutation { createApiToken(tokenType: SCMI) { __typename } }", "{ organization }"} {
		_, err := d.read(&request{Query: query})
		if err == nil || strings.Contains(err.Error(), "mean") {
			t.Errorf("%s: %v", query, err)
		}
	}
}

// TestPublishedClientsStayWithinTheLimits: what they send and the schema has is not refused by a limit.
func TestPublishedClientsStayWithinTheLimits(t *testing.T) {
	files, err := filepath.Glob("testdata/*/*.json")
	if err != nil || len(files) < 50 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	d, read := testDoor(), 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var captured struct {
			Requests []struct {
				Query     string
				Variables map[string]any
				Out       string
			}
		}
		if err := json.Unmarshal(text, &captured); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, r := range captured.Requests {
			if r.Query == "" || r.Out != "" {
				continue
			}
			read++
			if _, err := d.read(&request{Query: r.Query, Variables: r.Variables}); err != nil {
				t.Errorf("%s: %v\n%s", file, err, r.Query)
			}
		}
	}
	if read < 50 {
		t.Errorf("only %d requests were read", read)
	}
}
