package e2e

import "strconv"

func locations() []mutation {
	named := func(g *ground, p place) vars { return vars{"name": p.name, "server": g.server(p)} }
	nowhere := func(*ground, place) vars { return vars{"name": "nowhere"} }
	by := func(name, field, may, rest string, about func(*ground, place) vars, said string) mutation {
		return mutation{name: field + name, takes: on(may), refusal: unauthorized, about: about, said: said, text: document("$name: String!", field+rest, saying)}
	}
	const reload, components = "code_locations.reload", "components.edit"
	again := by("", "reloadRepositoryLocation", reload, "(repositoryLocationName: $name)", named, "WorkspaceLocationEntry")
	again.sees, again.from, again.to, again.slow = reloaded, "false", "true", true
	unknown := by(" of no code location", "reloadRepositoryLocation", reload, "(repositoryLocationName: $name)", nowhere, "RepositoryLocationNotFound")
	unknown.takes, unknown.whole = wide(reload), true
	all := mutation{name: "reloadWorkspace", takes: wide("workspace.reload"), whole: true, refusal: unauthorized, text: document("", "reloadWorkspace", saying),
		about: func(g *ground, _ place) vars { return named(g, etl) }, said: "Workspace", from: "false", to: "true", slow: true,
		sees: func(g *ground, _ place, v vars) string { return reloaded(g, etl, v) }}
	return []mutation{
		again, unknown, all,
		// Dagster's own answer to these is that this project's code locations cannot do it.
		by("", "shutdownRepositoryLocation", reload, "(repositoryLocationName: $name)", named, python),
		by("", "setAppManagedComponent", components, `(locationName: $name, attributes: "{}", componentId: "c", componentType: "t")`, named, "Authorization failed"),
		by("", "deleteAppManagedComponent", components, `(locationName: $name, componentId: "c")`, named, "Authorization failed"),
		by("", "refreshComponentState", reload, `(locationName: $name, defsStateKey: "k")`, named, "RefreshComponentStateError"),
	}
}

func assets() []mutation {
	const wipe, report = "assets.wipe", "assets.report_events"
	wiping := func(name string, takes []take, keys func(place) []string, said string) mutation {
		m := mutation{name: "wipeAssets" + name, takes: takes, refusal: unauthorized, said: said, sees: recorded, from: "0", to: "0",
			text: document("$ranges: [PartitionsByAssetSelector!]!", "wipeAssets(assetPartitionRanges: $ranges)", saying)}
		m.about = func(g *ground, p place) vars {
			g.d.ReportMaterialization(g.t, p.asset)
			var ranges []vars
			for _, one := range keys(p) {
				ranges = append(ranges, vars{"assetKey": key(one)})
			}
			return vars{"ranges": ranges, "before": g.d.Materializations(g.t, p.asset)}
		}
		m.sees = func(g *ground, p place, _ vars) string {
			return strconv.FormatBool(g.d.Materializations(g.t, p.asset) > 0)
		}
		m.from, m.to = "true", "false"
		return m
	}
	unknown := wiping(" of no asset", wide(wipe), func(place) []string { return []string{"no_such_asset"} }, "AssetWipeSuccess")
	unknown.whole, unknown.sees = true, nil
	event := func(name string, params func(place) vars, sees func(*ground, place, vars) string) mutation {
		return mutation{name: "reportRunlessAssetEvents" + name, takes: on(report), refusal: unauthorized, said: "ReportRunlessAssetEventsSuccess", sees: sees, from: "0", to: "1",
			text: document("$e: ReportRunlessAssetEventsParams!", "reportRunlessAssetEvents(eventParams: $e)", saying),
			about: func(g *ground, p place) vars {
				return vars{"e": params(p), "before": g.d.Materializations(g.t, p.asset)}
			}}
	}
	checking := mutation{name: "reportAssetCheckEvaluations", takes: on(report), refusal: unauthorized, said: "ReportAssetCheckEvaluationsSuccess", sees: checksMarked,
		from: "0", to: "1", text: document("$e: ReportAssetCheckEvaluationsParams!", "reportAssetCheckEvaluations(eventParams: $e)", saying),
		about: func(g *ground, p place) vars {
			v := vars{"mark": g.mark()}
			v["e"] = vars{"assetKey": key(p.asset), "checkName": p.check, "passed": true, "description": v["mark"]}
			return v
		}}
	return []mutation{
		wiping("", on(wipe), func(p place) []string { return []string{p.asset} }, "AssetWipeSuccess"),
		wiping(" of both", everywhere(wipe), func(p place) []string { return []string{p.asset, p.other().asset} }, "AssetWipeSuccess"),
		unknown,
		event("", func(p place) vars { return vars{"eventType": "ASSET_MATERIALIZATION", "assetKey": key(p.asset)} }, recorded),
		event(" observed", func(p place) vars { return vars{"eventType": "ASSET_OBSERVATION", "assetKey": key(p.asset)} }, nil),
		checking,
	}
}

// checksMarked counts the evaluations of a check that a question has made.
func checksMarked(g *ground, p place, v vars) string {
	n := 0
	all, _ := g.read("assetCheckExecutions", `query ($k: AssetKeyInput!, $c: String!) { assetCheckExecutions(assetKey: $k, checkName: $c, limit: 100) { evaluation { description } } }`,
		vars{"k": key(p.asset), "c": p.check}).([]any)
	for _, one := range all {
		evaluation, _ := one.(map[string]any)["evaluation"].(map[string]any)
		if evaluation["description"] == v["mark"] {
			n++
		}
	}
	return strconv.Itoa(n)
}

func partitions() []mutation {
	const may = "partitions.edit"
	deleting := func(name, more string, takes []take) mutation {
		return mutation{name: "deleteDynamicPartitions" + name, takes: takes, refusal: unauthorized, said: "DeleteDynamicPartitionsSuccess", sees: partitionsMarked, from: "1", to: "0",
			text: document("$r: RepositorySelector!, $d: String!, $mark: String!",
				"deleteDynamicPartitions(repositorySelector: $r, partitionsDefName: $d, partitionKeys: [$mark]"+more+")", saying),
			about: func(g *ground, p place) vars {
				v := vars{"r": p.selector("", ""), "d": p.definition, "mark": g.mark()}
				g.d.AddDynamicPartition(g.t, p.name, p.definition, v["mark"].(string))
				return v
			}}
	}
	// Dagster's storage in a file cannot wipe single partitions, and says so.
	wiping := deleting(" with what is in them", ", wipeMaterializations: true", append(on(may), on("assets.wipe")...))
	wiping.said, wiping.to = "UnsupportedOperationError", "1"
	return []mutation{
		wiping,
		{name: "addDynamicPartition", takes: on(may), refusal: unauthorized, said: "AddDynamicPartitionSuccess", sees: partitionsMarked, from: "0", to: "1",
			text: document("$r: RepositorySelector!, $d: String!, $mark: String!", "addDynamicPartition(repositorySelector: $r, partitionsDefName: $d, partitionKey: $mark)", saying),
			about: func(g *ground, p place) vars {
				return vars{"r": p.selector("", ""), "d": p.definition, "mark": g.mark()}
			}},
		deleting("", "", on(may)),
	}
}
