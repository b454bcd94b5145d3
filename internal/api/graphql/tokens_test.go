package graphql_test

import (
	"fmt"
	"strings"
	"testing"

	"bailiwick/client"
	"bailiwick/internal/orgtest"
)

// lives walks through the life of a token: made by somebody, described, used by nobody else, ended; and says what lists have.
const agentFields = `{__typename ... on DagsterCloudAgentToken {id token description revoked createdBy {email} revokedBy {email} createTimestamp revokeTimestamp
	permissions {organizationPermissionGrant {grant} allBranchDeploymentsPermissionGrant {grant} deploymentPermissionGrants {deploymentId grant}}} ... on UnauthorizedError {message}}`

func TestAnAgentTokenLives(t *testing.T) {
	w := newWorld(t)
	made := w.ask("ada", `mutation {createAgentToken(description: "cluster") `+agentFields+`}`, nil)
	made.is(`"DagsterCloudAgentToken"`, "createAgentToken", "__typename")
	made.is(`"AGENT"`, "createAgentToken", "permissions", "organizationPermissionGrant", "grant")
	made.is(`"ada@acme.test"`, "createAgentToken", "createdBy", "email")
	made.is(`false`, "createAgentToken", "revoked")
	secret, _ := made.get("createAgentToken", "token").(string)
	if !strings.HasPrefix(secret, "bwk_agent_") || strings.Contains(secret, "…") {
		t.Fatalf("the answer that makes a token shows %q", secret)
	}
	id := fmt.Sprint(made.get("createAgentToken", "id"))

	set := w.ask("ada", `mutation($id: Int!, $d: Int!) {createOrUpdateAgentPermissions(agentPermission: {agentTokenId: $id, deploymentId: $d, grant: AGENT, deploymentScope: DEPLOYMENT}) `+agentFields+`
		removeAgentPermissions(agentPermission: {agentTokenId: $id, deploymentScope: ORGANIZATION, deploymentId: 0}) `+agentFields+`}`, map[string]any{"id": intOf(t, id), "d": w.number("dagster/prod")})
	set.is(fmt.Sprintf(`[{"deploymentId":%d,"grant":"AGENT"}]`, w.number("dagster/prod")), "createOrUpdateAgentPermissions", "permissions", "deploymentPermissionGrants")
	set.is(`null`, "removeAgentPermissions", "permissions", "organizationPermissionGrant")
	for _, grant := range []string{"VIEWER", "ADMIN"} {
		w.ask("ada", `mutation($id: Int!) {createOrUpdateAgentPermissions(agentPermission: {agentTokenId: $id, grant: `+grant+`, deploymentScope: ORGANIZATION}) {__typename}}`,
			map[string]any{"id": intOf(t, id)}).is(`"PythonError"`, "createOrUpdateAgentPermissions", "__typename")
	}

	w.ask("ada", `mutation($id: Int!) {editAgentTokenDescription(tokenId: $id, description: "other") `+agentFields+`}`, map[string]any{"id": intOf(t, id)}).
		is(`"other"`, "editAgentTokenDescription", "description")
	listed := w.ask("ada", `{agentTokensOrError {... on DagsterCloudAgentTokens {tokens {id token}}}}`, nil)
	listed.is(`"bwk_agent_…`+secret[len(secret)-4:]+`"`, "agentTokensOrError", "tokens", 0, "token")

	for _, name := range []string{"bo", "zoe"} {
		for field, query := range map[string]string{
			"createAgentToken": `mutation {createAgentToken ` + agentFields + `}`, "agentTokensOrError": `{agentTokensOrError {__typename}}`,
			"revokeAgentToken":               `mutation {revokeAgentToken(tokenId: ` + id + `) {__typename}}`,
			"editAgentTokenDescription":      `mutation {editAgentTokenDescription(tokenId: ` + id + `) {__typename}}`,
			"removeAgentPermissions":         `mutation {removeAgentPermissions(agentPermission: {agentTokenId: ` + id + `, deploymentScope: ORGANIZATION}) {__typename}}`,
			"createOrUpdateAgentPermissions": `mutation {createOrUpdateAgentPermissions(agentPermission: {agentTokenId: ` + id + `, grant: AGENT, deploymentScope: ORGANIZATION}) {__typename}}`,
			"agentTokenOrError":              `{agentTokenOrError(tokenId: ` + id + `) {__typename}}`,
		} {
			w.ask(name, query, nil).is(`"UnauthorizedError"`, field, "__typename")
		}
	}

	ended := w.ask("ada", `mutation {revokeAgentToken(tokenId: `+id+`) `+agentFields+`}`, nil)
	ended.is(`true`, "revokeAgentToken", "revoked")
	ended.is(`"ada@acme.test"`, "revokeAgentToken", "revokedBy", "email")
	if made, gone := fmt.Sprint(ended.get("revokeAgentToken", "createTimestamp")), fmt.Sprint(ended.get("revokeAgentToken", "revokeTimestamp")); gone < made {
		t.Errorf("the token that was made at %s ended at %s", made, gone)
	}
	w.ask("ada", `{agentTokensOrError {... on DagsterCloudAgentTokens {tokens {id revoked}}}}`, nil).is(`[{"id":`+id+`,"revoked":true}]`, "agentTokensOrError", "tokens")
	w.ask("ada", `mutation {revokeAgentToken(tokenId: 4711) {__typename}}`, nil).is(`"DagsterCloudTokenNotFoundError"`, "revokeAgentToken", "__typename")
}

// An agent token that is refused leaves no agent behind.
func TestARefusedAgentTokenLeavesNothing(t *testing.T) {
	w := newWorld(t)
	before := w.Now().Counts().Agents
	w.As("ada", client.RolePut{Platform: "dagster", Role: "half", At: "organization", Permissions: []string{"agent_tokens.edit", "users.view"}},
		orgtest.Grant("user:zoe@acme.test", "half", "dagster"))
	w.ask("zoe", `mutation {createAgentToken {__typename}}`, nil).is(`"UnauthorizedError"`, "createAgentToken", "__typename")
	if after := w.Now().Counts().Agents; after != before {
		t.Errorf("there are %d agents; before there were %d", after, before)
	}
}

const userTokenFields = `{__typename ... on DagsterCloudUserToken {id token description revoked revokedBy {email} user {userId}} ... on UnauthorizedError {message}}`

func TestAUserTokenLives(t *testing.T) {
	w := newWorld(t)
	bo, ada := int(w.User("bo").Number), int(w.User("ada").Number)
	made := w.ask("bo", `mutation {createUserToken(description: "laptop") `+userTokenFields+`}`, nil)
	secret, _ := made.get("createUserToken", "token").(string)
	if !strings.HasPrefix(secret, "bwk_user_") || strings.Contains(secret, "…") {
		t.Fatalf("the answer that makes a token shows %q", secret)
	}
	made.is(fmt.Sprint(bo), "createUserToken", "user", "userId")
	id := fmt.Sprint(made.get("createUserToken", "id"))
	is := func(want string, name, query string, path ...any) {
		t.Helper()
		w.ask(name, query, nil).is(want, path...)
	}
	is(`"UnauthorizedError"`, "ada", fmt.Sprintf(`mutation {createUserToken(userId: %d) {__typename}}`, bo), "createUserToken", "__typename")
	is(`"DagsterCloudUserToken"`, "bo", fmt.Sprintf(`mutation {createUserToken(userId: %d) {__typename}}`, bo), "createUserToken", "__typename")
	is(`"UnauthorizedError"`, "bo", fmt.Sprintf(`{userTokensOrError(userId: %d) {__typename}}`, ada), "userTokensOrError", "__typename")
	is(`"UnauthorizedError"`, "bo", `{userTokensOrError(userId: 4711) {__typename}}`, "userTokensOrError", "__typename")
	is(`"UnauthorizedError"`, "zoe", fmt.Sprintf(`mutation {revokeUserToken(tokenId: %s, userId: %d) {__typename}}`, id, bo), "revokeUserToken", "__typename")
	is(`"UnauthorizedError"`, "zoe", fmt.Sprintf(`mutation {editUserTokenDescription(tokenId: %s, userId: %d, description: "x") {__typename}}`, id, bo), "editUserTokenDescription", "__typename")
	is(`"work"`, "bo", fmt.Sprintf(`mutation {editUserTokenDescription(tokenId: %s, userId: %d, description: "work") {... on DagsterCloudUserToken {description}}}`, id, bo), "editUserTokenDescription", "description")
	listed := w.ask("ada", fmt.Sprintf(`{userTokensOrError(userId: %d) {... on DagsterCloudUserTokens {tokens {id token description}}}}`, bo), nil)
	if strings.Contains(listed.text, secret) || !strings.Contains(listed.text, `"bwk_user_…`+secret[len(secret)-4:]+`"`) {
		t.Errorf("the list shows %s", listed.text)
	}
	is(`"DagsterCloudTokenNotFoundError"`, "ada", fmt.Sprintf(`mutation {revokeUserToken(tokenId: %s, userId: %d) {__typename}}`, id, ada), "revokeUserToken", "__typename")
	ended := w.ask("ada", fmt.Sprintf(`mutation {revokeUserToken(tokenId: %s, userId: %d) `+userTokenFields+`}`, id, bo), nil)
	ended.is(`true`, "revokeUserToken", "revoked")
	ended.is(`"ada@acme.test"`, "revokeUserToken", "revokedBy", "email")
	// A token that is narrowed sees itself of its owner's, and makes none.
	narrow := w.As("bo", client.TokenIssue{NewToken: client.NewToken{Kind: "user", Permissions: []string{"dagster.runs.view"}}}).Results[0]
	for body, want := range map[string]string{
		fmt.Sprintf(`{"query": "{userTokensOrError(userId: %d) {... on DagsterCloudUserTokens {tokens {id}}}}"}`, bo): fmt.Sprintf(`{"tokens":[{"id":%d}]}`, w.Now().Token(narrow.ID).Number),
		`{"query": "mutation {createUserToken {__typename}}"}`:                                                        `"UnauthorizedError"`,
	} {
		if answer := w.send(call{token: narrow.Secret, body: body}); !strings.Contains(answer.body, want) {
			t.Errorf("a narrowed token is answered with %s; want %s", answer.body, want)
		}
	}
	if answer := w.send(call{token: secret, body: `{"query": "{version}"}`}); answer.status != 401 {
		t.Errorf("a revoked token is answered with %d %s", answer.status, answer.body)
	}
	mine := w.ask("bo", fmt.Sprintf(`{userTokensOrError(userId: %d) {... on DagsterCloudUserTokens {tokens {id revoked}}}}`, bo), nil)
	if !strings.Contains(mine.text, `{"id":`+id+`,"revoked":true}`) {
		t.Errorf("the revoked token %s is not in %s", id, mine.text)
	}
}

func TestATokenOfProvisioningLives(t *testing.T) {
	w := newWorld(t)
	const fields = `{__typename ... on DagsterCloudApiToken {id token tokenType revoked description revokedBy {email}}}`
	w.ask("ada", `mutation {createApiToken(tokenType: SCIM) `+fields+`}`, nil).is(`"UnauthorizedError"`, "createApiToken", "__typename") // dbt is not hers
	w.ask("ada", `{apiTokensOrError(tokenType: SCIM) {__typename}}`, nil).is(`"UnauthorizedError"`, "apiTokensOrError", "__typename")
	made := w.ask("olga", `mutation {one: createApiToken(tokenType: SCIM, description: "okta") `+fields+` two: createApiToken(tokenType: SCIM) `+fields+`}`, nil)
	secret, _ := made.get("one", "token").(string)
	id, _ := made.get("one", "id").(string)
	if !strings.HasPrefix(secret, "bwk_scim_") || made.get("two", "__typename") != "DagsterCloudApiToken" {
		t.Fatalf("made %s", made.text)
	}
	u := w.Now().ServiceUserByName("provisioning")
	if u == nil || w.Now().Token(id).Holder.ID != u.ID {
		t.Errorf("the token is %v's", w.Now().Token(id).Holder)
	}
	listed := w.ask("aud", `{apiTokensOrError(tokenType: SCIM) {... on DagsterCloudApiTokens {tokens {token description}}}}`, nil)
	listed.is(`{"description":"okta","token":"bwk_scim_…`+secret[len(secret)-4:]+`"}`, "apiTokensOrError", "tokens", 0)
	w.ask("ada", `mutation($id: ID!) {revokeApiToken(tokenType: SCIM, tokenId: $id) {__typename}}`, map[string]any{"id": id}).is(`"UnauthorizedError"`, "revokeApiToken", "__typename")
	w.ask("olga", `mutation($id: ID!) {editApiTokenDescription(tokenType: SCIM, tokenId: $id, description: "entra") `+fields+`}`, map[string]any{"id": id}).
		is(`"entra"`, "editApiTokenDescription", "description")
	ended := w.ask("olga", `mutation($id: ID!) {revokeApiToken(tokenType: SCIM, tokenId: $id) `+fields+`}`, map[string]any{"id": id})
	ended.is(`true`, "revokeApiToken", "revoked")
	ended.is(`"olga@acme.test"`, "revokeApiToken", "revokedBy", "email")
}

func TestAServiceTokenLives(t *testing.T) {
	w := newWorld(t)
	ci := w.Now().ServiceUserByName("ci").ID
	of := map[string]any{"u": ci}
	const fields = `{__typename ... on ServiceToken {id token revoked description serviceUser {name} revokedBy {email}}}`
	w.ask("bo", `mutation($u: String!) {createServiceToken(serviceUserId: $u) `+fields+`}`, of).is(`"UnauthorizedError"`, "createServiceToken", "__typename")
	w.ask("bo", `query($u: String!) {serviceTokensOrError(serviceUserId: $u) {__typename}}`, of).is(`"UnauthorizedError"`, "serviceTokensOrError", "__typename")
	made := w.ask("ada", `mutation($u: String!) {createServiceToken(serviceUserId: $u, description: "deploys") `+fields+`}`, of)
	secret, _ := made.get("createServiceToken", "token").(string)
	if !strings.HasPrefix(secret, "bwk_svc_") {
		t.Fatalf("made %s", made.text)
	}
	made.is(`"ci"`, "createServiceToken", "serviceUser", "name")
	of["t"] = made.get("createServiceToken", "id")
	w.ask("ada", `mutation($u: String!, $t: String!) {updateServiceToken(serviceUserId: $u, tokenId: $t, description: "builds") `+fields+`}`, of).
		is(`"builds"`, "updateServiceToken", "description")
	w.ask("ada", `query($u: String!) {serviceTokensOrError(serviceUserId: $u) {... on ServiceTokens {tokens {token description}}}}`, map[string]any{"u": ci}).
		is(`[{"description":"builds","token":"bwk_svc_…`+secret[len(secret)-4:]+`"}]`, "serviceTokensOrError", "tokens")
	other := w.As("ada", client.ServiceUserCreate{ServiceUser: "other"}).Results[0].ID
	w.ask("ada", `mutation($u: String!, $t: String!) {updateServiceToken(serviceUserId: $u, tokenId: $t, description: "x") `+fields+`}`, map[string]any{"u": other, "t": of["t"]}).
		is(`"DagsterCloudTokenNotFoundError"`, "updateServiceToken", "__typename")
	w.ask("bo", `mutation($t: String!) {revokeServiceToken(tokenId: $t) {__typename}}`, map[string]any{"t": of["t"]}).is(`"UnauthorizedError"`, "revokeServiceToken", "__typename")
	w.ask("ada", `mutation($t: String!) {revokeServiceToken(tokenId: $t) `+fields+`}`, map[string]any{"t": of["t"]}).is(`true`, "revokeServiceToken", "revoked")
	w.ask("ada", `mutation {revokeServiceToken(tokenId: "tok_x") {__typename} createServiceToken(serviceUserId: "svc_x") {__typename}}`, nil).
		is(`{"createServiceToken":{"__typename":"ServiceTokenNotFoundError"},"revokeServiceToken":{"__typename":"DagsterCloudTokenNotFoundError"}}`)
}

// A dry run shows neither a secret nor an id that somebody could use.
func TestADryRunMakesNoToken(t *testing.T) {
	w := newWorld(t)
	before := w.Now().Revision
	w.token("bo")
	before++
	said := w.ask("bo", `mutation @dryRun {createUserToken {... on DagsterCloudUserToken {id token}}}`, nil)
	said.is(`0`, "createUserToken", "id")
	if secret, _ := said.get("createUserToken", "token").(string); !strings.HasPrefix(secret, "bwk_user_…") {
		t.Errorf("a dry run shows %q", secret)
	}
	if now := w.Now().Revision; now != before {
		t.Errorf("a dry run took the journal from %d to %d", before, now)
	}
}

func intOf(t *testing.T, text string) int {
	t.Helper()
	n := 0
	if _, err := fmt.Sscan(text, &n); err != nil {
		t.Fatal(err)
	}
	return n
}
