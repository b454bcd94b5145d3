package authzen

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"bailiwick/internal/fault"
)

const metadataPath = "/.well-known/authzen-configuration"

// metadata is the document that tells where everything is, as it is made from the configured address. Nothing of a
// request gets into it but the tenant that was asked for, which must look like one.
type metadata struct{ external string }

// newMetadata insists on an address that identifiers can be built from.
func newMetadata(external string) (metadata, error) {
	u, err := url.Parse(external)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" ||
		u.User != nil || strings.Trim(u.Path, "/") != "" {
		return metadata{}, fault.New(fault.Invalid, "the server's external address %q cannot be published", external).In("external").
			Rather("https://, a host and perhaps a port, and nothing behind it")
	}
	return metadata{external: u.Scheme + "://" + u.Host}, nil
}

// A document has the names that the specification registers.
type document struct {
	PDP         string `json:"policy_decision_point"`
	Evaluation  string `json:"access_evaluation_endpoint"`
	Evaluations string `json:"access_evaluations_endpoint"`
	Subjects    string `json:"search_subject_endpoint"`
	Resources   string `json:"search_resource_endpoint"`
	Actions     string `json:"search_action_endpoint"`
}

// write makes the document of a tenant; "" for the server itself. All tenants are asked at the same addresses: the caller's
// token names the organization.
func (m metadata) write(tenant string) ([]byte, error) {
	identifier := m.external
	if tenant != "" {
		identifier += "/" + tenant
	}
	text, err := json.Marshal(document{
		PDP:         identifier,
		Evaluation:  m.external + evaluationPath,
		Evaluations: m.external + evaluationsPath,
		Subjects:    m.external + subjectPath,
		Resources:   m.external + resourcePath,
		Actions:     m.external + actionPath,
	})
	if err != nil {
		return nil, fmt.Errorf("writing the AuthZEN metadata: %w", err)
	}
	return text, nil
}

// serveMetadata answers for any tenant that looks like one: whether there is such an organization is not for strangers to
// learn.
func (d *Door) serveMetadata(w http.ResponseWriter, r *http.Request) {
	echoRequestID(w, r)
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		d.refuse(w, http.StatusMethodNotAllowed, "only GET is possible here")
		return
	}
	tenant := r.PathValue("tenant")
	if tenant == "" && r.URL.Path != metadataPath || !tenantName(tenant) {
		d.refuse(w, http.StatusNotFound, "there is no such tenant")
		return
	}
	text, err := d.metadata.write(tenant)
	if err != nil {
		d.fail(w, r, err)
		return
	}
	w.Header()["Content-Type"] = d.jsonType
	_, _ = w.Write(text) // an error means that whoever asked has gone
}

// maxTenant is how long an organization's short name can be.
const maxTenant = 63

func tenantName(name string) bool {
	for i := range len(name) {
		if c := name[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return len(name) <= maxTenant
}
