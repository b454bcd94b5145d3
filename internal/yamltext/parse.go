package yamltext

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// MaxBytes is the largest text that is read: a million users fit.
const MaxBytes = 256 << 20

// maxDepth is deeper than any text that means something here.
const maxDepth = 64

// Parse reads one YAML document. The file name is for messages only. On a problem the Value is not to be used.
func Parse(file string, text []byte, p *Problems) Value {
	whole := Place{File: file, Line: 1, Column: 1}
	if len(text) > MaxBytes {
		p.AddAt(whole, "", fmt.Sprintf("the text has %d bytes", len(text)), fmt.Sprintf("at most %d are read", MaxBytes))
		return Value{file: file}
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var doc yaml.Node
	if err := decoder.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			p.AddAt(whole, "", "the text is empty", "")
			return Value{file: file}
		}
		addSyntax(file, err, p)
		return Value{file: file}
	}
	var second yaml.Node
	if err := decoder.Decode(&second); err == nil {
		at := Place{File: file, Line: second.Line, Column: second.Column}
		p.AddAt(at, "", "a second YAML document begins here", "keep one document in a file")
	} else if !errors.Is(err, io.EOF) {
		addSyntax(file, err, p)
	}
	root := Value{file: file, node: doc.Content[0]}
	refuse(root, 0, p)
	return root
}

// syntaxLine finds the line in an error of the YAML parser.
var syntaxLine = regexp.MustCompile(`line (\d+): `)

func addSyntax(file string, err error, p *Problems) {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	at := Place{File: file, Line: 1, Column: 1}
	if m := syntaxLine.FindStringSubmatchIndex(text); m != nil {
		at.Line, _ = strconv.Atoi(text[m[2]:m[3]])
		text = text[:m[0]] + text[m[1]:]
	}
	p.AddAt(at, "", "not YAML: "+text, "")
}

// refuse reports what could make a text say something else than it seems to say.
func refuse(v Value, depth int, p *Problems) {
	n := v.node
	switch {
	case depth > maxDepth:
		p.Add(v, fmt.Sprintf("nested deeper than %d levels", maxDepth), "")
		return
	case n.Kind == yaml.AliasNode:
		p.Add(v, "aliases (*"+n.Value+") are not read", "write the value out")
		return
	case n.Anchor != "":
		p.Add(v, "anchors (&"+n.Anchor+") are not read", "write the value out")
	case n.Style&yaml.TaggedStyle != 0:
		p.Add(v, "tags ("+n.Tag+") are not read", "write the value without one")
	case n.Kind == yaml.ScalarNode && n.ShortTag() == "!!merge":
		p.Add(v, "merge keys (<<) are not read", "write the keys out")
	}
	for _, child := range n.Content {
		refuse(Value{Path: v.Path, file: v.file, node: child}, depth+1, p)
	}
}
