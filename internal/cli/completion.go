package cli

import (
	"slices"
	"sort"
	"strings"
	"time"

	"bailiwick/rolemodel"

	"github.com/alecthomas/kong"
)

type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Help is printed below the usage.
func (completionCommand) Help() string {
	return `Prints a script that completes commands, flags and, once -f FILE stands on the line, the people, permissions
and resources of that file.

Examples:
  source <(bailiwick completion bash)                                     # in ~/.bashrc
  bailiwick completion zsh > "${fpath[1]}/_bailiwick"
  bailiwick completion fish > ~/.config/fish/completions/bailiwick.fish`
}

// Every shell asks the program itself, so that a script never grows old.
const (
	bashScript = `_bailiwick() {
  local IFS=$'\n' line="${COMP_LINE:0:COMP_POINT}" cur words
  # Bash breaks words at ":"; resources and subjects contain it, so the words are taken from the line.
  IFS=$' \t' read -r -a words <<<"$line"
  if [[ $line == *[[:space:]] ]]; then words+=(""); fi
  cur="${words[${#words[@]}-1]}"
  COMPREPLY=($(compgen -W "$(bailiwick __complete -- "${words[@]:1}" 2>/dev/null)" -- "$cur"))
  local colon="${cur%"${cur##*:}"}"
  if [[ -n $colon ]]; then COMPREPLY=("${COMPREPLY[@]#"$colon"}"); fi
  if [[ ${#COMPREPLY[@]} -eq 0 ]]; then compopt -o default; fi
}
complete -F _bailiwick bailiwick
`
	zshScript = `#compdef bailiwick
_bailiwick() {
  local -a found
  found=("${(@f)$(bailiwick __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n ${found[1]} ]]; then compadd -a found; else _files; fi
}
if [ "$funcstack[1]" = _bailiwick ]; then _bailiwick "$@"; else compdef _bailiwick bailiwick; fi
`
	fishScript = `function __bailiwick_complete
  set -l words (commandline -opc) (commandline -ct)
  bailiwick __complete -- $words[2..-1] 2>/dev/null
end
complete -c bailiwick -a '(__bailiwick_complete)'
`
)

// Run prints the script.
func (c completionCommand) Run(s *session) error {
	s.printf("%s", map[string]string{"bash": bashScript, "zsh": zshScript, "fish": fishScript}[c.Shell])
	return nil
}

// completeCommand answers the shells' scripts: the words that could stand in place of the last one.
type completeCommand struct {
	Words []string `arg:"" optional:"" passthrough:""`
}

// Run prints one word a line.
func (c completeCommand) Run(s *session) error {
	words := c.Words
	if len(words) > 0 && words[0] == "--" {
		words = words[1:]
	}
	last := ""
	if len(words) > 0 {
		last = words[len(words)-1]
	}
	for _, word := range s.candidates(words) {
		if strings.HasPrefix(word, last) {
			s.printf("%s\n", word)
		}
	}
	return nil
}

// candidates lists what could stand in the place of the last of the words.
func (s *session) candidates(words []string) []string {
	if len(words) < 2 {
		return s.commandNames()
	}
	node, depth := s.selected(words)
	command, last := words[0], words[len(words)-1]
	previous := words[len(words)-2]
	switch {
	case previous == "-f" || previous == "--file":
		return nil // the shell's own file names
	case previous == "-o" || previous == "--output":
		return []string{"table", "json", "yaml"}
	case strings.HasPrefix(last, "-"):
		return s.flagNames(node)
	case len(node.Children) > 0 && depth == len(words)-1:
		return names(node)
	}
	file, place := "", 0
	for i := 1; i < len(words)-1; i++ {
		switch word := words[i]; {
		case word == "-f" || word == "--file":
			i++
			file = words[min(i, len(words)-1)]
		case slices.Contains([]string{"-o", "--output", "--at", "--color", "--server", "--token"}, word):
			i++
		case !strings.HasPrefix(word, "-"):
			place++
		}
	}
	return s.arguments(command, place, file)
}

// arguments lists what a command's argument of that place could be.
func (s *session) arguments(command string, place int, file string) []string {
	what := map[string][]string{
		"check": {"who", "permission", "resource"}, "explain": {"who", "permission", "resource"},
		"who-can": {"permission", "resource"}, "what-can": {"who", "resource"},
		"reference": {"edition"}, "completion": {"shell"},
	}[command]
	if place >= len(what) {
		return nil
	}
	switch what[place] {
	case "edition":
		return rolemodel.Editions()
	case "shell":
		return []string{"bash", "zsh", "fish"}
	}
	facts, err := s.load(file, time.Time{})
	if err != nil {
		return nil
	}
	return facts.words(what[place])
}

// words lists a file's names of one sort.
func (f *source) words(what string) []string {
	var words []string
	switch what {
	case "who":
		for _, user := range f.Organization.Users {
			words = append(words, user.ID)
		}
		for _, name := range f.Organization.ServiceUsers {
			words = append(words, "service_user:"+name)
		}
	case "permission":
		for _, platform := range f.Organization.Platforms {
			for _, permission := range platform.Model.Permissions {
				words = append(words, platform.Slug+"."+permission.Name)
			}
		}
	case "resource":
		for _, platform := range f.Organization.Platforms {
			words = append(words, platform.Slug)
			for _, res := range platform.Resources {
				words = append(words, res.Path)
			}
		}
	}
	sort.Strings(words)
	return words
}

func (s *session) commandNames() []string { return names(s.parser.Model.Node) }

// names lists the commands of a noun, or all of the first word.
func names(of *kong.Node) []string {
	var names []string
	for _, node := range of.Children {
		if !node.Hidden {
			names = append(names, node.Name)
		}
	}
	return names
}

// selected returns the command that words begin with, and how many words name it. The last word is still being typed.
func (s *session) selected(words []string) (node *kong.Node, depth int) {
	node = s.parser.Model.Node
	for _, word := range words[:len(words)-1] {
		i := slices.IndexFunc(node.Children, func(n *kong.Node) bool { return n.Name == word })
		if i < 0 {
			break
		}
		node, depth = node.Children[i], depth+1
	}
	return node, depth
}

func (s *session) flagNames(node *kong.Node) []string {
	var names []string
	for ; node != nil; node = node.Parent {
		for _, flag := range node.Flags {
			names = append(names, "--"+flag.Name)
		}
	}
	sort.Strings(names)
	return names
}
