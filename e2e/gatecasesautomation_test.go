package e2e

// schedules are the cases of schedules: off at first, unless they are to be stopped.
func schedules() []mutation {
	const may = "schedules.toggle"
	off := func(g *ground, p place) vars {
		g.d.StopSchedule(g.t, p.name, p.schedule)
		return vars{"s": p.selector("scheduleName", p.schedule)}
	}
	running := func(g *ground, p place) vars {
		g.d.StartSchedule(g.t, p.name, p.schedule)
		is := g.d.Schedule(g.t, p.name, p.schedule)
		origin, _ := g.read("scheduleOrError.id", `query ($s: ScheduleSelector!) { scheduleOrError(scheduleSelector: $s) { ... on Schedule { id } } }`,
			vars{"s": p.selector("scheduleName", p.schedule)}).(string)
		return vars{"s": p.selector("scheduleName", p.schedule), "id": is.ID, "selector": is.SelectorID, "origin": first(origin), "compound": is.ID}
	}
	by := func(field string, about func(*ground, place) vars, from, to string) mutation {
		return mutation{name: field, takes: on(may), refusal: unauthorized, about: about, said: "ScheduleStateResult", sees: schedule, from: from, to: to,
			text: document("$s: ScheduleSelector!", field+"(scheduleSelector: $s)", saying)}
	}
	stop := func(name, variables, arguments string, about func(*ground, place) vars) mutation {
		return mutation{name: "stopRunningSchedule by " + name, takes: on(may), refusal: unauthorized, about: about, said: "ScheduleStateResult", sees: schedule,
			from: "RUNNING", to: "STOPPED", text: document(variables, "stopRunningSchedule("+arguments+")", saying)}
	}
	mixed := stop("ids of both", "$origin: String!, $selector: String!", "scheduleOriginId: $origin, scheduleSelectorId: $selector", func(g *ground, p place) vars {
		v, foreign := running(g, p), running(g, p.other())
		v["selector"] = foreign["selector"]
		return v
	})
	mixed.takes = everywhere(may)
	mixed.sees, mixed.said = nil, "" // what Dagster makes of it is its own affair
	unknown := stop("an unknown id", "$id: String!", "id: $id", func(*ground, place) vars { return vars{"id": "deadbeef::deadbeef"} })
	unknown.takes, unknown.whole, unknown.sees, unknown.said = wide(may), true, nil, python
	dry := mutation{name: "scheduleDryRun", takes: on("schedules.dry_run"), refusal: unauthorized, about: off, said: "DryRunInstigationTick",
		text: document("$s: ScheduleSelector!", "scheduleDryRun(selectorData: $s, timestamp: 1795346186)", saying)}
	reset := by("resetSchedule", running, "RUNNING", "STOPPED")
	return []mutation{
		by("startSchedule", off, "STOPPED", "RUNNING"), reset, dry, mixed, unknown,
		stop("id", "$compound: String!", "id: $compound", running),
		stop("origin and selector", "$origin: String!, $selector: String!", "scheduleOriginId: $origin, scheduleSelectorId: $selector", running),
		stop("a compound origin", "$compound: String!", "scheduleOriginId: $compound", running),
	}
}

// first is the first of two ids in one.
func first(id string) string {
	for i := range id {
		if i+1 < len(id) && id[i:i+2] == "::" {
			return id[:i]
		}
	}
	return id
}

// sensors are as schedules.
func sensors() []mutation {
	const may = "sensors.toggle"
	stopByID := `mutation ($id: String!) { stopSensor(id: $id) { __typename } }`
	off := func(g *ground, p place) vars {
		g.d.StartSensor(g.t, p.name, p.sensor)
		g.d.Query(g.t, stopByID, vars{"id": g.d.Sensor(g.t, p.name, p.sensor).ID})
		return vars{"s": p.selector("sensorName", p.sensor)}
	}
	running := func(g *ground, p place) vars {
		g.d.StartSensor(g.t, p.name, p.sensor)
		is := g.d.Sensor(g.t, p.name, p.sensor)
		origin, _ := g.read("sensorOrError.id", `query ($s: SensorSelector!) { sensorOrError(sensorSelector: $s) { ... on Sensor { id } } }`,
			vars{"s": p.selector("sensorName", p.sensor)}).(string)
		return vars{"s": p.selector("sensorName", p.sensor), "compound": is.ID, "selector": is.SelectorID, "origin": first(origin)}
	}
	by := func(field string, about func(*ground, place) vars, from, to string) mutation {
		return mutation{name: field, takes: on(may), refusal: unauthorized, about: about, said: "Sensor", sees: sensor, from: from, to: to,
			text: document("$s: SensorSelector!", field+"(sensorSelector: $s)", saying)}
	}
	stop := func(name, variables, arguments string, about func(*ground, place) vars) mutation {
		return mutation{name: "stopSensor by " + name, takes: on(may), refusal: unauthorized, about: about, said: "StopSensorMutationResult", sees: sensor,
			from: "RUNNING", to: "STOPPED", text: document(variables, "stopSensor("+arguments+")", saying)}
	}
	mixed := stop("ids of both", "$origin: String!, $selector: String!", "jobOriginId: $origin, jobSelectorId: $selector", func(g *ground, p place) vars {
		v, foreign := running(g, p), running(g, p.other())
		v["selector"] = foreign["selector"]
		return v
	})
	mixed.takes, mixed.sees, mixed.said = everywhere(may), nil, ""
	unknown := stop("an unknown id", "$id: String!", "id: $id", func(*ground, place) vars { return vars{"id": "deadbeef::deadbeef"} })
	unknown.takes, unknown.whole, unknown.sees, unknown.said = wide(may), true, nil, python
	cursor := mutation{name: "setSensorCursor", takes: on("sensors.set_cursor"), refusal: unauthorized, said: "Sensor", from: "false", to: "true",
		text:  document("$s: SensorSelector!, $mark: String!", "setSensorCursor(sensorSelector: $s, cursor: $mark)", saying),
		about: func(g *ground, p place) vars { return vars{"s": p.selector("sensorName", p.sensor), "mark": g.mark()} },
		sees: func(g *ground, p place, v vars) string {
			if g.d.Sensor(g.t, p.name, p.sensor).Cursor == v["mark"] {
				return "true"
			}
			return "false"
		}}
	dry := mutation{name: "sensorDryRun", takes: on("sensors.dry_run"), refusal: unauthorized, about: off, said: "DryRunInstigationTick",
		text: document("$s: SensorSelector!", `sensorDryRun(selectorData: $s, cursor: "3")`, saying)}
	return []mutation{
		by("startSensor", off, "STOPPED", "RUNNING"), by("resetSensor", running, "RUNNING", "STOPPED"), cursor, dry, mixed, unknown,
		stop("id", "$compound: String!", "id: $compound", running),
		stop("origin and selector", "$origin: String!, $selector: String!", "jobOriginId: $origin, jobSelectorId: $selector", running),
		stop("a compound origin", "$compound: String!", "jobOriginId: $compound", running),
	}
}

// instance are the cases of what is of no code location.
func instance() []mutation {
	switches := func(field, may, variables, arguments string, about func(*ground, place) vars) mutation {
		return mutation{name: field, takes: wide(may), whole: true, about: about, said: "true", text: document(variables, field+arguments, "")}
	}
	const limits = "concurrency.edit"
	marking := func(g *ground, _ place) vars { return vars{"mark": g.mark()} }
	nothing := func(*ground, place) vars { return vars{} }
	limited := func(g *ground, p place) vars {
		v := marking(g, p)
		g.d.Query(g.t, `mutation ($k: String!) { setConcurrencyLimit(concurrencyKey: $k, limit: 2) }`, vars{"k": v["mark"]})
		return v
	}
	seen := func(m mutation, sees func(*ground, place, vars) string, from, to string) mutation {
		m.sees, m.from, m.to = sees, from, to
		return m
	}
	pause := seen(switches("setAutoMaterializePaused", "automation.toggle", "", "(paused: false)", func(g *ground, _ place) vars {
		g.d.Query(g.t, `mutation { setAutoMaterializePaused(paused: true) }`, nil)
		return vars{}
	}), paused, "true", "false")
	pause.said = "false" // it answers what holds now
	telemetry := mutation{name: "logTelemetry", takes: wide("deployments.view"), whole: true, refusal: python, about: nothing, said: "LogTelemetrySuccess",
		text: document("", `logTelemetry(action: "a", clientId: "c", clientTime: "1", metadata: "{}")`, pythonic)}
	run := func(g *ground, _ place) vars { return vars{"run": g.d.LaunchRun(g.t, etl.name, etl.job)} }
	return []mutation{
		pause, telemetry,
		switches("setNuxSeen", "deployments.view", "", "", nothing),
		seen(switches("setConcurrencyLimit", limits, "$mark: String!", "(concurrencyKey: $mark, limit: 3)", marking), slots, "0", "3"),
		seen(switches("deleteConcurrencyLimit", limits, "$mark: String!", "(concurrencyKey: $mark)", limited), slots, "2", "0"),
		switches("freeConcurrencySlotsForRun", limits, "$run: String!", "(runId: $run)", run),
		switches("freeConcurrencySlots", limits, "$run: String!", "(runId: $run)", run),
	}
}
