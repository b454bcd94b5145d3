package gate

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"bailiwick/internal/gate/dagster"
)

func schemaOf(t *testing.T, u *upstream) *dagster.Schema {
	t.Helper()
	schema, err := dagster.LoadSchema([]byte(`{"__schema":` + string(u.schema) + `}`))
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// TestDocumentsAreBounded counts the memory of what is remembered: no client can make it more than is said.
func TestDocumentsAreBounded(t *testing.T) {
	schema := schemaOf(t, newUpstream(t, ""))
	const limit = 1 << 20
	heap := func() uint64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	for name, make := range map[string]func(i int) string{
		"short": func(i int) string { return fmt.Sprintf("{ a%d: version }", i) },
		"dense": func(i int) string { return fmt.Sprintf("{ a%d: version %s }", i, strings.Repeat("...{version}", 40)) },
		"pages": func(i int) string { return strings.Replace(runsPage, "RunsPage", fmt.Sprintf("P%d", i), 1) },
	} {
		d := newDocuments(limit)
		before := heap()
		for i := range 500 {
			request := dagster.Request{Query: make(i), Variables: map[string]any{}}
			document, err := dagster.Parse(schema, request)
			if err != nil {
				t.Fatal(err)
			}
			d.put(schema, documentKey{request.Query, "", request.Door}, document)
		}
		if taken := int64(heap()) - int64(before); taken > limit*5/4 {
			t.Errorf("%s: %d documents take %d KiB, of %d", name, len(d.known), taken>>10, limit>>10)
		} else {
			t.Logf("%s: %d documents take %d KiB, %d are counted", name, len(d.known), taken>>10, d.size>>10)
		}
		runtime.KeepAlive(d)
	}
}

// TestDocumentsHoldForOneSchemaAndDoor: a query that was good in the schema before may be none in this one.
func TestDocumentsHoldForOneSchemaAndDoor(t *testing.T) {
	u := newUpstream(t, "")
	first, second := schemaOf(t, u), schemaOf(t, u)
	d := newDocuments(1 << 20)
	key := documentKey{"{version}", "", dagster.Post}
	document, err := dagster.Parse(first, dagster.Request{Query: key.query})
	if err != nil {
		t.Fatal(err)
	}
	d.put(first, key, document)
	if d.get(first, key) != document {
		t.Error("it is not remembered")
	}
	if d.get(second, key) != nil {
		t.Error("it is remembered for another schema")
	}
	if d.get(first, documentKey{"{version}", "", dagster.Get}) != nil || d.get(first, documentKey{"{version}", "A", dagster.Post}) != nil {
		t.Error("it is remembered for another door or operation")
	}
	d.put(second, documentKey{"{a: version}", "", dagster.Post}, document)
	if d.get(second, key) != nil || len(d.known) != 1 {
		t.Error("what was read in the schema before is kept")
	}
}
