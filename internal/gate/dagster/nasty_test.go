package dagster

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// A shot is a request as it is sent: by HTTP, or the messages of a socket.
type shot struct {
	Method   string      `json:"method"`
	Headers  [][2]string `json:"headers"`
	Query    string      `json:"query"`
	Body     string      `json:"body"`
	Messages []string    `json:"messages,omitempty"`
}

// A nasty makes requests that somebody might send who wants a mutation to be taken for something harmless. The same seed makes the
// same requests.
type nasty struct {
	*rand.Rand
	schema    *Schema
	declared  []string          // of the operation that is being written: "$v0:String!"
	values    map[string]string // of all operations' variables, as JSON
	fragments []string
	named     []string // operations
	doing     Kind
}

// pick chooses one of several, the first ones more often.
func (n *nasty) pick(list ...string) string { return list[n.IntN(n.IntN(len(list))+1)] }

// rarely is one of the others.
func (n *nasty) rarely(usual string, others ...string) string {
	if n.one(25) {
		return some(n, others)
	}
	return usual
}

// some picks an element.
func some[T any](n *nasty, list []T) T { return list[n.IntN(len(list))] }

// one in so many.
func (n *nasty) one(in int) bool { return n.IntN(in) == 0 }

func (n *nasty) gap() string {
	if n.one(12) {
		return n.pick(" ", ",", "\n", "\t", "\r\n", "#c\n", "#\"\"\"\n", "\ufeff", "#c\r", " # }\n", ",,", "\u00a0")
	}
	return " "
}

func (n *nasty) request() shot {
	n.fragments, n.named, n.values = nil, nil, map[string]string{}
	door := n.IntN(20)
	document := n.document(door)
	if n.one(12) {
		document = n.damaged(document)
	}
	switch {
	case door < 13:
		return n.post(document)
	case door < 17:
		return n.get(document)
	}
	return n.socket(document)
}

// document writes one to three operations and their fragments.
func (n *nasty) document(door int) string {
	usual := Mutation
	switch {
	case door >= 17:
		usual = Subscription
	case door >= 13 || n.one(4):
		usual = Query
	}
	var parts []string
	many := 1 + n.IntN(1+n.IntN(3))
	for range many {
		if n.doing = usual; n.one(8) {
			n.doing = some(n, []Kind{Query, Mutation, Subscription})
		}
		parts = append(parts, n.operation(many > 1 && !n.one(10)))
	}
	parts = append(parts, n.fragments...)
	if n.one(3) {
		n.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	}
	return strings.Join(parts, n.gap())
}

func (n *nasty) operation(named bool) string {
	n.declared = nil
	set := n.root(3)
	name := ""
	if named || n.one(3) {
		name = n.pick("A", "B", "query", "mutation", "on", "fragment", "C", "null")
		if slices.Contains(n.named, name) && !n.one(10) {
			name += "2"
		}
		n.named = append(n.named, name)
	}
	if n.doing == Query && name == "" && len(n.declared) == 0 && n.one(2) {
		return set
	}
	head := string(n.doing) + " " + name
	if len(n.declared) > 0 {
		head += "(" + strings.Join(n.declared, n.gap()) + ")"
	}
	if n.one(80) {
		head += n.condition()
	}
	return head + n.gap() + set
}

// root writes a selection of the root type.
func (n *nasty) root(depth int) string {
	of := n.schema.root(n.doing)
	var parts []string
	most := 3
	if n.doing == Subscription && !n.one(10) {
		most = 1
	}
	for range 1 + n.IntN(1+n.IntN(most)) {
		switch {
		case depth > 0 && n.one(6):
			on := ""
			if n.one(2) {
				on = "on " + of.Name + " "
			}
			parts = append(parts, "..."+n.gap()+on+n.maybe()+n.root(depth-1))
		case depth > 0 && n.one(6):
			name := fmt.Sprintf("F%d", len(n.fragments))
			n.fragments = append(n.fragments, "") // its place, while those within it take theirs
			n.fragments[indexOf(name)] = "fragment " + name + " on " + of.Name + n.gap() + n.root(depth-1)
			parts = append(parts, "..."+name+n.maybe())
			if n.one(4) {
				parts = append(parts, "... "+name)
			}
		default:
			parts = append(parts, n.field(of))
		}
	}
	return "{" + n.gap() + strings.Join(parts, n.gap()) + "}"
}

func indexOf(fragment string) (i int) {
	_, _ = fmt.Sscanf(fragment, "F%d", &i)
	return i
}

func (n *nasty) field(of *ast.Definition) string {
	if n.one(40) {
		return n.alias() + n.pick("__typename", "__schema{queryType{name}}", "version", "nothing", "setNuxSeen", `__type(name:"Run"){name}`)
	}
	f := some(n, of.Fields)
	text := n.alias() + f.Name
	var arguments []string
	for _, a := range f.Arguments {
		if a.Type.NonNull && a.DefaultValue == nil && !n.one(60) || n.one(2) {
			arguments = append(arguments, a.Name+n.gap()+":"+n.gap()+n.literal(a.Type, 5, true))
		}
	}
	n.Shuffle(len(arguments), func(i, j int) { arguments[i], arguments[j] = arguments[j], arguments[i] })
	if len(arguments) > 0 {
		text += "(" + strings.Join(arguments, n.gap()) + ")"
	}
	return text + n.maybe() + n.beneath(f.Type.Name())
}

func (n *nasty) alias() string {
	if n.one(3) {
		return n.pick("a", "b", "version", "deleteRun", "query", "data", "c", "d", "e", "_", "f", "__typename", "bailiwick_Run") + n.gap() + ":" + n.gap()
	}
	return ""
}

// maybe writes @skip and @include, or nothing.
func (n *nasty) maybe() string {
	if n.one(6) {
		return n.condition()
	}
	return ""
}

func (n *nasty) condition() string {
	name := n.pick("include", "skip")
	if n.one(30) {
		name = n.pick("deprecated", "stream", "defer", "include")
	}
	text := " @" + name + "(if:" + n.literal(ast.NonNullNamedType("Boolean", nil), 1, true) + ") "
	if n.one(12) {
		text += n.condition()
	}
	return text
}

// beneath writes what is selected of a composite type: among it fields that answers are rewritten for.
func (n *nasty) beneath(name string) string {
	def := n.schema.types.Types[name]
	if def == nil || !def.IsCompositeType() {
		return ""
	}
	possible := n.schema.types.GetPossibleTypes(def)
	if len(possible) == 0 || !n.one(4) {
		return "{__typename}"
	}
	one := some(n, possible)
	var leaves []string
	for _, f := range one.Fields {
		if t := n.schema.types.Types[f.Type.Name()]; len(f.Arguments) == 0 && t != nil && !t.IsCompositeType() && (n.one(4) || isPermitName(f.Name)) {
			leaves = append(leaves, f.Name)
		}
	}
	if len(leaves) == 0 {
		return "{__typename}"
	}
	return "{... on " + one.Name + n.maybe() + "{" + strings.Join(leaves, n.gap()) + "}}"
}

// literal writes a value of a type as documents do, or a variable.
func (n *nasty) literal(t *ast.Type, depth int, variables bool) string {
	switch {
	case n.one(200):
		return n.pick("null", "1", `"x"`, "true", "FOO", "{}", "[]", "1.0", "[[1]]")
	case variables && n.one(4):
		return n.variable(t)
	case !t.NonNull && n.one(10):
		return "null"
	case t.Elem != nil:
		if n.one(4) {
			return n.literal(t.Elem, depth-1, variables)
		}
		var list []string
		for range n.IntN(3) {
			list = append(list, n.literal(t.Elem, depth-1, variables))
		}
		return "[" + strings.Join(list, n.gap()) + "]"
	}
	def := n.schema.types.Types[t.NamedType]
	switch def.Kind {
	case ast.Enum:
		return some(n, def.EnumValues).Name
	case ast.InputObject:
		var fields []string
		for _, f := range def.Fields {
			if f.Type.NonNull || depth > 0 && n.one(3) {
				fields = append(fields, f.Name+":"+n.literal(f.Type, depth-1, variables))
			}
		}
		if n.one(60) && len(fields) > 0 {
			fields = append(fields, fields[0])
		}
		return "{" + strings.Join(fields, n.gap()) + "}"
	}
	switch t.NamedType {
	case "Int":
		return n.rarely(n.pick("1", "0", "-7", "2147483647", "-0"), "2147483648", "1.0", "1e3", "01", `"1"`)
	case "Float":
		return n.rarely(n.pick("1.5", "2", "-0.0", "1e3", "1E+300"), "1e400", ".5", "1.", `"1"`)
	case "Boolean":
		return n.rarely(n.pick("true", "false", "true", "false"), "True", `"true"`, "1", "null", "FALSE")
	case "ID", "String":
		if n.one(6) {
			return n.text()
		}
		return n.rarely(n.pick(`"x"`, `"y"`, `"a::b"`, `"l"`, `"etl"`, `""`, `"""x"""`, "\"\"\"\n  a\n    b\n\"\"\"", `"\u0078"`, `"\ud83d\ude00"`, `"😀"`, `"a\/b\\\"\b\f\n\r\t"`, `""" \""" """`, `"a`+"\u2028"+`"`, "\"\x7f\""),
			"1", "-5", "x", "true", "1.5", `"\x41"`, "\"\x00\"", "'x'", `"\ud800"`, `"\u{78}"`)
	}
	return n.pick("{}", `{a:1,b:[true,null,"x"]}`, `"{\"a\":1}"`, "1", "1.5", "[1,{a:2}]", "{a:FOO}", "FOO", "{a:$v0}", "{a:{b:1e3}}", "{a:1,a:2}", "9007199254740993", "null")
}

// text writes one of pieces that mean something in texts of some kind.
func (n *nasty) text() string {
	quotes := n.pick(`"""`, `"`)
	text := quotes
	for range n.IntN(8) {
		text += n.pick("a", " ", "\n", "  ", "\t", `\"`, `\"""`, `\\`, "\r\n", "\r", "é", "#", "{", `\n`, `\u0041`, "😀", `"`, `""`, "\v", "\u0085", `\/`, "\ufeff", `\`)
	}
	return text + quotes
}

// variable declares one of a type, or uses one that is there.
func (n *nasty) variable(t *ast.Type) string {
	if n.one(20) && len(n.declared) > 0 {
		name, _, _ := strings.Cut(some(n, n.declared), ":")
		return name
	}
	name := fmt.Sprintf("v%d", len(n.declared))
	if n.one(30) {
		name = n.pick("r0_runId", "__x", "if", "query")
	}
	declared := *t
	if declared.NonNull = true; !t.NonNull && n.one(2) || n.one(40) {
		declared.NonNull = false
	}
	text := "$" + name + n.gap() + ":" + n.gap() + declared.String()
	if n.one(4) {
		text += " = " + n.literal(&declared, 2, n.one(30))
	}
	if !slices.ContainsFunc(n.declared, func(d string) bool { return strings.HasPrefix(d, "$"+name+" ") }) {
		n.declared = append(n.declared, text)
	}
	if !n.one(8) {
		n.values[name] = n.json(&declared, 3)
	}
	return "$" + name
}

// json writes a value of a type as JSON.
func (n *nasty) json(t *ast.Type, depth int) string {
	switch {
	case n.one(150):
		return n.pick("null", "1", `"x"`, "true", "{}", "[]", "1.0", "NaN", "1e400", `"\ud800"`, "-Infinity", `{"a":1,"a":2}`, "[[]]")
	case !t.NonNull && n.one(10):
		return "null"
	case t.Elem != nil:
		if n.one(4) {
			return n.json(t.Elem, depth-1)
		}
		var list []string
		for range n.IntN(3) {
			list = append(list, n.json(t.Elem, depth-1))
		}
		return "[" + strings.Join(list, ",") + "]"
	}
	def := n.schema.types.Types[t.NamedType]
	switch def.Kind {
	case ast.Enum:
		return `"` + some(n, def.EnumValues).Name + `"`
	case ast.InputObject:
		var fields []string
		for _, f := range def.Fields {
			if f.Type.NonNull || depth > 0 && n.one(3) {
				fields = append(fields, `"`+f.Name+`":`+n.json(f.Type, depth-1))
			}
		}
		return "{" + strings.Join(fields, ",") + "}"
	}
	switch t.NamedType {
	case "Int":
		return n.rarely(n.pick("1", "0", "-7", "2147483647"), "1.0", "1e3", "2147483648", `"1"`, "true")
	case "Float":
		return n.rarely(n.pick("1.5", "2", "1e3", "-0.0"), "true", `"1"`)
	case "Boolean":
		return n.rarely(n.pick("true", "false", "true", "false"), "0", `"false"`, "null")
	case "ID", "String":
		if n.one(6) {
			return n.text()
		}
		return n.rarely(n.pick(`"x"`, `"y"`, `"a::b"`, `"etl"`, `""`, `"\u0078"`, `"\ud83d\ude00"`, `"\/\u2028"`), "1", "1.0", "true", `"`+"\x00"+`"`)
	}
	return n.pick("{}", `{"a":1,"A":[true,null,"x"]}`, `"{\"a\":1}"`, "1", "1.5e2", "9007199254740993", "[1]", `{"a":{"b":1E3}}`, `{"__proto__":{}}`, "-0")
}
