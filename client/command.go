package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// A ChangesRequest is the body of POST /api/v1/changes: commands that are carried out in their order, as one change, all
// or none. Later commands may name what earlier ones make.
type ChangesRequest struct {
	Changing
	Commands Commands `json:"commands"`
}

// A Command is one thing to do. The types of this package are all there are; in JSON each is an object whose key "do"
// names it: {"do": "team.create", "team": "data"}.
type Command interface {
	// Do is the command's stable name: "team.create".
	Do() string
}

// Commands is a list of commands that can be written to JSON and read back.
type Commands []Command

// MarshalJSON writes every command with its name.
func (c Commands) MarshalJSON() ([]byte, error) {
	all := make([]json.RawMessage, 0, len(c))
	for i, command := range c {
		text, err := EncodeCommand(command)
		if err != nil {
			return nil, fmt.Errorf("commands[%d]: %w", i, err)
		}
		all = append(all, text)
	}
	return json.Marshal(all)
}

// UnmarshalJSON reads commands; one that is not on the list, or a key that it does not have, is an error that says which.
func (c *Commands) UnmarshalJSON(text []byte) error {
	var all []json.RawMessage
	if err := json.Unmarshal(text, &all); err != nil {
		return errors.New("commands: not a list; write [{\"do\": \"team.create\", \"team\": \"data\"}]")
	}
	*c = make(Commands, 0, len(all))
	for i, one := range all {
		command, err := DecodeCommand(one)
		if err != nil {
			return fmt.Errorf("commands[%d]: %w", i, err)
		}
		*c = append(*c, command)
	}
	return nil
}

// EncodeCommand writes one command as JSON.
func EncodeCommand(command Command) ([]byte, error) {
	if command == nil {
		return nil, errors.New("there is no command")
	}
	fields, err := json.Marshal(command)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", command.Do(), err)
	}
	out := fmt.Appendf(nil, `{"do":%q`, command.Do())
	if rest := bytes.TrimPrefix(fields, []byte("{")); len(rest) > 1 {
		return append(append(out, ','), rest...), nil
	}
	return append(out, '}'), nil
}

// DecodeCommand reads one command. The result is a value, not a pointer: TeamCreate{…}.
func DecodeCommand(text []byte) (Command, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return nil, errors.New("not a command; write {\"do\": \"team.create\", \"team\": \"data\"}")
	}
	var do string
	if err := json.Unmarshal(fields["do"], &do); err != nil {
		return nil, errors.New("do: a command has a name; write {\"do\": \"team.create\", …}")
	}
	read, known := decoders()[do]
	if !known {
		return nil, fmt.Errorf("do: there is no command %q; they are %v", do, Names())
	}
	delete(fields, "do")
	rest, err := json.Marshal(fields)
	if err != nil {
		return nil, err
	}
	command, err := read(rest)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", do, err)
	}
	return command, nil
}

// Names lists the names of all commands, sorted.
func Names() []string {
	var names []string
	for name := range decoders() {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// decoders reads each command by its name.
func decoders() map[string]func([]byte) (Command, error) {
	all := map[string]func([]byte) (Command, error){}
	for _, add := range []func(map[string]func([]byte) (Command, error)){
		can[OrganizationSet], can[PlatformAttach], can[PlatformUpdate], can[PlatformDetach],
		can[ResourceCreate], can[ResourceUpdate], can[ResourceRename], can[ResourceDelete], can[DocumentSet],
		can[RolePut], can[RoleRename], can[RoleDelete], can[TestsSet],
		can[UserAdd], can[UserProfile], can[UserDeactivate], can[UserReactivate], can[UserRemove],
		can[MemberAdd], can[MemberRemove], can[LicenseSet],
		can[ServiceUserCreate], can[ServiceUserUpdate], can[ServiceUserDelete], can[AgentCreate], can[AgentDelete],
		can[TeamCreate], can[TeamRename], can[TeamDelete], can[TeamJoin], can[TeamLeave],
		can[GrantAdd], can[GrantRemove], can[GrantsReplace], can[TokenIssue], can[TokenRevoke], can[TokenDescribe],
		can[ProviderPut], can[ProviderRemove], can[IdentityLink], can[IdentityUnlink],
		signInCommands,
	} {
		add(all)
	}
	return all
}

// can adds the decoder of one type.
func can[C Command](all map[string]func([]byte) (Command, error)) {
	var zero C
	all[zero.Do()] = func(text []byte) (Command, error) {
		var command C
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.DisallowUnknownFields()
		err := decoder.Decode(&command)
		return command, err
	}
}
