package e2e

// launching is the variables of a run of a job that can be found again.
func launching(g *ground, p place) vars {
	v := vars{"mark": g.mark()}
	v["p"] = vars{"selector": p.selector("pipelineName", p.job), "executionMetadata": marked(v)}
	return v
}

// ofAssets is launching of Dagster's implicit job for assets, with a selection.
func ofAssets(g *ground, p place, selection vars) vars {
	v := vars{"mark": g.mark()}
	chosen := p.selector("pipelineName", "__ASSET_JOB")
	for name, value := range selection {
		chosen[name] = value
	}
	v["p"] = vars{"selector": chosen, "executionMetadata": marked(v)}
	return v
}

func launches() []mutation {
	launch := func(name, field string, takes []take, about func(*ground, place) vars) mutation {
		return mutation{name: name, takes: takes, refusal: unauthorized, text: document("$p: ExecutionParams!", field+"(executionParams: $p)", saying),
			about: about, said: "LaunchRunSuccess", sees: runsMarked, from: "0", to: "1"}
	}
	several := func(name string, takes []take, second func(place) place, to string) mutation {
		return mutation{name: name, takes: takes, refusal: python, said: "LaunchMultipleRunsResult", sees: runsMarked, from: "0", to: to,
			text: document("$l: [ExecutionParams!]!", "launchMultipleRuns(executionParamsList: $l)", pythonic),
			about: func(g *ground, p place) vars {
				v := launching(g, p)
				another := vars{"selector": second(p).selector("pipelineName", second(p).job), "executionMetadata": marked(v)}
				v["l"] = []any{v["p"], another}
				return v
			}}
	}
	noEffect := func(m mutation, said string) mutation {
		m.said, m.sees = said, nil
		return m
	}
	return []mutation{
		launch("launchRun", "launchRun", on("runs.launch"), launching),
		launch("launchPipelineExecution", "launchPipelineExecution", on("runs.launch"), launching),
		launch("launchRun with jobName", "launchRun", on("runs.launch"), func(g *ground, p place) vars {
			v := launching(g, p)
			v["p"].(vars)["selector"] = p.selector("jobName", p.job)
			return v
		}),
		launch("launchRun of an asset", "launchRun", on("runs.launch"), func(g *ground, p place) vars {
			return ofAssets(g, p, vars{"assetSelection": []vars{key(p.asset)}})
		}),
		launch("launchRun of an asset check", "launchRun", on("runs.launch"), func(g *ground, p place) vars {
			return ofAssets(g, p, vars{"assetSelection": []vars{}, "assetCheckSelection": []vars{{"assetKey": key(p.asset), "name": p.check}}})
		}),
		// The selector says one code location, the asset is of the other. Dagster finds no such asset in the first.
		noEffect(launch("launchRun of a foreign asset", "launchRun", everywhere("runs.launch"), func(g *ground, p place) vars {
			return ofAssets(g, p, vars{"assetSelection": []vars{key(p.other().asset)}})
		}), "InvalidSubsetError"),
		// Without a selection it is of all assets, and these cannot run together: they have different partitions.
		noEffect(launch("launchRun of all assets", "launchRun", everywhere("runs.launch"), func(g *ground, p place) vars { return ofAssets(g, p, nil) }), "LaunchRunSuccess"),
		several("launchMultipleRuns", on("runs.launch"), func(p place) place { return p }, "2"),
		several("launchMultipleRuns of both", everywhere("runs.launch"), place.other, "2"),
	}
}

func reexecutions() []mutation {
	const may = "runs.reexecute"
	byParams := func(field string) mutation {
		return mutation{name: field + " by params", takes: on(may), refusal: unauthorized, said: "LaunchRunSuccess", sees: runsMarked, from: "0", to: "1",
			text: document("$p: ExecutionParams!", field+"(executionParams: $p)", saying),
			about: func(g *ground, p place) vars {
				v := launching(g, p)
				parent := g.d.LaunchRun(g.t, p.name, p.job)
				metadata := marked(v)
				metadata["parentRunId"], metadata["rootRunId"] = parent, parent
				v["p"].(vars)["executionMetadata"] = metadata
				return v
			}}
	}
	byParent := func(field, of string, parent func(*ground, place) string) mutation {
		return mutation{name: field + " by parent" + of, takes: on(may), refusal: unauthorized, said: "LaunchRunSuccess", sees: runsMarked, from: "0", to: "1",
			text: document("$r: ReexecutionParams!", field+"(reexecutionParams: $r)", saying),
			about: func(g *ground, p place) vars {
				v := vars{"mark": g.mark()}
				v["r"] = vars{"parentRunId": parent(g, p), "strategy": "ALL_STEPS", "extraTags": marked(v)["tags"]}
				return v
			}}
	}
	ofJob := func(g *ground, p place) string { return g.d.LaunchRun(g.t, p.name, p.job) }
	unknown := byParent("launchRunReexecution", " that is unknown", func(*ground, place) string { return noSuch })
	unknown.takes, unknown.whole, unknown.said, unknown.sees = wide(may), true, python, nil
	return []mutation{
		byParams("launchRunReexecution"), byParams("launchPipelineReexecution"),
		byParent("launchRunReexecution", "", ofJob), byParent("launchPipelineReexecution", "", ofJob),
		byParent("launchRunReexecution", " of an asset", func(g *ground, p place) string { return g.d.LaunchAssets(g.t, p.name, p.asset) }),
		unknown,
	}
}

// noSuch is the id of a run that there is not.
const noSuch = "11111111-2222-3333-4444-555555555555"

// runs are the cases of mutations that take the ids of runs.
func runs() []mutation {
	queued := func(g *ground, p place) vars {
		id := g.d.LaunchRun(g.t, p.name, p.job)
		return vars{"run": id, "runs": []string{id}}
	}
	ofAsset := func(g *ground, p place) vars { return vars{"run": g.d.LaunchAssets(g.t, p.name, p.asset)} }
	nowhere := func(*ground, place) vars { return vars{"run": noSuch, "runs": []string{noSuch}} }
	one := func(name, field, may string, about func(*ground, place) vars, said, to string) mutation {
		return mutation{name: field + name, takes: on(may), refusal: unauthorized, text: document("$run: String!", field+"(runId: $run)", saying),
			about: about, said: said, sees: runStatus, from: "QUEUED", to: to}
	}
	missing := func(field, may string) mutation {
		m := one(" of no run", field, may, nowhere, "RunNotFoundError", "")
		m.takes, m.whole, m.sees = wide(may), true, nil
		return m
	}
	many := mutation{name: "terminateRuns", takes: on("runs.terminate"), refusal: python, about: queued, said: "TerminateRunsResult", sees: runStatus, from: "QUEUED",
		to: "CANCELED", text: document("$runs: [String!]!", "terminateRuns(runIds: $runs)", pythonic)}
	mixed := many
	mixed.name, mixed.takes = "terminateRuns of both", everywhere("runs.terminate")
	mixed.about = func(g *ground, p place) vars {
		v := queued(g, p)
		v["runs"] = []string{v["run"].(string), g.d.LaunchRun(g.t, p.other().name, p.other().job)}
		return v
	}
	single := many // a list of one may be written without brackets
	single.name, single.text = "terminateRuns of one without a list", document("$run: String!", "terminateRuns(runIds: [$run])", pythonic)
	forced := one(" by force", "terminateRun", "runs.terminate", queued, "TerminateRunSuccess", "CANCELED")
	forced.text = document("$run: String!", "terminateRun(runId: $run, terminatePolicy: MARK_AS_CANCELED_IMMEDIATELY)", saying)
	return []mutation{
		one("", "terminateRun", "runs.terminate", queued, "TerminateRunSuccess", "CANCELED"),
		one(" of an asset", "terminateRun", "runs.terminate", ofAsset, "TerminateRunSuccess", "CANCELED"),
		one("", "terminatePipelineExecution", "runs.terminate", queued, "TerminateRunSuccess", "CANCELED"),
		forced, many, mixed, single,
		one("", "deleteRun", "runs.delete", queued, "DeletePipelineRunSuccess", ""),
		one("", "deletePipelineRun", "runs.delete", queued, "DeletePipelineRunSuccess", ""),
		missing("terminateRun", "runs.terminate"), missing("deleteRun", "runs.delete"),
	}
}
