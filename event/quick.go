package event

import (
	"strconv"
	"unicode/utf8"
)

// quick reads the events that an organization has most of, in exactly the form in which Encode writes them: a start reads
// hundreds of thousands, and encoding/json takes ten times as long. It answers false for everything else, however slightly
// it differs (another order, a space, an escape): strict then reads it and is what says whether it is right.
func quick(text []byte, into any) bool {
	r := quickReader{rest: text, ok: true}
	switch e := into.(type) {
	case *UserAdded:
		var v UserAdded
		v.User, v.Number = r.text(`{"user":`), r.number()
		if r.end() {
			e.User, e.Number = v.User, v.Number
			return true
		}
	case *Profile:
		var v Profile
		brace := `{`
		if r.has(brace + `"email":`) {
			v.Email, brace = r.text(brace+`"email":`), `,`
		}
		if r.has(brace + `"name":`) {
			v.Name, brace = r.text(brace+`"name":`), `,`
		}
		if brace == `,` && r.end() {
			*e = v
			return true
		}
	case *MemberAdded:
		v := MemberAdded{User: r.text(`{"user":`), Platform: r.text(`,"platform":`)}
		if r.end() {
			*e = v
			return true
		}
	case *TeamCreated:
		v := TeamCreated{Team: r.text(`{"team":`), Number: r.number(), Name: r.text(`,"name":`)}
		if r.has(`,"members":`) {
			v.Members = r.list(`,"members":`)
		}
		if r.end() {
			*e = v
			return true
		}
	case *TeamJoined:
		v := TeamJoined{Team: r.text(`{"team":`), Members: r.list(`,"members":`)}
		if r.end() {
			*e = v
			return true
		}
	case *ResourceCreated:
		v := ResourceCreated{Path: r.text(`{"path":`), Number: r.number()}
		if r.end() {
			*e = v
			return true
		}
	case *GrantAdded:
		v := GrantAdded{Grant: r.grant(), Number: r.number()}
		if r.end() {
			*e = v
			return true
		}
	case *GrantRemoved:
		v := GrantRemoved{Grant: r.grant()}
		if r.end() {
			*e = v
			return true
		}
	}
	return false
}

// A quickReader takes a text from its front. Once something is not as expected, ok is false for good.
type quickReader struct {
	rest []byte
	ok   bool
}

func (r *quickReader) has(next string) bool {
	return r.ok && len(r.rest) >= len(next) && string(r.rest[:len(next)]) == next
}

func (r *quickReader) skip(next string) {
	if r.ok = r.has(next); r.ok {
		r.rest = r.rest[len(next):]
	}
}

func (r *quickReader) end() bool {
	r.skip(`}`)
	return r.ok && len(r.rest) == 0
}

// text takes a key and a text that has no escapes and nothing that JSON would not take as it is.
func (r *quickReader) text(key string) string {
	r.skip(key)
	r.skip(`"`)
	if !r.ok {
		return ""
	}
	plain := true
	for i, c := range r.rest {
		switch {
		case c == '"':
			text := r.rest[:i]
			r.rest = r.rest[i+1:]
			r.ok = plain || utf8.Valid(text)
			return string(text)
		case c < ' ' || c == '\\':
			r.ok = false
			return ""
		case c >= utf8.RuneSelf:
			plain = false
		}
	}
	r.ok = false
	return ""
}

// digits takes a key and a number of at most so many bits.
func (r *quickReader) digits(key string, bits int) int64 {
	r.skip(key)
	n := 0
	for n < len(r.rest) && (r.rest[n] >= '0' && r.rest[n] <= '9' || n == 0 && r.rest[n] == '-') {
		n++
	}
	number, err := strconv.ParseInt(string(r.rest[:n]), 10, bits)
	// What JSON does not know as a number is not ours to judge: 007, -0.
	if !r.ok || err != nil || strconv.FormatInt(number, 10) != string(r.rest[:n]) {
		r.ok = false
		return 0
	}
	r.rest = r.rest[n:]
	return number
}

func (r *quickReader) number() int32 { return int32(r.digits(`,"number":`, 32)) }

// list takes a key and texts in brackets, at least one.
func (r *quickReader) list(key string) []string {
	r.skip(key)
	list := []string{r.text(`[`)}
	for r.has(`,`) {
		list = append(list, r.text(`,`))
	}
	r.skip(`]`)
	return list
}

// grant takes the fields of a grant, with the brace before them.
func (r *quickReader) grant() Grant {
	g := Grant{To: r.text(`{"to":`), Role: r.text(`,"role":`), On: r.text(`,"on":`)}
	if r.has(`,"environments":`) {
		g.Environments = r.list(`,"environments":`)
	}
	if r.has(`,"from":`) {
		g.From = r.digits(`,"from":`, 64)
	}
	if r.has(`,"until":`) {
		g.Until = r.digits(`,"until":`, 64)
	}
	return g
}
