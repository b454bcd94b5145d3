package change_test

import (
	"testing"

	"bailiwick/client"
	"bailiwick/internal/fault"
)

func TestWhoDescribesATokenAndWhoEndedIt(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.company()
		ada, sam, vi, ed := w.as("ada@acme.test"), w.as("sam@acme.test"), w.as("vi@acme.test"), w.as("ed@acme.test")
		describe := func(id, text string) client.TokenDescribe { return client.TokenDescribe{Token: id, Description: text} }
		issue := client.TokenIssue{NewToken: client.NewToken{Kind: "user", Description: "laptop"}}
		own := w.must(vi, issue).Results[0].ID
		w.must(vi, describe(own, "the old laptop"))
		w.refused(ed, fault.Forbidden, "permission", describe(own, "mine"))
		w.refused(ed, fault.NotFound, "", describe("tok_none", "x"))
		narrow := vi
		narrow.Within = func(string, string) bool { return false }
		w.refused(narrow, fault.Forbidden, "permission", describe(own, "by a narrowed token"))
		w.must(ada, describe(own, "by an administrator"))

		// Its maker describes it, whoever manages service users now.
		w.must(sam, client.ServiceUserCreate{ServiceUser: "ci"})
		made := w.must(sam, client.TokenIssue{NewToken: client.NewToken{Kind: "svc", Subject: "service_user:ci"}}).Results[0].ID
		w.must(ada, take("user:sam@acme.test", "robot_keeper", "dagster"))
		w.must(sam, describe(made, "deploys"))
		w.refused(vi, fault.Forbidden, "permission", describe(made, "x"))
		revision := w.now().Revision
		if w.must(sam, describe(made, "deploys")); w.now().Revision != revision {
			t.Error("what it is called already was written again")
		}

		other := w.must(ed, issue).Results[0].ID
		w.must(ada, client.TokenRevoke{Token: own}, client.ServiceUserDelete{ServiceUser: "ci"}, client.UserDeactivate{User: "ed@acme.test"})
		w.must(vi, describe(own, "lost on a train")) // it stays listed
		check := func() {
			t.Helper()
			for id, text := range map[string]string{own: "lost on a train", made: "deploys", other: "laptop"} {
				k := w.now().Token(id)
				if k == nil || !k.Ended || k.EndedBy != ada.String() || k.EndedAt.Before(k.Issued) || k.EndedAt.IsZero() || k.Description != text {
					t.Errorf("the token %s is %+v", id, k)
				}
			}
		}
		check()
		w.reopen()
		check()
	})
}
