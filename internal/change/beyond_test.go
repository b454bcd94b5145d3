package change_test

import (
	"context"
	"strings"
	"testing"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/change"
	"bailiwick/internal/fault"
)

// TestAProgramWithRolesBeyondTheActor : it is told beforehand which role stands in the way, and the refusal calls the program by its name.
func TestAProgramWithRolesBeyondTheActor(t *testing.T) {
	w := newWorld(t)
	w.company()
	ada, sam := w.as("ada@acme.test"), w.as("sam@acme.test")
	w.must(sam, client.ServiceUserCreate{ServiceUser: "ci"})
	beyond := func(actor change.Actor) *access.Grant {
		st := w.now()
		return change.Beyond(st, actor, access.Holder{Kind: access.ServiceUser, ID: st.ServiceUserByName("ci").ID}, w.engine.Now())
	}
	if g := beyond(sam); g != nil {
		t.Errorf("without roles: %+v", g)
	}
	w.must(ada, grant("service_user:ci", "editor", "dagster/prod"))
	if g := beyond(ada); g != nil {
		t.Errorf("an administrator: %+v", g)
	}
	narrowed := ada
	narrowed.Within = func(string, string) bool { return false }
	for _, actor := range []change.Actor{sam, narrowed} {
		if g := beyond(actor); g == nil || g.Role != "editor" || g.On != "dagster/prod" {
			t.Errorf("beyond %+v is %+v", actor, g)
		}
	}
	for _, c := range []client.Command{client.ServiceUserDelete{ServiceUser: "ci"}, client.TokenIssue{NewToken: client.NewToken{Kind: "svc", Subject: "service_user:ci"}}} {
		w.refused(sam, fault.Forbidden, "may_give", c)
		if _, err := w.Do(context.Background(), acme, sam, change.How{}, c); !strings.Contains(err.Error(), "editor on dagster/prod (service_user:ci)") {
			t.Errorf("%s: %v", c.Do(), err)
		}
	}
}
