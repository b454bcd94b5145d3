package dagster

import (
	"os"
	"slices"
	"strings"
	"testing"

	"bailiwick/internal/fault"
	"bailiwick/rolemodel"
)

// TestEveryFieldOfTheNewestDagsterIsMapped: no root field without a rule, no rule without a field, every path an argument of the
// right type, every argument of a mutation judged or named as harmless.
func TestEveryFieldOfTheNewestDagsterIsMapped(t *testing.T) {
	for _, d := range table(t).Drift(schema(t)) {
		t.Errorf("%s %s: %s %s", d.Kind, d.Field, d.Path, d.Wrong)
	}
	for _, kind := range []Kind{Query, Mutation, Subscription} {
		if missing := table(t).Missing(schema(t), kind); len(missing) > 0 {
			t.Errorf("there are rules for the %s fields %q, which 1.13.27 does not have", kind, missing)
		}
	}
	if n := len(schema(t).Fields(Mutation)); n != 41 {
		t.Errorf("1.13.27 has %d mutations", n)
	}
}

// TestADagsterOfAYearAgoIsMapped: every field of 1.12.3 has a rule, and a rule says "since" exactly where 1.12.3 lacks the field.
func TestADagsterOfAYearAgoIsMapped(t *testing.T) {
	text, err := os.ReadFile("testdata/fields-1.12.3.txt")
	if err != nil {
		t.Fatal(err)
	}
	there := map[Kind][]string{}
	for line := range strings.Lines(string(text)) {
		word, field, _ := strings.Cut(strings.TrimSpace(line), " ")
		name, _, isField := strings.Cut(field, "(")
		if kind := Kind(strings.ToLower(word)); isField {
			there[kind] = append(there[kind], name)
			if _, ok := table(t).Rule(kind, name); !ok {
				t.Errorf("%s %s of 1.12.3 has no rule", kind, name)
			}
		}
	}
	if len(there[Mutation]) != 37 || len(there[Subscription]) != 3 || len(there[Query]) < 60 {
		t.Fatalf("read %d mutations, %d subscriptions, %d queries", len(there[Mutation]), len(there[Subscription]), len(there[Query]))
	}
	for _, r := range mutationRules() {
		if (r.Since == "") != slices.Contains(there[Mutation], r.Field) {
			t.Errorf("%s since %q, but in 1.12.3: %t", r.Field, r.Since, r.Since != "")
		}
	}
}

func TestEveryPermissionIsOneOfTheRoleModel(t *testing.T) {
	model, err := rolemodel.Edition("dagster-plus")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range table(t).Permissions() {
		found := false
		for _, p := range model.Permissions {
			found = found || p.Name == name && (p.At == "deployment" || p.At == "code_location")
		}
		if !found {
			t.Errorf("%s is no permission of dagster-plus at a deployment or code location", name)
		}
	}
}

func TestDriftIsNoticed(t *testing.T) {
	strange, err := NewTable(
		Rule{Kind: Mutation, Field: "launchRockets", Permission: "runs.launch", Sources: []Source{{Path: "target[]", Kind: Location}, {Path: "aim", Kind: Asset}}, Ignored: []string{"fuel"}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range strange.Drift(enlarged(t)) {
		got = append(got, string(d.Kind)+" "+d.Field+" "+d.Path+" "+d.Wrong)
	}
	want := []string{
		"query rockets  has no rule", "mutation deleteRun everywhere[].location is unknown", "mutation launchRockets target[] is not there", "mutation launchRockets aim is not there",
		"mutation launchRockets fuel is not there", "mutation launchRockets target is unknown", "subscription rockets  has no rule", "query Done.hasUndoPermission  has no permission",
	}
	if !slices.Equal(got, want) {
		t.Errorf("drift is %q", got)
	}
}

func TestARuleOfAnOperatorIsChecked(t *testing.T) {
	for name, r := range map[string]Rule{
		"a field that has one": {Kind: Mutation, Field: "launchRun", Permission: seeing},
		"no permission":        {Kind: Mutation, Field: "x"},
		"no kind":              {Kind: "view", Field: "x", Permission: seeing},
		"no name":              {Kind: Query, Field: "x y", Permission: seeing},
		"no path":              {Kind: Mutation, Field: "x", Permission: seeing, Sources: []Source{{Path: "a..b", Kind: Run}}},
		"no target":            {Kind: Mutation, Field: "x", Permission: seeing, Sources: []Source{{Path: "a", Kind: kinds}}},
	} {
		if _, err := NewTable(r); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLoadSchemaRefusesWhatIsNone(t *testing.T) {
	for _, text := range []string{``, `{}`, `{"data":null}`, `{"data":{"__schema":{}}}`, `{"__schema":{"queryType":{"name":"Q"},"types":[]}}`, `{"__schema":{"queryType":null,"types":[]}}`,
		`{"__schema":{"queryType":{"name":"Q"},"types":[{"kind":"OBJECT","name":"Q","fields":[{"name":"a","type":{"kind":"OBJECT","name":"Nowhere"}}]}]}}`} {
		if _, err := LoadSchema([]byte(text)); !fault.Is(err, fault.Unavailable) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
