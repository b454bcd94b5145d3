package e2e

func backfills() []mutation {
	const may = "backfills.launch"
	launch := func(name string, takes []take, params func(p place) vars) mutation {
		return mutation{name: "launchPartitionBackfill" + name, takes: takes, refusal: unauthorized, said: "LaunchBackfillSuccess", sees: backfillsMarked, from: "0", to: "1",
			text: document("$p: LaunchBackfillParams!", "launchPartitionBackfill(backfillParams: $p)", saying),
			about: func(g *ground, p place) vars {
				v := vars{"mark": g.mark()}
				all := params(p)
				all["tags"] = marked(v)["tags"]
				v["p"] = all
				return v
			}}
	}
	ofJob := func(p place) vars {
		return vars{"selector": vars{"partitionSetName": p.partitionedJob + "_partition_set", "repositorySelector": p.selector("", "")}, "partitionNames": []string{p.partition}}
	}
	both := launch(" of a job and a foreign asset", everywhere(may), func(p place) vars {
		all := ofJob(p)
		all["assetSelection"] = []vars{key(p.other().asset)}
		return all
	})
	foreign := launch(" of assets of both", everywhere(may), func(p place) vars {
		return vars{"assetSelection": []vars{key(p.asset), key(p.other().asset)}, "allPartitions": true}
	})
	byID := func(name, field, permission string, backfill func(*ground, place) string, said, from, to string) mutation {
		return mutation{name: field + name, takes: on(permission), refusal: unauthorized, said: said, sees: backfillStatus, from: from, to: to,
			text:  document("$backfill: String!", field+"(backfillId: $backfill)", saying),
			about: func(g *ground, p place) vars { return vars{"backfill": backfill(g, p)} }}
	}
	ofAsset := func(g *ground, p place) string { return g.d.LaunchBackfill(g.t, p.partitionedAsset, p.partition) }
	ended := func(of string) func(*ground, place) string {
		return func(g *ground, p place) string { return g.endedBackfill(p, of) }
	}
	again := func(of string) mutation {
		return mutation{name: "reexecutePartitionBackfill of " + of, takes: on(may), refusal: unauthorized, said: "LaunchBackfillSuccess", sees: children, from: "0", to: "1",
			text: document("$r: ReexecutionParams!", "reexecutePartitionBackfill(reexecutionParams: $r)", saying),
			about: func(g *ground, p place) vars {
				id := g.endedBackfill(p, of)
				return vars{"backfill": id, "r": vars{"parentRunId": id, "strategy": "ALL_STEPS"}}
			}}
	}
	missing := byID(" of no backfill", "cancelPartitionBackfill", "backfills.cancel", func(*ground, place) string { return "nosuchid" }, python, "", "")
	missing.takes, missing.whole, missing.sees = wide("backfills.cancel"), true, nil
	return []mutation{
		launch(" of a job", on(may), ofJob),
		launch(" of an asset", on(may), func(p place) vars {
			return vars{"assetSelection": []vars{key(p.partitionedAsset)}, "partitionNames": []string{p.partition}}
		}),
		launch(" of partitions by assets", on(may), func(p place) vars {
			return vars{"partitionsByAssets": []vars{{"assetKey": key(p.partitionedAsset), "partitions": vars{"range": vars{"start": p.partition, "end": p.partition}}}}}
		}),
		both, foreign, missing,
		byID(" of a job", "resumePartitionBackfill", may, ended("job"), "ResumeBackfillSuccess", "COMPLETED_FAILED", "REQUESTED"),
		byID(" of assets", "resumePartitionBackfill", may, ended("assets"), "ResumeBackfillSuccess", "COMPLETED_FAILED", "REQUESTED"),
		again("job"), again("assets"),
		byID(" of a job", "cancelPartitionBackfill", "backfills.cancel", (*ground).jobBackfill, "CancelBackfillSuccess", "REQUESTED", "CANCELING"),
		byID(" of an asset", "cancelPartitionBackfill", "backfills.cancel", ofAsset, "CancelBackfillSuccess", "REQUESTED", "CANCELING"),
	}
}

// children counts the backfills that are another one again.
func children(g *ground, p place, v vars) string {
	return backfillsMarked(g, p, vars{"mark": v["backfill"]})
}
