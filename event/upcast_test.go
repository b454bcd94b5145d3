package event

import (
	"reflect"
	"testing"
)

// olds are events as programs of before wrote them, and what they are now. None is ever taken out.
var olds = []struct {
	in   Encoded
	want Event
}{
	{Encoded{Type: "token.issued", Version: 1, Facts: []byte(`{"token":"tok_a","number":7,"kind":"user","subject":"user:usr_a","hash":"h","last":"abcd"}`)},
		&TokenIssued{Token: "tok_a", Number: 7, Kind: "user", Subject: "user:usr_a", Hash: "h", Last: "abcd"}},
	{Encoded{Type: "token.revoked", Version: 1, Facts: []byte(`{"token":"tok_a"}`)}, &TokenRevoked{Token: "tok_a"}},
	{Encoded{Type: "token.suspended", Version: 1, Facts: []byte(`{"token":"tok_a"}`)}, &TokenSuspended{Token: "tok_a"}},
	{Encoded{Type: "role.put", Version: 1, Facts: []byte(`{"platform":"dagster","name":"releaser","at":"deployment","based_on":"viewer","permissions":["code_locations.reload"],"description":"ships"}`)},
		&RolePut{Platform: "dagster", ID: "rol_jpwehep36o3hz3fbrha6e55jsq", Name: "releaser", At: "deployment", BasedOn: "viewer", Permissions: []string{"code_locations.reload"}, Description: "ships"}},
}

func TestEventsOfBeforeAreReadAsTheyAreNow(t *testing.T) {
	covered := map[string]int{}
	for _, old := range olds {
		covered[old.in.Type] = max(covered[old.in.Type], old.in.Version)
		got, err := Decode(old.in)
		if err != nil || !reflect.DeepEqual(got, old.want) {
			t.Errorf("%s, version %d: %+v, %v; want %+v", old.in.Type, old.in.Version, got, err, old.want)
		}
	}
	for name, k := range kinds {
		if covered[name] != k.version-1 {
			t.Errorf("%s has version %d, and the newest old one here is %d", name, k.version, covered[name])
		}
	}
	wrong := Encoded{Type: "role.put", Version: 1, Facts: []byte(`{"platform":"dagster","id":"rol_x","name":"releaser","at":"deployment","permissions":[]}`)}
	if _, err := Decode(wrong); err == nil {
		t.Error("a role of version 1 has an id")
	}
}
