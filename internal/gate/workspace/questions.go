package workspace

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"bailiwick/internal/fault"
	"bailiwick/internal/gate/dagster"
)

// implicitJob begins the names of the jobs that Dagster makes for assets.
const implicitJob = "__ASSET_JOB"

const runsQuery = `query ($ids: [String]) {` + stampFields + ` runsOrError(filter: {runIds: $ids}) { __typename
	... on InvalidPipelineRunsFilterError { message } ... on PythonError { message } ... on Runs { results { runId jobName
		repositoryOrigin { repositoryLocationName } assetSelection { path } assetCheckSelection { assetKey { path } } } } } }`

type originAnswer struct{ RepositoryLocationName string }

type runsAnswer struct {
	stamped
	RunsOrError struct {
		failure
		Results []struct {
			RunID               string
			JobName             string
			RepositoryOrigin    *originAnswer
			AssetSelection      []keyAnswer
			AssetCheckSelection []struct{ AssetKey keyAnswer }
		}
	}
}

// askRuns asks for runs: at least one, for a filter without ids is one for all runs.
func (u upstream) askRuns(ctx context.Context, ids []string) (map[name]thing, stamp, error) {
	var answer runsAnswer
	if err := u.ask(ctx, runsQuery, map[string]any{"ids": ids}, &answer); err != nil {
		return nil, stamp{}, err
	}
	if answer.RunsOrError.Kind != "Runs" {
		return nil, stamp{}, failed(answer.RunsOrError.failure)
	}
	found := map[name]thing{}
	for _, r := range answer.RunsOrError.Results {
		is := thing{nowhere: r.RepositoryOrigin == nil, ofAssets: strings.HasPrefix(r.JobName, implicitJob)}
		if r.RepositoryOrigin != nil {
			is.location = r.RepositoryOrigin.RepositoryLocationName
		}
		if is.ofAssets {
			is.keys = keyTexts(r.AssetSelection)
			for _, check := range r.AssetCheckSelection {
				is.keys = append(is.keys, keyText(check.AssetKey.Path))
			}
		}
		found[name{dagster.Run, r.RunID}] = is
	}
	now, err := answer.stamp()
	return found, now, err
}

func keyTexts(keys []keyAnswer) []string {
	var texts []string
	for _, key := range keys {
		texts = append(texts, keyText(key.Path))
	}
	return texts
}

// backfillFields is what is asked of one backfill; there is no filter by their ids.
const backfillFields = ` { __typename ... on PythonError { message } ... on PartitionBackfill { id isAssetBackfill assetSelection { path }
	partitionSet { repositoryOrigin { repositoryLocationName } } } }`

type backfillAnswer struct {
	failure
	ID              string
	IsAssetBackfill bool
	AssetSelection  []keyAnswer
	PartitionSet    *struct{ RepositoryOrigin originAnswer }
}

// askBackfills asks for backfills.
func (u upstream) askBackfills(ctx context.Context, ids []string) (map[name]thing, stamp, error) {
	var declared, fields strings.Builder
	variables := map[string]any{}
	for i, id := range ids {
		alias := "b" + strconv.Itoa(i)
		variables[alias] = id
		declared.WriteString("$" + alias + ": String! ")
		fields.WriteString(alias + ": partitionBackfillOrError(backfillId: $" + alias + ")" + backfillFields + "\n")
	}
	var whole json.RawMessage
	var answer stamped
	answers := map[string]json.RawMessage{}
	if err := u.ask(ctx, "query ("+declared.String()+") {"+stampFields+fields.String()+"}", variables, &whole); err != nil {
		return nil, stamp{}, err
	}
	if json.Unmarshal(whole, &answer) != nil || json.Unmarshal(whole, &answers) != nil {
		return nil, stamp{}, failed(failure{Message: "the answer is not an object of what was asked"})
	}
	found := map[name]thing{}
	for i, id := range ids {
		var b backfillAnswer
		if err := json.Unmarshal(answers["b"+strconv.Itoa(i)], &b); err != nil {
			return nil, stamp{}, fault.Wrap(fault.Unavailable, err, "the Dagster webserver's answer cannot be read").By("gate.upstream")
		}
		switch {
		case b.Kind == "BackfillNotFoundError":
		case b.Kind != "PartitionBackfill" || b.ID != id:
			return nil, stamp{}, failed(failure{b.Kind, fmt.Sprintf("backfill %q: %s", b.ID, b.Message)})
		default:
			found[name{dagster.Backfill, id}] = b.thing()
		}
	}
	now, err := answer.stamp()
	return found, now, err
}

func (b *backfillAnswer) thing() thing {
	is := thing{ofAssets: b.IsAssetBackfill, nowhere: !b.IsAssetBackfill && b.PartitionSet == nil}
	if b.PartitionSet != nil {
		is.location = b.PartitionSet.RepositoryOrigin.RepositoryLocationName
	}
	if is.ofAssets {
		is.keys = keyTexts(b.AssetSelection)
	}
	return is
}
