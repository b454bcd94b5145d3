package console

import (
	"net/http"
	"strings"
	"testing"

	"bailiwick/client"
)

// TestRolesMatrix : the matrix says in words what each role contains, and custom roles are listed.
func TestRolesMatrix(t *testing.T) {
	o, get := askedOrganization(t)
	o.As("ada", client.RolePut{Platform: "dagster", Role: "night-watch", At: "deployment", Permissions: []string{"runs.launch"}, Description: "Launches at night"})
	status, body := get("ada", "/roles")
	says(t, "matrix", status, http.StatusOK, body, "Dagster+", "dagster-plus", `href="/roles/dagster/editor"`, "</svg>Yes</span>", "</svg>No</span>", `scope="rowgroup"`,
		"Launches at night", `href="/roles" aria-current="page"`, "!dbt-enterprise")
	status, body = get("olga", "/roles?platform=dbt")
	says(t, "the other platform", status, http.StatusOK, body, "dbt-enterprise-2024", "There is none on this platform", "In chosen environments")
	status, body = get("ada", "/roles/dagster/night-watch")
	says(t, "one role", status, http.StatusOK, body, "custom role", "Launches at night", "1 permission")
	for _, address := range []string{"/roles?platform=dbt", "/roles/dbt/account_admin", "/roles?platform=none", "/roles/dagster/none", "/roles?platform=dagster&one=none&other=editor"} {
		status, _ = get("ada", address)
		says(t, address, status, http.StatusNotFound, "")
	}
}

// TestRolesCompared : of two roles only the differences are shown.
func TestRolesCompared(t *testing.T) {
	o, get := askedOrganization(t)
	o.As("ada", client.RolePut{Platform: "dagster", Role: "night-watch", At: "deployment", BasedOn: "viewer", Permissions: []string{"runs.launch"}})
	status, body := get("ada", "/roles?platform=dagster&one=viewer&other=launcher")
	says(t, "compared", status, http.StatusOK, body, "Where they differ", "<code>runs.launch</code>", "are the same")
	if yes, no := strings.Count(body, "</svg>Yes</span>"), strings.Count(body, "</svg>No</span>"); yes == 0 || yes != no {
		t.Errorf("%d times yes and %d times no where each row has one of either", yes, no)
	}
	_, body = get("ada", "/roles?platform=dagster&one=viewer&other=night-watch")
	says(t, "with one that is based on it", status, http.StatusOK, body, "1 permission differs", "<code>runs.launch</code>", "!by the role it is based on")
	_, body = get("ada", "/roles?platform=dagster&one=viewer&other=viewer")
	says(t, "the same", status, http.StatusOK, body, "They contain the same")
}

// TestRolesAreHidden : who may see nothing of others sees no roles of the organization.
func TestRolesAreHidden(t *testing.T) {
	_, get := askedOrganization(t)
	for _, address := range []string{"/roles", "/roles/dagster/editor"} {
		status, body := get("zoe", address)
		says(t, address, status, http.StatusForbidden, body, `!href="/roles"`, "!Launch")
	}
}
