package gate

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"bailiwick/internal/fault"
	"bailiwick/internal/gate/dagster"
)

// isReport tells whether a name is a route's by which other programs report what happened to an asset. The webserver itself asks
// nobody's permission there (external_assets.py of dagster-webserver, read 2026-11 in 1.13.27).
func isReport(name string) bool {
	return name == "report_asset_materialization" || name == "report_asset_observation" || name == "report_asset_check"
}

// reportParameters are a report's parameters besides asset_key; those that are true are JSON where they stand in the URL.
func reportParameters(name string) map[string]bool {
	if name == "report_asset_check" {
		return map[string]bool{"check_name": false, "metadata": true, "severity": false, "passed": true, "partition": false}
	}
	return map[string]bool{"data_version": false, "metadata": true, "description": false, "partition": false}
}

// isPlainKey tells whether Dagster reads a key in a query as one part, whichever of its two forms it takes it for.
func isPlainKey(key string) bool {
	return key != "" && !strings.ContainsFunc(key, func(r rune) bool {
		return r != '_' && (r > 0x7e || !unreserved(byte(r)) || strings.ContainsRune("-.~", r))
	})
}

// report lets an event of an asset through: judged by the asset's own code locations, and written anew in the one form that has
// one reading, a JSON body.
func (g *Gate) report(p *passage) {
	key, parameters, err := readReport(p)
	if err != nil {
		g.refuseError(p, err)
		return
	}
	target := dagster.Target{Permission: "assets.report_events", Kind: dagster.Asset, Key: key, From: "asset_key"}
	if p.verdict, err = g.judgeTargets(p.context(), p.caller, part{name: p.route.name, changes: true}, target); err != nil {
		g.refuseError(p, err)
		return
	}
	if !p.verdict.allowed {
		g.tell(p)
		g.refuse(p, http.StatusForbidden, p.verdict.reason.String())
		return
	}
	parameters["asset_key"] = key
	body, err := json.Marshal(parameters)
	if err != nil {
		g.refuseError(p, fault.Wrap(fault.Internal, err, "the report cannot be written"))
		return
	}
	g.send(&errand{passage: p, method: http.MethodPost, body: body})
}

// readReport reads the key and the parameters. Dagster looks for each in the path, the body and the URL, in this order; what
// stands in two of them is refused. Errors are Invalid.
func readReport(p *passage) ([]string, map[string]any, error) {
	object, err := readReportBody(p)
	if err != nil {
		return nil, nil, err
	}
	query, err := url.ParseQuery(p.target.query)
	if err != nil {
		return nil, nil, fault.New(fault.Invalid, "the query string cannot be read").By("gate.query")
	}
	if _, body := object["asset_key"]; body && query.Has("asset_key") || (body || query.Has("asset_key")) && p.target.segments[1] != "" {
		return nil, nil, twice("asset_key")
	}
	parameters := map[string]any{}
	for name, isJSON := range reportParameters(p.route.name) {
		value, body := object[name]
		values := query[name]
		if body && len(values) > 0 || len(values) > 1 {
			return nil, nil, twice(name)
		}
		if len(values) == 1 {
			body, value = true, values[0]
			if isJSON {
				if value, err = oneValue(values[0]); err != nil {
					return nil, nil, fault.New(fault.Invalid, "it is not JSON").In(name).By("gate.report")
				}
			}
		}
		if body {
			parameters[name] = value
		}
	}
	key, err := assetKey(p.target.segments[1:], object["asset_key"], query["asset_key"])
	return key, parameters, err
}

func twice(name string) error {
	return fault.New(fault.Invalid, "it is given more than once").In(name).Rather("give it once").By("gate.report")
}

// readReportBody reads the JSON of a report; numbers stay as they are written. There may be none.
func readReportBody(p *passage) (map[string]any, error) {
	types := p.r.Header["Content-Type"]
	if p.r.ContentLength == 0 && len(types) == 0 {
		return nil, nil
	}
	media := ""
	if len(types) == 1 {
		media, _, _ = strings.Cut(types[0], ";")
	}
	if strings.TrimSpace(media) != "application/json" {
		return nil, fault.New(fault.Invalid, "the body is not declared as JSON").Rather("send Content-Type: application/json, or no body").By("gate.content_type")
	}
	text, err := readBody(p)
	if err != nil {
		return nil, err
	}
	return dagster.ReadObject(text)
}

func oneValue(text string) (any, error) {
	var value any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&value); err != nil {
		return nil, err
	}
	if d.More() {
		return nil, fault.New(fault.Invalid, "there is more than one value")
	}
	return value, nil
}

// assetKey reads the key from the one place where it stands.
func assetKey(path []string, body any, query []string) ([]string, error) {
	wrong := fault.New(fault.Invalid, "the asset's key is missing, or can be read in two ways").In("asset_key").
		Rather(`write it after the route, or as a list of texts: ["sales", "orders"]`).By("gate.report")
	if path[0] != "" {
		return path, nil
	}
	if len(query) == 1 && isPlainKey(query[0]) {
		return query, nil
	}
	if len(query) == 1 && strings.HasPrefix(query[0], "[") {
		value, err := oneValue(query[0])
		if err != nil {
			return nil, wrong
		}
		body = value
	} else if len(query) > 0 {
		return nil, wrong
	}
	list, _ := body.([]any)
	key := make([]string, len(list))
	for i, step := range list {
		if key[i], _ = step.(string); key[i] == "" {
			return nil, wrong
		}
	}
	if len(key) == 0 {
		return nil, wrong
	}
	return key, nil
}
