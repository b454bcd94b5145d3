package rest_test

import (
	"strconv"
	"strings"
	"testing"

	"bailiwick/client"
)

func TestTheClientErasesWhoWasRemoved(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	owner := w.user("olga")
	zoe := w.Of("acme").Subject("zoe").ID
	there := w.Of("acme").Now().Revision
	_, err := owner.Erase(ctx, "zoe@acme.test", client.When{})
	fails(t, "somebody who is still there", err, client.Conflict)
	if _, err := owner.RemoveUser(ctx, "zoe@acme.test", client.Changing{}); err != nil {
		t.Fatal(err)
	}
	bo, auditor := w.user("bo"), w.user("aud")
	before := w.Of("acme").Now().Revision
	for name, text := range map[string]string{"address": "zoe@acme.test", "id": zoe, "text": "usr_x"} {
		_, err = owner.Erase(ctx, text, client.When{})
		if e := fails(t, "an "+name+" that is nobody's now", err, client.NotFound); !strings.HasSuffix(e.Right, ": at") {
			t.Errorf("it does not say how: %q", e.Right)
		}
	}
	for _, text := range []string{zoe, "zoe@acme.test"} {
		_, err = auditor.Erase(ctx, text, client.When{Revision: there})
		fails(t, "the auditor, "+text, err, client.Forbidden)
		_, err = bo.Erase(ctx, text, client.When{Revision: there}) // does not see her
		fails(t, "bo, "+text, err, client.NotFound)
	}
	if now := w.Of("acme").Now().Revision; now != before {
		t.Errorf("revision %d, want %d: a refusal changed something", now, before)
	}
	done, err := owner.Erase(ctx, "zoe@acme.test", client.When{Revision: there})
	if err != nil || !done.Changed || done.Revision != before+1 || done.ChangeID == "" {
		t.Errorf("%+v %v", done, err)
	}
	past, err := owner.Users(ctx, client.UserQuery{Reading: client.Reading{At: client.When{Revision: there}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range past.Users {
		if strings.Contains(u.Email+u.Name, "zoe") || strings.Contains(u.Name, "Zoe") {
			t.Errorf("the past still shows %+v", u)
		}
		if u.ID == zoe && u.Number == 0 {
			t.Errorf("what is left: %+v", u)
		}
	}
	if past.Total != 6 {
		t.Errorf("%d users at revision %d, want 6", past.Total, there)
	}
	fresh, _ := w.Of("acme").Token("olga", client.NewToken{})
	answer := w.send(call{method: "POST", path: "/users/" + zoe + "/erase?at=" + strconv.FormatInt(there, 10) + "&dry_run=true", token: fresh})
	if answer.status != 400 { // it would promise what is not offered
		t.Errorf("a dry run: %d %s", answer.status, answer.body)
	}
}
