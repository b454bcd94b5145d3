package dagster

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"bailiwick/internal/dagstertest"
)

// A witness is the real web server's own code, which says what it would execute of a request (testdata/witness.py).
type witness struct {
	to   io.WriteCloser
	from *bufio.Reader
	end  func() error
}

// witnesses are those of this package's tests, started by the first test that needs them.
var witnesses struct {
	sync.Once
	all []*witness
	err error
}

// reading returns the witnesses. One answers one question at a time.
func reading(t *testing.T) []*witness {
	t.Helper()
	python := dagstertest.Python(t)
	witnesses.Do(func() {
		for range 2 {
			w, err := newWitness(python)
			if witnesses.err = err; err != nil {
				return
			}
			witnesses.all = append(witnesses.all, w)
		}
	})
	if witnesses.err != nil {
		t.Fatal(witnesses.err)
	}
	return witnesses.all
}

func newWitness(python string) (*witness, error) {
	home, err := os.MkdirTemp("", "witness")
	if err != nil {
		return nil, err
	}
	command := exec.Command(python, "-I", filepath.Join("testdata", "witness.py"))
	command.Env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8", "DAGSTER_DISABLE_TELEMETRY=yes"}
	command.Stderr = os.Stderr
	to, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	from, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	w := &witness{to, bufio.NewReader(from), func() error { return errors.Join(to.Close(), command.Wait(), os.RemoveAll(home)) }}
	if _, err := w.from.ReadString('\n'); err != nil {
		return nil, fmt.Errorf("the witness does not start: %w", errors.Join(err, w.end()))
	}
	return w, nil
}

// An execution is a root field that runs.
type execution struct {
	Kind       Kind
	Field, Key string
	Arguments  any
}

func (w *witness) ask(s shot) (status int, ran []execution, err error) {
	line, err := json.Marshal(s.latin())
	if err != nil {
		return 0, nil, err
	}
	if _, err := w.to.Write(append(line, '\n')); err != nil {
		return 0, nil, err
	}
	text, err := w.from.ReadBytes('\n')
	if err != nil {
		return 0, nil, fmt.Errorf("%w after %s", err, line)
	}
	var said struct {
		Status int
		Ran    [][]any
	}
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	if err := d.Decode(&said); err != nil {
		return 0, nil, fmt.Errorf("%w: %s", err, text)
	}
	for _, r := range said.Ran {
		ran = append(ran, execution{Kind(r[0].(string)), r[1].(string), r[2].(string), even(r[3])})
	}
	return said.Status, ran, nil
}

// latin writes each byte as a character, since JSON holds no others.
func (s shot) latin() shot {
	each := func(text string) string {
		var b strings.Builder
		for i := range len(text) {
			b.WriteRune(rune(text[i]))
		}
		return b.String()
	}
	s.Query, s.Body = each(s.Query), each(s.Body)
	s.Headers = append([][2]string{}, s.Headers...)
	s.Messages = slices.Clone(s.Messages)
	for i, m := range s.Messages {
		s.Messages[i] = each(m)
	}
	return s
}

// even gives equal numbers the same form.
func even(value any) any {
	switch v := value.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, inner := range v {
			out[key] = even(inner)
		}
		return out
	case []any:
		out := []any{}
		for _, inner := range v {
			out = append(out, even(inner))
		}
		return out
	case json.Number:
		if n, ok := new(big.Int).SetString(v.String(), 10); ok {
			return n.String()
		}
		f, _ := v.Float64()
		if f == float64(int64(f)) {
			return strconv.FormatInt(int64(f), 10)
		}
		return strconv.FormatFloat(f, 'g', -1, 64)
	}
	return value
}

// ours reads a request as the gate does; nil: nothing of it is forwarded.
func ours(s *Schema, r shot) *Asked {
	if r.Messages != nil {
		return ourSocket(s, r.Messages)
	}
	header := http.Header{}
	for _, h := range r.Headers {
		header.Add(h[0], h[1])
	}
	return forwarded(s)(Read(r.Method, header, r.Query, []byte(r.Body)))
}

// forwarded is what a request that was read, or was not, comes to.
func forwarded(s *Schema) func(Request, error) *Asked {
	return func(r Request, err error) *Asked {
		if err != nil {
			return nil
		}
		if a, err := understand(s, r); err == nil {
			return a
		}
		return nil
	}
}

// ourSocket reads messages up to the one that closes the socket.
func ourSocket(s *Schema, messages []string) (started *Asked) {
	for _, text := range messages {
		m, err := ReadMessage([]byte(text))
		if !utf8.ValidString(text) || err != nil || m.Type == Terminate {
			return nil
		}
		if m.Type == Start {
			if started = forwarded(s)(m.Request, nil); started == nil {
				return nil
			}
		}
	}
	return started
}

// calls are the root fields that we say run, without those of introspection.
func calls(a *Asked) (all []execution) {
	for _, o := range a.Operations {
		if !isIntrospection(o.Field) {
			all = append(all, execution{o.Kind, o.Field, o.Key, even(o.Arguments)})
		}
	}
	return all
}

// compare sends the same bytes to the gate's reading and to the real server's, and what the gate would forward as well.
func compare(s *Schema, w *witness, r shot, count *counts) error {
	a := ours(s, r)
	if a == nil {
		count.refused++
		return nil // nothing of it reaches the server
	}
	said := calls(a)
	_, ran, err := w.ask(r)
	if err != nil {
		return err
	}
	for _, c := range ran {
		if !slices.ContainsFunc(said, func(o execution) bool { return cmp.Equal(o, c) }) {
			return fmt.Errorf("the server runs\n%+v, we say\n%+v", c, said)
		}
	}
	anew := shot{Method: "POST", Headers: [][2]string{{"Content-Type", "application/json"}}, Body: string(a.Body())}
	if a.Document.Kind == Subscription {
		anew = shot{Messages: []string{string(StartMessage("1", a))}}
	}
	status, does, err := w.ask(anew)
	switch {
	case err != nil:
		return err
	case len(does) == 0 && len(said) > 0:
		count.invalid++ // fields that cannot be merged, which is left to the server
		if len(ran) > 0 || status == http.StatusOK && a.Document.Kind != Subscription {
			return fmt.Errorf("of what is forwarded the server runs nothing (%d):\n%s\nof the original\n%+v", status, anew, ran)
		}
	case !cmp.Equal(said, does):
		return fmt.Errorf("of what is forwarded the server runs\n%+v, we say\n%+v\n%s", does, said, anew)
	}
	if len(does) > 0 {
		count.ran[a.Document.Kind]++
	}
	return nil
}

type counts struct {
	refused, invalid int
	ran              map[Kind]int
}

// TestAttack085TheServerRunsWhatTheGateSays: of requests made to deceive, whatever the real server executes is what the gate has
// judged, and so is all that it executes of what the gate forwards. BAILIWICK_REQUESTS says how many, BAILIWICK_SEED which.
func TestAttack085TheServerRunsWhatTheGateSays(t *testing.T) {
	number := func(name string, otherwise int) int {
		if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
			return n
		}
		return otherwise
	}
	many, seed := number("BAILIWICK_REQUESTS", 20_000), number("BAILIWICK_SEED", 1)
	if testing.Short() {
		many = min(many, 1000)
	}
	readers := reading(t)
	var all sync.WaitGroup
	var mu sync.Mutex
	total, wrong := counts{ran: map[Kind]int{}}, 0
	for i, w := range readers {
		n := &nasty{Rand: rand.New(rand.NewPCG(uint64(seed), uint64(i))), schema: schema(t)}
		all.Go(func() {
			count := counts{ran: map[Kind]int{}}
			for range many / len(readers) {
				r := n.request()
				if err := compare(schema(t), w, r, &count); err != nil {
					mu.Lock()
					wrong++
					if wrong <= 10 {
						t.Errorf("%+v\n%v", r, err)
					}
					mu.Unlock()
				}
			}
			mu.Lock()
			defer mu.Unlock()
			total.refused += count.refused
			total.invalid += count.invalid
			for kind, ran := range count.ran {
				total.ran[kind] += ran
			}
		})
	}
	all.Wait()
	t.Logf("of %d requests %d are refused, %d are invalid; the server ran %v", many, total.refused, total.invalid, total.ran)
	if wrong > 0 {
		t.Errorf("%d requests are read in two ways", wrong)
	}
	// The requests would prove nothing if none went through.
	if total.ran[Mutation] < many/20 || total.ran[Query] < many/50 || total.ran[Subscription] < many/100 {
		t.Errorf("too few of them do something")
	}
}
