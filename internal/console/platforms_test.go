package console_test

import (
	"net/http"
	"testing"

	"bailiwick/client"
)

func TestPlatformsAreThoseThatTheCallerMaySee(t *testing.T) {
	d := newTeamDesk(t)
	has(t, d.see("olga", "/platforms"), `href="/platforms/dagster/tree"`, `href="/platforms/dbt/tree"`, "dagster-plus", "2 deployments", "2 code locations", "1 branch deployment", "1 project", "no limit",
		`href="/platforms" aria-current="page"`)
	ada := d.see("ada", "/platforms")
	has(t, ada, `href="/platforms/dagster/tree"`)
	hasNot(t, ada, "dbt")
	d.refused("ada", "/platforms/dbt/tree", nil, http.StatusNotFound)
	d.refused("ada", "/platforms/nothing/tree", nil, http.StatusNotFound)
	d.refused("olga", "/platforms/org/tree", nil, http.StatusNotFound)
	for _, address := range []string{"/platforms", "/platforms/dagster/tree"} {
		hasNot(t, d.refused("zoe", address, nil, http.StatusForbidden), `href="/platforms"`, "prod")
	}
}

func TestAPlatformShowsWhatIsOnItAndItsSettings(t *testing.T) {
	d := newTeamDesk(t)
	d.As("ada", client.ResourceUpdate{Resource: "dagster/staging", Settings: map[string]string{"sso_default_role": "launcher"}})
	text := d.see("ada", "/platforms/dagster/tree")
	has(t, text, "<strong>prod</strong> <small>Deployment</small>", "Code locations <span", "<strong>etl</strong>", "<strong>billing</strong>",
		"Branch deployments <span", "<strong>feature-1</strong>", "<span>sso default role</span> <b>launcher</b>")
	has(t, d.see("ada", "/platforms/dagster/tree?query=ETL"), "<strong>dagster/prod/etl</strong>")
	has(t, d.see("ada", "/platforms/dagster/tree?query=nothing"), "Nothing is called so.")
	beneath := d.see("ada", "/platforms/dagster/tree?under=dagster/prod")
	has(t, beneath, "<strong>dagster/prod/etl</strong>")
	hasNot(t, beneath, "<strong>dagster/staging</strong>")
}
