package change

import (
	"encoding/json"
	"strings"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/state"
)

// aboutOf says what a command is about, for the line that it leaves where it is refused: the path, so that who reads one
// platform's audit log finds it, or else whom it is about, by opaque id; "" where it names nothing that there is.
func aboutOf(st *state.State, c client.Command) string {
	if c == nil {
		return ""
	}
	text, err := client.EncodeCommand(c)
	if err != nil {
		return ""
	}
	var said map[string]any
	if err := json.Unmarshal(text, &said); err != nil {
		return ""
	}
	for _, key := range []string{"on", "resource", "platform"} {
		if path := first(said[key]); path != "" {
			return path
		}
	}
	for _, key := range []string{"to", "subject"} {
		if kind, name, found := strings.Cut(first(said[key]), ":"); found {
			return holderNamed(st, kind, name)
		}
	}
	for _, key := range []string{"user", "service_user", "team", "agent"} {
		if name := first(said[key]); name != "" {
			return holderNamed(st, key, name)
		}
	}
	if id := first(said["token"]); st.Token(id) != nil {
		return "token:" + id
	}
	return ""
}

// first is a text, or the first of several.
func first(value any) string {
	if list, is := value.([]any); is && len(list) > 0 {
		value = list[0]
	}
	text, _ := value.(string)
	return text
}

func holderNamed(st *state.State, kind, name string) string {
	if sub, exists := st.SubjectByName(access.ParseHolderKind(kind), name); exists {
		return sub.String()
	}
	return ""
}
