package dagster

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// number gives each field of the root the variables that carry its arguments, apart from the document's own.
func (d *Document) number() {
	free := "r"
	for slices.ContainsFunc(d.operation.VariableDefinitions, func(v *ast.VariableDefinition) bool { return strings.HasPrefix(v.Variable, free) }) {
		free += "_"
	}
	for i := range d.roots {
		d.roots[i].prefix = free + strconv.Itoa(i) + "_"
	}
}

func sameArguments(a, b ast.ArgumentList) bool {
	text := func(list ast.ArgumentList) map[string]string {
		m := map[string]string{}
		for _, argument := range list {
			p := &printer{}
			p.value(argument.Value)
			m[argument.Name] = p.String()
		}
		return m
	}
	return maps.Equal(text(a), text(b))
}

// carried reports whether the arguments of the root are forwarded as variables with the values that were judged.
func (d *Document) carried() bool { return d.Kind != Query }

// print writes Text, and notes which of the operation's variables it still has.
func (d *Document) print() {
	p := &printer{document: d, used: map[string]bool{}, prefix: map[*ast.Field]string{}}
	if d.carried() {
		for _, r := range d.roots {
			for _, place := range r.places {
				p.prefix[place] = r.prefix
			}
		}
	}
	p.set(d.operation.SelectionSet)
	for i := 0; i < len(p.spread); i++ { // printing a fragment can find more of them
		f := d.fragments[p.spread[i]]
		p.WriteString(" fragment " + f.Name + " on " + f.TypeCondition)
		p.set(f.SelectionSet)
	}
	var head []string
	for _, v := range d.operation.VariableDefinitions {
		if p.used[v.Variable] {
			d.forwarded = append(d.forwarded, v)
			h := &printer{}
			h.WriteString("$" + v.Variable + ":" + v.Type.String())
			if v.DefaultValue != nil { // it can be what makes the variable fit where it stands
				h.WriteString("=")
				h.value(v.DefaultValue)
			}
			head = append(head, h.String())
		}
	}
	head = append(head, p.carried...)
	text := string(d.Kind)
	if d.Name != "" {
		text += " " + d.Name
	}
	if len(head) > 0 {
		text += "(" + strings.Join(head, ",") + ")"
	}
	d.Text = text + p.String()
}

type printer struct {
	strings.Builder
	document *Document
	used     map[string]bool
	spread   []string              // fragments, in the order in which they are found
	prefix   map[*ast.Field]string // fields whose arguments are carried by variables
	carried  []string              // the definitions of those variables
}

func (p *printer) set(set ast.SelectionSet) {
	p.WriteString("{" + p.document.asidesIn(set))
	for i, selection := range set {
		if i > 0 {
			p.WriteString(" ")
		}
		switch v := selection.(type) {
		case *ast.Field:
			p.field(v)
		case *ast.InlineFragment:
			p.WriteString("...")
			if v.TypeCondition != "" {
				p.WriteString(" on " + v.TypeCondition)
			}
			p.directives(v.Directives)
			p.set(v.SelectionSet)
		case *ast.FragmentSpread:
			if !slices.Contains(p.spread, v.Name) {
				p.spread = append(p.spread, v.Name)
			}
			p.WriteString("..." + v.Name)
			p.directives(v.Directives)
		}
	}
	p.WriteString("}")
}

func (p *printer) field(f *ast.Field) {
	if f.Alias != f.Name {
		p.WriteString(f.Alias + ":")
	}
	p.WriteString(f.Name)
	if prefix, ok := p.prefix[f]; ok {
		p.carry(f, prefix)
	} else {
		p.arguments(f.Arguments)
	}
	p.directives(f.Directives)
	if len(f.SelectionSet) > 0 {
		p.set(f.SelectionSet)
	}
}

// carry writes variables instead of a field's arguments, once for each response key.
func (p *printer) carry(f *ast.Field, prefix string) {
	for i, a := range f.Arguments {
		p.WriteString([]string{"(", ","}[min(i, 1)] + a.Name + ":$" + prefix + a.Name)
		definition := "$" + prefix + a.Name + ":" + f.Definition.Arguments.ForName(a.Name).Type.String()
		if !slices.Contains(p.carried, definition) {
			p.carried = append(p.carried, definition)
		}
	}
	if len(f.Arguments) > 0 {
		p.WriteString(")")
	}
}

func (p *printer) arguments(list ast.ArgumentList) {
	for i, a := range list {
		p.WriteString([]string{"(", ","}[min(i, 1)] + a.Name + ":")
		p.value(a.Value)
	}
	if len(list) > 0 {
		p.WriteString(")")
	}
}

func (p *printer) directives(list ast.DirectiveList) {
	for _, d := range list {
		p.WriteString(" @" + d.Name)
		p.arguments(d.Arguments)
	}
}

func (p *printer) value(v *ast.Value) {
	between := func(i int) {
		if i > 0 {
			p.WriteString(",")
		}
	}
	switch v.Kind {
	case ast.Variable:
		if p.used != nil {
			p.used[v.Raw] = true
		}
		p.WriteString("$" + v.Raw)
	case ast.StringValue, ast.BlockValue:
		p.text(v.Raw)
	case ast.ListValue:
		p.WriteString("[")
		for i, c := range v.Children {
			between(i)
			p.value(c.Value)
		}
		p.WriteString("]")
	case ast.ObjectValue:
		p.WriteString("{")
		for i, c := range v.Children {
			between(i)
			p.WriteString(c.Name + ":")
			p.value(c.Value)
		}
		p.WriteString("}")
	default:
		p.WriteString(v.Raw)
	}
}

// text writes a string in the escapes that every reader of GraphQL knows.
func (p *printer) text(s string) {
	p.WriteString(`"`)
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			p.WriteString(`\` + string(r))
		case r < ' ' || r == 0x7f:
			p.WriteString(`\u00` + strconv.FormatInt(int64(r)>>4, 16) + strconv.FormatInt(int64(r)&15, 16))
		default:
			p.WriteRune(r)
		}
	}
	p.WriteString(`"`)
}
