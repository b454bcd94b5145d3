package main

type trapGroup struct {
	title string
	traps []trap
}

// trapGroups returns the list.
func trapGroups() []trapGroup {
	return []trapGroup{readingTraps(), findingTraps(), answeringTraps(), roleTraps()}
}

const (
	pure   = "internal/gate/dagster "
	change = "internal/change "
)

func readingTraps() trapGroup {
	return trapGroup{"Reading what is asked", []trap{
		{1, "The gate judges one reading of a request and forwards bytes that Dagster reads otherwise", []string{
			pure + "TestAttack081TheSameParameterTwice", pure + "TestAttack082KeysThatDifferInCase", pure + "TestAttack094WhatIsForwardedIsWrittenAnew"}, "", ""},
		{2, "Dagster carries out mutations by GET, and takes the query from the URL where the body is not JSON: a link or a form on another site is enough", []string{
			pure + "TestAttack079AMutationByGet", pure + "TestAttack080TheQueryFromTheURLOrAsARawBody", "internal/dagstertest TestMutationByGETIsExecuted"}, "", ""},
		{3, "The content type is compared by letter case and as a part of a word; variables may be a text; a list of requests is none", []string{
			pure + "TestAttack080TheQueryFromTheURLOrAsARawBody", pure + "TestTheCorpusIsJudgedAsItSays"}, "", ""},
		{4, "Fragments, aliases, directives and several operations hide a mutation; one refused field after allowed ones comes too late", []string{
			pure + "TestAttack085EveryWayToHideAMutation"}, "", ""},
		{5, "What is named stands in literals, variables or their defaults; a single value passes for a list", []string{
			pure + "TestArgumentsAreWhatTheUpstreamTakesThemFor", pure + "TestAttack085VariablesAreNotTakenForWhatTheyAreNot"}, "", ""},
		{6, "A mutation over the socket: only where the upstream validates is it refused there; rights end while a stream is open", []string{
			pure + "TestAttack086EachStartIsReadAsARequest", pure + "TestAttack086NoMutationOverTheSocket"}, "", ""},
		{7, "The socket speaks the older of two protocols, and answers so whatever the client offers", []string{
			pure + "TestTheOtherMessages", "internal/dagstertest TestSubscriptionOnTheSocket"}, "", ""},
	}}
}

func findingTraps() trapGroup {
	return trapGroup{"Finding out what it concerns", []trap{
		{8, "Stopping a sensor or schedule: Dagster judges one id and acts with another as well", []string{pure + "TestAttack087EverythingThatAMutationNamesIsJudged"}, "", ""},
		{9, "What is called a parent run is a backfill; re-executing has two forms of arguments", []string{pure + "TestAttack087EverythingThatAMutationNamesIsJudged"}, "", ""},
		{10, "A backfill by job takes assets along that it also names", []string{pure + "TestAttack087EverythingThatAMutationNamesIsJudged"}, "", ""},
		{11, "An asset is defined in several code locations, or in none", nil, "not yet: looking assets up", ""},
		{12, "A job of assets without a selection means all of them; a selection may be of checks only", nil, "not yet: looking assets up", ""},
		{13, "A code location that does not load any more still has its overrides", nil, "not yet: looking locations up", ""},
		{14, "Code is loaded anew between the judgement and the forwarding", nil, "not yet: what is remembered of an upstream", ""},
		{15, "Names of code locations are free texts, with spaces and slashes", nil, "not yet: looking locations up", ""},
		{16, "Dynamic partitions, concurrency keys and wiped assets are the whole instance's, whoever's location they are changed from", nil,
			"no test: Dagster keeps them so, and no gate can part them; the guide says it", ""},
		{17, "Dagster answers that something is not allowed where it does not exist", nil,
			"no test: an answer of Dagster's is never read as a decision; the gate has decided before it forwards", ""},
	}}
}

func answeringTraps() trapGroup {
	return trapGroup{"Answering", []trap{
		{18, "Not every mutation has a type for a refusal", []string{pure + "TestARefusalWithoutAShapeIsAnError"}, "", ""},
		{19, "A refusal is status 200, under the alias, with what was selected and nothing else", nil, "not yet: refusals", ""},
		{20, "The UI asks for its permissions under an alias; keys that the server did not send are not to be added", nil, "not yet: rewriting permissions", ""},
		{21, "Who has rights in code locations only is shown pages of the whole deployment greyed", nil, "not yet: rewriting permissions", ""},
		{22, "A reason stands where something is disabled, and nowhere else", nil, "not yet: rewriting permissions", ""},
		{23, "Rewriting breaks compression and lengths; logs and downloads must go on as they come", nil, "not yet: rewriting", ""},
		{24, "Pages have a policy with a nonce; a path prefix must be the upstream's own", nil, "not yet: pages and prefixes", "Nothing is put into Dagster's pages."},
		{25, "Introspection and the query page show everything there is", []string{pure + "TestAttack095Bombs"}, "", "Every member with a role may use both: they read only, and what they read is judged like everything else."},
	}}
}

func roleTraps() trapGroup {
	return trapGroup{"Roles", []trap{
		{26, "Seeing runs is seeing their configuration, logs and metadata, in which secrets may stand", nil,
			"no test: it is so in Dagster+ for Viewers too; the guide says it", ""},
		{27, "Launchers may delete runs; custom roles part that from launching", []string{"conformance TestDagsterMatrix"}, "", ""},
		{28, "A dry run executes code with the code's own rights", []string{pure + "TestAttack087EverythingThatAMutationNamesIsJudged", pure + "TestAttack089QueriesThatTellOrDoMore"}, "", ""},
		{29, "Editors may change which role new members get", []string{change + "TestAttack008RaisingTheDefaultRole"}, "", ""},
		{30, "Admins may change a team's permissions and be in that team", []string{change + "TestAttack002GrantingToATeamOfOnesOwn"}, "", ""},
		{31, "An override can only raise", []string{change + "TestDagsterOverrides", "conformance TestDagsterMatrixUnderOverrides"}, "", ""},
		{32, "A deployment's role does not reach its branch deployments, not even its creator's", []string{"conformance TestDagsterMatrixInBranchDeployments"}, "", ""},
		{33, "Service users are in no team and have no browser; tokens of people die with them", []string{
			change + "TestDagsterServiceUsersAreInNoTeamAndTakeNoSeat", change + "TestAttack023ADisabledUserKeepsTokens"}, "", ""},
		{34, "The default role is for the first sign-in alone; no access means no account", []string{
			change + "TestNoAccessMeansNoAccount", change + "TestDagsterANewMemberGetsTheDefaultRoleOfEachDeployment"}, "", ""},
		{35, "A directory that provisions people takes over whom it did not make, or a team of the same name", nil,
			"no test: there is no SCIM yet; [attacks 70 to 78](attacks.md) wait for it", ""},
		{36, "The last Organization Admin goes in a way that nobody counts: by a team, a provider, a role that is deleted", []string{
			change + "TestAttack016TheLastAdministrator", change + "TestAttack016TheLastAdministratorAndSignOn", change + "TestAttack016TheLastWayIn"}, "", ""},
		{37, "Dagster takes a run's author from a tag that any client can send", nil, "not yet: the gate's pipeline", ""},
		{38, "Dagster, its code servers and its database ask nobody who they are reached by", nil,
			"no test: it is the network's to hold; the guide says how, and examples/ have it", ""},
		{39, "What an Editor started goes on when he is one no more: the daemon has all rights", nil,
			"no test: the daemon stands behind the gate and is asked nothing; the guide says what to do", ""},
		{40, "Mutations are added in patch releases", []string{pure + "TestAttack088AMutationThatIsNew", pure + "TestDriftIsNoticed", pure + "TestEveryFieldOfTheNewestDagsterIsMapped"}, "", ""},
	}}
}
