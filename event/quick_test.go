package event

import (
	"encoding/json"
	"reflect"
	"testing"
)

// samples are texts that quick reads, and texts that it must leave to strict, with what each is read into.
var samples = []struct {
	into  any
	texts []string
	quick bool
}{
	{&UserAdded{}, []string{`{"user":"usr_a","number":7}`, `{"user":"","number":-1}`, `{"user":"é","number":2147483647}`}, true},
	{&UserAdded{}, []string{`{"number":7,"user":"usr_a"}`, `{"user":"usr_a","number":7 }`, `{"user":"a\u0062","number":7}`, `{"user":"usr_a","number":07}`,
		`{"user":"usr_a","number":2147483648}`, `{"user":"usr_a","number":7}{}`, `{"user":"usr_a","number":-0}`, "{\"user\":\"\xff\",\"number\":7}",
		`{"user":"usr_a","number":7,"more":1}`, `{"user":"usr_a"}`, `{"user":"usr_a","number":1e3}`, ``, `{`, `null`, "{\"user\":\"a\nb\",\"number\":7}"}, false},
	{&Profile{}, []string{`{"email":"ana@acme.test","name":"Ana"}`, `{"email":"ana@acme.test"}`, `{"name":"Ana"}`}, true},
	{&Profile{}, []string{`{}`, `{"name":"Ana","email":"a"}`, `{,"name":"Ana"}`}, false},
	{&MemberAdded{}, []string{`{"user":"usr_a","platform":"dagster"}`}, true},
	{&TeamCreated{}, []string{`{"team":"team_a","number":7,"name":"Data"}`, `{"team":"team_a","number":7,"name":"Data","members":["usr_a","usr_b"]}`}, true},
	{&TeamCreated{}, []string{`{"team":"team_a","number":7,"name":"Data","members":[]}`, `{"team":"team_a","number":7,"name":"Data","members":["a",]}`}, false},
	{&TeamJoined{}, []string{`{"team":"team_a","members":["usr_a"]}`}, true},
	{&ResourceCreated{}, []string{`{"path":"dagster/prod","number":7}`}, true},
	{&ResourceCreated{}, []string{`{"path":"dbt/jaffle/prod","number":7,"category":"production"}`}, false},
	{&GrantAdded{}, []string{`{"to":"user:usr_a","role":"viewer","on":"dagster","number":7}`,
		`{"to":"user:usr_a","role":"viewer","on":"dbt/*","environments":["all"],"from":1,"until":9007199254740993,"number":7}`}, true},
	{&GrantAdded{}, []string{`{"to":"user:usr_a","role":"viewer","on":"dagster","until":1,"from":2,"number":7}`}, false},
	{&GrantRemoved{}, []string{`{"to":"user:usr_a","role":"viewer","on":"dagster"}`}, true},
}

func TestQuickReadsWhatItIsFor(t *testing.T) {
	for _, s := range samples {
		for _, text := range s.texts {
			if got := quick([]byte(text), fresh(s.into)); got != s.quick {
				t.Errorf("%T %s: %v, want %v", s.into, text, got, s.quick)
			}
			agree(t, s.into, []byte(text))
		}
	}
}

// FuzzQuick holds quick against encoding/json: what it reads at all, it reads alike.
func FuzzQuick(f *testing.F) {
	for _, s := range samples {
		for _, text := range s.texts {
			f.Add([]byte(text))
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, s := range samples {
			agree(t, s.into, text)
		}
	})
}

func fresh(like any) any { return reflect.New(reflect.TypeOf(like).Elem()).Interface() }

func agree(t *testing.T, like any, text []byte) {
	t.Helper()
	got, want := fresh(like), fresh(like)
	if !quick(text, got) {
		if !reflect.DeepEqual(got, fresh(like)) {
			t.Errorf("%T %q: not read, but something was set: %+v", like, text, got)
		}
		return
	}
	if err := strict(text, want); err != nil || !json.Valid(text) || !reflect.DeepEqual(got, want) {
		t.Errorf("%T %q: read as %+v, and by encoding/json as %+v (%v)", like, text, got, want, err)
	}
}
