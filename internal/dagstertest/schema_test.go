package dagstertest

import (
	"bytes"
	"flag"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "write the running server's schema where it is stored")

// TestStoredSchemaIsTheServers fails when the pin moves and the file does not: the gate's table of mutations and fields is
// checked against the file. After `go test ./internal/dagstertest -run Schema -update` the file before is removed by hand.
func TestStoredSchemaIsTheServers(t *testing.T) {
	d := dagster.Start(t)
	now := d.Schema(t)
	if *update {
		if err := os.WriteFile(d.SchemaFile(), now, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	stored, err := os.ReadFile(d.SchemaFile())
	if err != nil {
		t.Fatalf("the schema of the pinned Dagster is not stored: %v", err)
	}
	was, is := bytes.Split(stored, []byte("\n")), bytes.Split(now, []byte("\n"))
	for i := range max(len(was), len(is)) {
		if i >= len(was) || i >= len(is) || !bytes.Equal(was[i], is[i]) {
			t.Fatalf("%s differs from what dagster-webserver %s answers, first in line %d: read what changed, then write it by `go test ./internal/dagstertest -run Schema -update`",
				d.SchemaFile(), d.Version(), i+1)
		}
	}
}
