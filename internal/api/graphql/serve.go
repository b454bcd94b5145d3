package graphql

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"

	gql "github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"bailiwick/client"
	"bailiwick/internal/api/graphql/model"
	"bailiwick/internal/fault"
	"bailiwick/internal/history"
	"bailiwick/internal/sight"
	"bailiwick/internal/signin"
)

// begin sets what every answer carries, and returns the request's id. What surrounds the door has chosen it.
func begin(w http.ResponseWriter) string {
	id := w.Header().Get("X-Request-Id")
	if id == "" {
		id = rand.Text()
		w.Header().Set("X-Request-Id", id)
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	return id
}

// ServeHTTP answers one operation: who asks and about what, then whether the request has the right form, then the answer.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), maxTime)
	defer cancel()
	a, answer, err := d.answer(ctx, w, r.WithContext(ctx), begin(w))
	if a != nil {
		a.facts(w.Header(), answer)
	}
	if err != nil {
		d.refuse(w, r, a, err)
		return
	}
	d.write(w, r, http.StatusOK, answer)
}

func (d *door) answer(ctx context.Context, w http.ResponseWriter, r *http.Request, id string) (*asking, *gql.Response, error) {
	a, err := d.ask(w, r, id)
	if err != nil {
		return nil, nil, err
	}
	body, err := readRequest(w, r)
	if err != nil {
		return a, nil, err
	}
	op, err := d.read(body)
	if err != nil {
		return a, nil, err
	}
	if a.dry, err = isDry(r, op); err != nil {
		return a, nil, err
	}
	return a, d.execute(context.WithValue(ctx, askingKey{}, a), op), nil
}

// ask finds out who asks, takes the present state, and finds the deployment of the address. Agents, gates and directories have
// doors of their own.
func (d *door) ask(w http.ResponseWriter, r *http.Request, id string) (*asking, error) {
	r, err := withToken(r)
	if err != nil {
		return nil, err
	}
	caller, err := d.Reader.Caller(r, signin.UserToken, signin.ServiceUserToken, signin.SessionKind)
	if err != nil {
		return nil, err
	}
	if caller.Renewed != nil {
		http.SetCookie(w, caller.Renewed)
	}
	if named := r.PathValue("organization"); named != "" && named != caller.Organization {
		return nil, noAddress()
	}
	st, err := d.Engine.Current(caller.Organization)
	if err != nil {
		return nil, err
	}
	a := &asking{door: d, id: id, caller: caller, judged: st, now: st, moment: st.Moment(d.Engine.Now()), address: r.PathValue("deployment")}
	a.view = sight.Of(st, a.principal(), a.moment)
	if a.address != "" {
		if _, err := a.deployment(nil); err != nil {
			return nil, noAddress()
		}
	} else { // clients send it with what is of the organization, too: whether it exists is for the fields to say
		a.address = r.Header.Get(deploymentHeader)
	}
	return a, nil
}

func noAddress() error {
	return fault.New(fault.NotFound, "there is nothing at this address").Rather("/graphql, or /DEPLOYMENT/graphql with a deployment of your organization")
}

// The headers in which clients of Dagster+ send their token, and the deployment that is meant where the address names none.
const (
	tokenHeader      = "Dagster-Cloud-Api-Token"
	deploymentHeader = "Dagster-Cloud-Deployment"
)

// withToken is the request with the token where package signin looks for it. Two tokens that differ are an error: the one that
// we read might not be the one that a proxy judged.
func withToken(r *http.Request) (*http.Request, error) {
	tokens := r.Header.Values(tokenHeader)
	if len(tokens) == 0 {
		return r, nil
	}
	bearer := "Bearer " + tokens[0]
	given := r.Header.Values("Authorization")
	if len(tokens) > 1 || len(given) > 1 || len(given) == 1 && given[0] != bearer {
		return nil, fault.New(fault.Unauthenticated, "the request carries several tokens").By("token_header").Rather("exactly one")
	}
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", bearer)
	return r, nil
}

// isDry tells whether a mutation is only to be judged.
func isDry(r *http.Request, op *operation) (bool, error) {
	dry := op.chosen.Operation == ast.Mutation && op.chosen.Directives.ForName("dryRun") != nil
	switch header := r.Header.Values("Bailiwick-Dry-Run"); {
	case len(header) == 0, len(header) == 1 && header[0] == "false":
		return dry, nil
	case len(header) == 1 && header[0] == "true":
		return op.chosen.Operation == ast.Mutation, nil
	}
	return false, fault.New(fault.Invalid, "the header Bailiwick-Dry-Run is neither true nor false").In("Bailiwick-Dry-Run")
}

// execute answers an operation that may be carried out.
func (d *door) execute(ctx context.Context, op *operation) *gql.Response {
	ctx = gql.WithOperationContext(ctx, &gql.OperationContext{
		RawQuery: op.text, Doc: op.document, Operation: op.chosen, OperationName: op.chosen.Name, Variables: op.variables,
		RecoverFunc: recovered, ResolverMiddleware: d.field,
		RootResolverMiddleware: func(ctx context.Context, next gql.RootResolver) gql.Marshaler { return next(ctx) },
	})
	ctx = gql.WithResponseContext(ctx, d.present, recovered)
	handler := d.schema.Exec(ctx)
	found := handler(ctx)
	if found == nil {
		found = &gql.Response{}
	}
	found.Errors = append(found.Errors, gql.GetErrors(ctx)...)
	return found
}

// recovered makes an error of a panic: it goes to the log, and the caller learns that something went wrong.
func recovered(_ context.Context, cause any) error { return fmt.Errorf("a field panicked: %v", cause) }

// field answers one field: may the caller see it, what is it, and how is an error said.
func (d *door) field(ctx context.Context, next gql.Resolver) (any, error) {
	at := gql.GetFieldContext(ctx)
	definition := at.Field.Definition
	if definition == nil || !at.IsResolver && !at.IsMethod {
		return next(ctx)
	}
	a := askingOf(ctx)
	g := governanceOf(definition)
	err := ctx.Err()
	if err == nil {
		err = a.allowed(ctx, g)
	}
	var answer any
	if err == nil {
		answer, err = next(ctx)
	}
	if err == nil {
		return answer, nil
	}
	a.refused(definition, g, err)
	var e *fault.Error
	if errors.As(err, &e) && e.Kind != fault.Internal {
		member := d.memberOf(definition, e)
		var bad *badLocation
		if invalid, is := member.(*model.InvalidLocationError); is && errors.As(err, &bad) {
			invalid.Errors = nil // each by itself
			for i := range bad.errors {
				invalid.Errors = append(invalid.Errors, &bad.errors[i])
			}
		}
		if member != nil {
			return member, nil
		}
	}
	return answer, err
}

// refused keeps that somebody was refused. Refusals of changes are kept by package change's own callback.
func (a *asking) refused(field *ast.FieldDefinition, g *governance, err error) {
	var change changeRefusal
	if !fault.Is(err, fault.Forbidden) || errors.As(err, &change) {
		return
	}
	operation := field.Name
	if g != nil && g.operation != signedIn {
		operation = g.operation
	}
	a.record(operation, field.Name, err)
}

func (a *asking) record(operation, resource string, err error) {
	a.History.Record(a.caller.Organization, history.Activity{Subject: a.caller.Subject.String(), Operation: operation, Resource: resource,
		Result: "refused", Reason: signin.Redact(err.Error()), Via: "graphql", Request: a.id})
}

// changeError is what a caller learns of a change that failed (attack 114).
func (a *asking) changeError(err error, commands ...client.Command) error {
	said, veiled := a.view.OfChange(err, commands...)
	if veiled {
		a.record(commands[0].Do(), "", errors.New("what is not there, or cannot be done, was tried"))
	}
	return changeRefusal{said}
}

// facts says which facts an answer was read from, and what a dry run would change.
func (a *asking) facts(header http.Header, answer *gql.Response) {
	a.mutation.Lock()
	defer a.mutation.Unlock()
	revision, epoch := a.now.Revision, a.now.Epoch
	if a.dry {
		revision, epoch = a.judged.Revision, a.judged.Epoch
	}
	header.Set("Bailiwick-Revision", strconv.FormatInt(revision, 10))
	header.Set("Bailiwick-Epoch", strconv.FormatInt(epoch, 10))
	if answer == nil {
		return
	}
	answer.Extensions = map[string]any{"revision": revision, "epoch": epoch}
	if a.dry {
		answer.Extensions["dryRun"] = a.comparison
	}
}

// refuse answers a request that was not carried out, in GraphQL's form.
func (d *door) refuse(w http.ResponseWriter, r *http.Request, a *asking, err error) {
	var list gqlerror.List
	if errors.As(err, &list) {
		for _, e := range list {
			e.Message = signin.Redact(e.Message)
			e.Extensions = map[string]any{"code": client.Invalid, "rule": "validation"}
		}
		d.write(w, r, http.StatusBadRequest, &gql.Response{Errors: list, Data: json.RawMessage("null")})
		return
	}
	e, internal := shown(err)
	status := client.Status(e.Kind.String())
	switch {
	case e.Rule == "size":
		status = http.StatusRequestEntityTooLarge
	case e.Rule == "content_type":
		status = http.StatusUnsupportedMediaType
	case status == http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", signin.Challenge(err))
		d.History.Anonymous()
	case status == http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "1")
	case internal:
		d.Log.LogAttrs(r.Context(), slog.LevelError, "a GraphQL request failed", slog.String("request_id", w.Header().Get("X-Request-Id")), slog.String("error", signin.Redact(err.Error())))
	}
	if a != nil && fault.Is(err, fault.Forbidden) {
		a.record("graphql", "", err)
	}
	d.refuseAs(w, r, status, e)
}

func (d *door) refuseAs(w http.ResponseWriter, r *http.Request, status int, e *fault.Error) {
	d.write(w, r, status, &gql.Response{Errors: gqlerror.List{{Message: messageOf(e), Extensions: extensionsOf(e)}}, Data: json.RawMessage("null")})
}

func (d *door) write(w http.ResponseWriter, r *http.Request, status int, answer any) {
	var text bytes.Buffer // a comparison can be tens of megabytes: it is not copied once more for the end of the line
	if err := json.NewEncoder(&text).Encode(answer); err != nil {
		d.Log.LogAttrs(r.Context(), slog.LevelError, "an answer could not be written", slog.Any("error", err))
		status = http.StatusInternalServerError
		text.WriteString(`{"errors":[{"message":"the answer could not be written","extensions":{"code":"internal"}}],"data":null}` + "\n")
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(text.Bytes()) // an error means that whoever asked has gone
}
