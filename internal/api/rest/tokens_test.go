package rest_test

import (
	"testing"

	"bailiwick/client"
)

// TestWhoMakesAServiceUsersTokensSeesThem : with the permission to manage service users, and nobody else's tokens.
func TestWhoMakesAServiceUsersTokensSeesThem(t *testing.T) {
	w := newWorld(t)
	ctx, acme := t.Context(), w.Of("acme")
	acme.As("ada", client.RolePut{Platform: "dagster", Role: "keeper", At: "organization", Permissions: []string{"service_users.manage"}})
	acme.Token("ada", client.NewToken{Kind: "svc", Subject: "service_user:ci", Description: "nightly"})
	acme.Token("ada", client.NewToken{Description: "of ada"})
	bo := w.user("bo")
	_, err := bo.Tokens(ctx, client.TokenQuery{Subject: "service_user:ci"})
	fails(t, "without the permission", err, client.Forbidden)
	acme.As("ada", client.GrantAdd{Grant: client.Grant{To: "user:bo@acme.test", Role: "keeper", On: "dagster"}})
	found, err := bo.Tokens(ctx, client.TokenQuery{Subject: "service_user:ci"})
	if err != nil || found.Total != 1 || found.Tokens[0].Description != "nightly" || found.Tokens[0].MadeBy != "user:ada@acme.test" {
		t.Errorf("of the service user: %+v %v", found, err)
	}
	_, err = bo.Tokens(ctx, client.TokenQuery{Subject: "user:ada@acme.test"})
	fails(t, "a person's tokens", err, client.Forbidden)
	if found, err = bo.Tokens(ctx, client.TokenQuery{}); err != nil {
		t.Fatal(err)
	}
	for _, token := range found.Tokens {
		if token.Subject != "user:bo@acme.test" && token.Subject != "service_user:ci" {
			t.Errorf("of all: %+v", token)
		}
	}
	list, err := bo.ServiceUsers(ctx, client.ServiceUserQuery{Query: "ci"})
	if err != nil || len(list.ServiceUsers) != 1 || list.ServiceUsers[0].Tokens == nil || *list.ServiceUsers[0].Tokens != 1 {
		t.Errorf("in the list of service users: %+v %v", list, err)
	}
}
