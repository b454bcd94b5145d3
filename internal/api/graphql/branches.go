package graphql

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"

	"bailiwick/client"
	"bailiwick/internal/api/graphql/model"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
)

// branchDeploymentName is the name of the branch deployment of a branch: always the same one.
func branchDeploymentName(repo, branch string) string {
	sum := sha256.Sum256([]byte(repo + "\x00" + branch))
	return hex.EncodeToString(sum[:20])
}

// A branchDocument says what a branch deployment was made of. Who wrote the commit is not in it: documents are kept for good.
type branchDocument struct {
	Repo    string                   `json:"repo_name"`
	Branch  string                   `json:"branch_name"`
	URL     *string                  `json:"branch_url,omitempty"`
	Pull    *string                  `json:"pull_request_url,omitempty"`
	Number  *string                  `json:"pull_request_number,omitempty"`
	Status  *model.PullRequestStatus `json:"pull_request_status,omitempty"`
	Hash    string                   `json:"commit_hash"`
	Time    float64                  `json:"commit_timestamp"` // seconds since 1970 UTC
	Subject string                   `json:"commit_subject,omitempty"`
	Commit  *string                  `json:"commit_url,omitempty"`
}

// branchOf reads what a branch deployment was made of; nil where that is not known.
func branchOf(r *state.Resource) (*model.BranchDeploymentGitMetadata, *model.DeploymentCommit) {
	var d branchDocument
	if json.Unmarshal([]byte(r.Documents[documentBranch]), &d) != nil {
		return nil, nil
	}
	commit := &model.DeploymentCommit{Timestamp: d.Time, CommitHash: d.Hash, CommitURL: d.Commit}
	if d.Subject != "" {
		commit.CommitMessage = &d.Subject
	}
	return &model.BranchDeploymentGitMetadata{BranchName: d.Branch, RepoName: d.Repo, BranchURL: d.URL, PullRequestURL: d.Pull,
		PullRequestStatus: d.Status, PullRequestNumber: d.Number}, commit
}

// putBranch creates the branch deployment of a branch, or says what it is made of now.
func (a *asking) putBranch(ctx context.Context, base *string, data model.CreateOrUpdateBranchDeploymentInput, commit model.DeploymentCommitInput) (*model.DagsterCloudDeployment, error) {
	if data.RepoName == "" || data.BranchName == "" {
		return nil, fault.New(fault.Invalid, "a branch deployment is of a repository and a branch").In("branchData").Rather("name both")
	}
	// A message can end in lines that name people; its first one is what lists show.
	subject, _, _ := strings.Cut(said(commit.CommitMessage), "\n")
	d := branchDocument{Repo: data.RepoName, Branch: data.BranchName, URL: data.BranchURL, Pull: data.PullRequestURL, Number: data.PullRequestNumber,
		Status: data.PullRequestStatus, Hash: commit.CommitHash, Time: commit.Timestamp, Subject: subject, Commit: commit.CommitURL}
	name := branchDeploymentName(data.RepoName, data.BranchName)
	path, err := a.branchPath(name, said(base))
	if err != nil {
		return nil, err
	}
	commands := []client.Command{documentSet(path, documentBranch, d)}
	if a.present().Resource(path) == nil {
		commands = slices.Insert(commands, 0, client.Command(client.ResourceCreate{Resource: path}))
	}
	m, err := a.change(ctx, commands...)
	if err != nil {
		return nil, err
	}
	return a.madeDeployment(m, path)
}

// branchPath is where the branch deployment of that name is, or else where it would be: beneath the base that is named; else
// beneath the deployment of the address, else the one named prod, else the oldest.
func (a *asking) branchPath(name, base string) (string, error) {
	all, err := a.deployments()
	if err != nil {
		return "", err
	}
	slices.SortStableFunc(all, func(a, b deployment) int { return cmp.Compare(a.Number, b.Number) })
	best, rank := (*deployment)(nil), 0
	for i := range all {
		d := &all[i]
		switch {
		case d.branch && d.name == name:
			return d.Path, nil
		case d.branch:
		case d.name == base:
			best, rank = d, 4
		case base == "" && d.name == a.address && rank < 3:
			best, rank = d, 3
		case base == "" && d.name == "prod" && rank < 2:
			best, rank = d, 2
		case base == "" && rank < 1:
			best, rank = d, 1
		}
	}
	if best == nil {
		return "", fault.New(fault.NotFound, "there is no deployment of that name").In("baseDeploymentName").Rather("a full deployment")
	}
	return best.Path + "/branch:" + name, nil
}

// branches lists branch deployments, the newest first.
func (a *asking) branches(limit int, status *model.PullRequestStatus) (*model.BranchDeploymentsConnection, error) {
	if limit < 0 {
		return nil, fault.New(fault.Invalid, "a limit cannot be negative").In("limit")
	}
	list, err := a.accessible(func(d *deployment) bool {
		if status == nil || !d.branch {
			return d.branch
		}
		of, _ := branchOf(d.Resource)
		return of != nil && of.PullRequestStatus != nil && *of.PullRequestStatus == *status
	})
	if err != nil {
		return nil, err
	}
	slices.Reverse(list)
	return &model.BranchDeploymentsConnection{Nodes: a.shownDeployments(list[:min(limit, len(list))])}, nil
}
