package accessfile

import (
	"sort"
	"time"

	"go.yaml.in/yaml/v3"
)

// flowWidth is the length up to which names stay on one line.
const flowWidth = 100

func block() *yaml.Node { return &yaml.Node{Kind: yaml.MappingNode} }

func flow() *yaml.Node { return &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle} }

func list(style yaml.Style) *yaml.Node { return &yaml.Node{Kind: yaml.SequenceNode, Style: style} }

// text is quoted by the encoder where it would read as something else.
func text(value string) *yaml.Node { return scalar("!!str", value) }

func scalar(tag, value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value}
}

func put(mapping *yaml.Node, key string, value *yaml.Node) {
	mapping.Content = append(mapping.Content, text(key), value)
}

// putFilled leaves out what is empty.
func putFilled(mapping *yaml.Node, key string, value *yaml.Node) {
	if len(value.Content) > 0 {
		put(mapping, key, value)
	}
}

func putTime(mapping *yaml.Node, key string, at time.Time) {
	if !at.IsZero() {
		put(mapping, key, scalar("!!timestamp", at.UTC().Format(time.RFC3339Nano)))
	}
}

func textList(names []string) *yaml.Node {
	node := list(yaml.FlowStyle)
	for _, name := range names {
		node.Content = append(node.Content, text(name))
	}
	return node
}

func textMap(values map[string]string) *yaml.Node {
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	sort.Strings(names)
	node := flow()
	for _, name := range names {
		put(node, name, text(values[name]))
	}
	return node
}

// fold puts a mapping or list on one line where it is short and has no block inside.
func fold(node *yaml.Node) *yaml.Node {
	if length, ok := flat(node); ok && length <= flowWidth {
		node.Style = yaml.FlowStyle
		return node
	}
	node.Style &^= yaml.FlowStyle
	return node
}

// flat measures a node written on one line; ok is false where something in it is not on one line.
func flat(node *yaml.Node) (length int, ok bool) {
	if node.Kind == yaml.ScalarNode {
		return len(node.Value) + 2, true
	}
	for _, child := range node.Content {
		if child.Kind != yaml.ScalarNode && child.Style&yaml.FlowStyle == 0 {
			return 0, false
		}
		n, ok := flat(child)
		if !ok {
			return 0, false
		}
		length += n
	}
	return length + 2, true
}
