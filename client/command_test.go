package client

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

// TestEveryCommandSurvivesTheWire fills every field of every command and wants it back.
func TestEveryCommandSurvivesTheWire(t *testing.T) {
	if len(Names()) != 47 {
		t.Errorf("there are %d commands; a test that loops over none proves nothing", len(Names()))
	}
	for _, name := range Names() {
		empty, err := DecodeCommand([]byte(`{"do":"` + name + `"}`))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		filled := reflect.New(reflect.TypeOf(empty)).Elem()
		fill(t, filled)
		want := filled.Interface().(Command)
		text, err := json.Marshal(Commands{want})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if want := `[{"do":"` + name + `",`; !strings.HasPrefix(string(text), want) {
			t.Errorf("%s is written as %s; want %s…", name, text, want)
		}
		var got Commands
		if err := json.Unmarshal(text, &got); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !reflect.DeepEqual(got, Commands{want}) {
			t.Errorf("%s came back as %+v; want %+v", name, got, want)
		}
	}
}

func TestACommandThatIsWrongSaysWhere(t *testing.T) {
	for text, want := range map[string]string{
		`[{"do":"team.create","team":"data"},{"do":"team.destroy"}]`: `commands[1]: do: there is no command "team.destroy"; they are [agent.create`,
		`[{"do":"team.create","name":"data"}]`:                       `commands[0]: team.create: json: unknown field "name"`,
		`[{"team":"data"}]`:                                          `commands[0]: do: a command has a name`,
		`[7]`:                                                        `commands[0]: not a command`,
		`{"do":"team.create"}`:                                       `commands: not a list`,
	} {
		var commands Commands
		if err := json.Unmarshal([]byte(text), &commands); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v; want %s…", text, err, want)
		}
	}
	if _, err := json.Marshal(Commands{nil}); err == nil {
		t.Error("a missing command was written")
	}
}

// fill gives every field something that is not its zero value.
func fill(t *testing.T, v reflect.Value) {
	t.Helper()
	if v.Type() == reflect.TypeFor[time.Time]() {
		v.Set(reflect.ValueOf(time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC)))
		return
	}
	if v.Type() == reflect.TypeFor[json.RawMessage]() {
		v.SetBytes([]byte(`{"key":7}`))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Int:
		v.SetInt(7)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(t, v.Index(0))
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf("key"), reflect.ValueOf("value"))
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i))
		}
	default:
		t.Fatalf("fill cannot fill a %s", v.Type())
	}
}
