package server

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"bailiwick/internal/fault"
	"bailiwick/internal/suggest"
	"bailiwick/internal/yamltext"

	"github.com/alecthomas/kong"
)

// Sources answers kong's questions for settings that no flag has set: from the environment, else from the file. It
// remembers where each value came from. One Sources serves one run of the program.
type Sources struct {
	environ  map[string]string
	readFile func(path string) ([]byte, error)

	opened   bool
	path     string
	inFile   map[string]yamltext.Value
	gates    yamltext.Value
	from     map[string]string
	problems yamltext.Problems
	wrong    []error
}

// NewSources makes the resolver to hand to kong. Environ is as os.Environ returns it.
func NewSources(environ []string, readFile func(path string) ([]byte, error)) *Sources {
	s := &Sources{environ: map[string]string{}, readFile: readFile, inFile: map[string]yamltext.Value{}, from: map[string]string{}}
	for _, entry := range environ {
		if name, value, _ := strings.Cut(entry, "="); strings.HasPrefix(name, envPrefix) && value != "" {
			s.environ[name] = value
		}
	}
	return s
}

// Validate is part of kong.Resolver; all that is wrong is said by Config, at once.
func (s *Sources) Validate(*kong.Application) error { return nil }

// Resolve returns the text of a setting, or nil where neither the environment nor the file has it.
func (s *Sources) Resolve(ctx *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	name := flag.Tag.Get("setting")
	if name == "" {
		return nil, nil
	}
	s.open(ctx)
	setting, known := byName(name)
	if !known {
		return nil, fmt.Errorf("%s is no setting", name)
	}
	if text, set := s.environ[setting.Env]; set {
		if err := try(flag, text); err != nil {
			s.wrong = append(s.wrong, fault.New(fault.Invalid, "%v", err).In(setting.Env))
			return nil, nil
		}
		s.from[name] = "environment " + setting.Env
		return text, nil
	}
	v, set := s.inFile[name]
	if !set || !v.Given() {
		return nil, nil
	}
	text := v.Text
	if flag.IsSlice() && v.IsList() {
		text = func(p *yamltext.Problems) string { return strings.Join(v.Texts(p), ",") }
	}
	before := len(s.problems.List())
	written := text(&s.problems)
	if len(s.problems.List()) > before {
		return nil, nil
	}
	if err := try(flag, written); err != nil {
		s.problems.Add(v, err.Error(), "")
		return nil, nil
	}
	s.from[name] = v.Place().String()
	return written, nil
}

// try reads a text as kong will, so that what is wrong with it can be said with its place.
func try(flag *kong.Flag, text string) error {
	into := reflect.New(flag.Target.Type()).Elem()
	scan := kong.Scan().PushTyped(text, kong.FlagValueToken)
	if err := flag.Mapper.Decode(&kong.DecodeContext{Value: flag.Value, Scan: scan}, into); err != nil {
		return err
	}
	if flag.Enum == "" {
		return nil
	}
	for _, word := range flag.EnumSlice() {
		if word == text {
			return nil
		}
	}
	return fmt.Errorf("%q is not one of the words allowed here; %s", text, suggest.OneOf(text, flag.EnumSlice()))
}

// open reads the file, once.
func (s *Sources) open(ctx *kong.Context) {
	if s.opened {
		return
	}
	s.opened, s.path = true, s.environ[configEnv]
	for _, p := range ctx.Path {
		if p.Flag != nil && p.Flag.Name == "config" {
			s.path, _ = ctx.FlagValue(p.Flag).(string)
		}
	}
	if s.path == "" {
		return
	}
	text, err := s.readFile(s.path)
	if err != nil {
		s.wrong = append(s.wrong, fault.Wrap(fault.Invalid, err, "the configuration file %s cannot be read (%v)", s.path, cause(err)).Rather("name one that can with --config or %s", configEnv))
		return
	}
	s.read(yamltext.Parse(s.path, text, &s.problems), "")
}

// read notes the settings of a mapping; what is a mapping itself holds those whose names begin with its key.
func (s *Sources) read(v yamltext.Value, prefix string) {
	if s.problems.Any() && prefix == "" {
		return
	}
	var names []string
	for _, setting := range Table() {
		if rest, is := strings.CutPrefix(setting.Name, prefix); is {
			first, _, _ := strings.Cut(rest, ".")
			names = append(names, first)
		}
	}
	if prefix == "" {
		names = append(names, gatesSection)
	}
	for _, entry := range v.Entries(&s.problems) {
		name := prefix + entry.Key
		if _, is := byName(name); is {
			s.inFile[name] = entry.Value
			continue
		}
		if name == gatesSection {
			s.gates = entry.Value
			continue
		}
		if isGroup(name) {
			s.read(entry.Value, name+".")
			continue
		}
		s.problems.AddAt(entry.KeyAt, name, fmt.Sprintf("unknown setting %q", name), suggest.OneOf(entry.Key, unique(names)))
	}
}

// err is everything that is wrong in the environment and the file.
func (s *Sources) err() error {
	return errors.Join(append([]error{s.problems.Err()}, s.wrong...)...)
}

// strangers are variables of the environment that begin like ours and are none. They are told and not refused: some
// orchestrators inject variables named after the service.
func (s *Sources) strangers() []string {
	known := map[string]bool{configEnv: true}
	names := []string{configEnv}
	for _, setting := range Table() {
		known[setting.Env] = true
		names = append(names, setting.Env)
	}
	var found []string
	for name := range s.environ {
		if near := suggest.Nearest(name, names); !known[name] && near != "" {
			found = append(found, fmt.Sprintf("the environment has %s, which is no setting; did you mean %s?", name, near))
		}
	}
	return found
}

func byName(name string) (Setting, bool) {
	for _, s := range Table() {
		if s.Name == name {
			return s, true
		}
	}
	return Setting{}, false
}

func isGroup(name string) bool {
	for _, s := range Table() {
		if strings.HasPrefix(s.Name, name+".") {
			return true
		}
	}
	return false
}

func unique(names []string) []string {
	var out []string
	seen := map[string]bool{}
	for _, n := range names {
		if !seen[n] {
			seen[n] = true
			out = append(out, n)
		}
	}
	return out
}
