package oracle

// A fault is one wrong reading of the documents, switched on by tests of the differential itself: a fuzzer that would
// not notice these would prove nothing.
type fault string

const (
	noFault fault = ""

	// Time and holders.
	untilInclusive        fault = "a grant still counts at the moment of its until"
	fromExclusive         fault = "a grant does not count yet at the moment of its from"
	deactivatedKeepsTeams fault = "a deactivated user keeps what it has"
	anyHolder             fault = "a grant to a holder that the role does not allow counts"

	// Dagster.
	branchWithoutParent    fault = "a branch role counts without access to the parent"
	deploymentReachesBelow fault = "a deployment role reaches branch deployments"
	overrideWithoutBase    fault = "an override counts without the holder's deployment role"
	overrideOnTeamsBase    fault = "a team's deployment role carries a member's own override"
	overrideBaseAnyTime    fault = "an override counts although its deployment role has ended"
	overrideAnswersAbove   fault = "an override answers for the deployment above"
	noMinimumViewer        fault = "a custom role at a deployment does not carry Viewer"
	branchRoleRises        fault = "a branch role gives the permissions that any deployment role gives at the organization"
	teamEditStopsAtBranch  fault = "team_permissions.edit of a deployment does not reach its branch scope"
	branchAdminEditsAll    fault = "a branch admin may edit team permissions for all branch deployments"
	allBranchesByParents   fault = "asked for all branch deployments, access to the present parents is enough"
	customForgetsBase      fault = "a custom role does not contain the role it is based on"

	// dbt.
	categoriesMerged    fault = "the environment categories of several rows are merged"
	licenseLowers       fault = "the read-only license lowers grants in place of replacing them"
	licenseNotNeeded    fault = "a user without a license keeps its grants"
	fourMeanAll         fault = "four categories written out mean all"
	ownSetsCount        fault = "a dbt user's own permission set counts"
	accountStaysInside  fault = "account permissions of a project set do not hold for the account"
	serviceNeedsLicense fault = "a service user without a license has nothing on dbt"

	// Astro.
	expiredIsMember    fault = "an ended grant still makes a member"
	serviceUserMember  fault = "a service user with a grant is an organization member"
	ownersReach2022    fault = "owners reach into workspaces in astro-2022"
	accessorSees       fault = "Workspace Accessor has the permissions of Member"
	adminCreates       fault = "Deployment Admin may create deployments"
	teamsIn2022        fault = "teams hold roles in astro-2022"
	workspaceAnswersUp fault = "one workspace role answers for all workspaces"
)

// faults lists every planted fault.
func faults() []fault {
	return []fault{
		untilInclusive, fromExclusive, deactivatedKeepsTeams, anyHolder,
		branchWithoutParent, deploymentReachesBelow, overrideWithoutBase, overrideOnTeamsBase, overrideBaseAnyTime,
		overrideAnswersAbove, noMinimumViewer, branchRoleRises, teamEditStopsAtBranch, branchAdminEditsAll,
		allBranchesByParents, customForgetsBase,
		categoriesMerged, licenseLowers, licenseNotNeeded, fourMeanAll, ownSetsCount, accountStaysInside,
		serviceNeedsLicense,
		expiredIsMember, serviceUserMember, ownersReach2022, accessorSees, adminCreates, teamsIn2022, workspaceAnswersUp,
	}
}
