package main

// count is how many attacks there are.
const count = 130

// An attack is one row of the page.
type attack struct {
	number int
	what   string
	part   string // what is to try it; shown as long as no test does
	rest   string // what no test tries although there are some
}

type group struct {
	title   string
	attacks []attack
}

// groups returns the list.
func groups() []group {
	return []group{granting(), revocation(), tokens(), oidc(), saml(), scim(), dagster(), airflow(), api(), operations()}
}

func granting() group {
	return group{"Granting and escalation", []attack{
		{1, "Giving a role above one's own", "change", ""},
		{2, "… to a team of one's own", "change", ""},
		{3, "… through a custom role that one edits", "change", ""},
		{4, "… by widening a custom role that one holds", "change", ""},
		{5, "… by moving or nesting something under what one manages", "change", ""},
		{6, "… by tying a group of the identity provider to a role", "SCIM, OIDC, SAML", "SCIM, SAML"},
		{7, "… by a token or service user stronger than its maker", "change", ""},
		{8, "… by raising the role that new members get", "change", ""},
		{9, "… by approving one's own request, or through a second account", "change", "requests and approvals"},
		{10, "… by applying or importing a file with grants that one could not give", "apply", ""},
		{11, "… by editing the tests and rules that forbid it", "change", "approval rules"},
		{12, "… by restoring a backup or bringing an old user back", "change", ""},
		{13, "A team's administrator changes a team that has rights elsewhere", "change", ""},
		{14, "Taking from somebody more powerful", "change", ""},
		{15, "The action is allowed, but not on this target", "change", ""},
		{16, "The last administrator is removed, demoted, disabled, timed out, unlicensed, locked out …", "change", "the shapes of SCIM"},
		{17, "Two administrators remove each other at once", "change", ""},
		{18, "An organization's administrator removes the operator", "change", ""},
		{19, "One user too many, all added at once", "change", ""},
		{20, "A lowered license does not bind tokens made before", "change", ""},
		{21, "Code that the platform runs changes who may what", "change", ""},
	}}
}

func revocation() group {
	return group{"Revocation and time", []attack{
		{22, "A disabled user keeps a session", "console sessions", ""},
		{23, "… keeps personal tokens", "sign-in", ""},
		{24, "… keeps tokens of service users, or refresh tokens", "sign-in, OIDC", "refresh tokens"},
		{25, "… keeps an open socket, stream or poll", "console, gates", ""},
		{26, "Each spelling of SCIM's active: false ends everything", "SCIM", ""},
		{27, "Removed from a group at the provider, effective before the next sign-in", "SCIM, OIDC", "SCIM"},
		{28, "A deactivated organization whose children live on", "organizations", ""},
		{29, "A deactivated grant lives on in an issued token", "decisions", ""},
		{30, "A deactivated service account makes tokens", "change", ""},
		{31, "An expired grant is honoured by a cache, a skewed clock or one set back", "decisions", ""},
		{32, "A future grant begins although its reason has gone", "requests", ""},
		{33, "A request is approved after its reason has gone", "requests", ""},
		{34, "A lowered role reaches another replica late", "replicas", ""},
		{35, "A decision is remembered under too small a key", "decisions", ""},
		{36, "A batch answers one item with another's answer", "AuthZEN", ""},
		{37, "A remembered no outlives a new grant", "decisions", ""},
		{38, "Questions at the same time get a wrong yes", "decisions", ""},
		{39, "A list shows what a check denies", "decisions", "GraphQL API"},
	}}
}

func tokens() group {
	return group{"Tokens and sessions", []attack{
		{40, "A secret is stored or logged in clear", "sign-in", ""},
		{41, "A token's hash is guessed, timed, or found by its prefix", "sign-in", ""},
		{42, "A token of one organization is used at another", "sign-in", ""},
		{43, "A token's narrowing is forgotten at one door", "every door", "GraphQL API, SCIM"},
		{44, "A token of one kind passes for another", "sign-in", "SCIM's own door"},
		{45, "An expired or rotated token in the overlap", "token rotation", ""},
		{46, "A session is fixed, or not renewed at sign-in", "console sessions", ""},
		{47, "Signing out leaves the session alive", "console sessions", ""},
		{48, "A cookie that others can read, or one origin for console and upstream", "console, gates", ""},
		{49, "Passwords: enumeration, ways around the lock-out, lock-out as a weapon", "passwords", ""},
		{50, "A recovery link is used twice, guessed or poisoned", "passwords", ""},
	}}
}

func oidc() group {
	return group{"OIDC", []attack{
		{51, "The audience is missing or another's", "OIDC", ""},
		{52, "Two issuers are mixed up", "OIDC", ""},
		{53, "alg none, HS256 with a public key, a storm of unknown keys", "OIDC", ""},
		{54, "nonce, state or PKCE missing or replayed", "OIDC", ""},
		{55, "Accounts are joined by an e-mail that is unverified or looks alike", "OIDC", ""},
		{56, "Joined by a provider that is disabled or another organization's", "OIDC", ""},
		{57, "An open redirect", "console sign-in", ""},
		{58, "Signing somebody in as another", "console sign-in", ""},
		{59, "Discovery makes the server call inside", "OIDC", ""},
		{60, "The first sign-in gives too much", "OIDC", ""},
	}}
}

func saml() group {
	return group{"SAML", []attack{
		{61, "Signature wrapping", "SAML", ""},
		{62, "The key is taken from the answer", "SAML", ""},
		{63, "Audience, recipient, destination unchecked", "SAML", ""},
		{64, "An answer that nobody asked for, or an old one", "SAML", ""},
		{65, "Comments, entities, two parsers, bombs", "SAML", ""},
		{66, "Weak digests, half signed, encrypted but unsigned", "SAML", ""},
		{67, "Validity and clock skew", "SAML", ""},
		{68, "RelayState as a redirect", "SAML", ""},
		{69, "The provider is disabled meanwhile", "SAML", ""},
	}}
}

func scim() group {
	return group{"SCIM", []attack{
		{70, "No token, or any, is accepted", "SCIM", ""},
		{71, "An external id passes for an internal one", "SCIM", ""},
		{72, "An existing administrator is taken over by the same name", "SCIM", ""},
		{73, "A group patch removes or replaces everybody", "SCIM", ""},
		{74, "A group is renamed to one that means administrator", "SCIM", ""},
		{75, "The last administrator is deleted", "SCIM", ""},
		{76, "Filters, counts, tags and paths out of the ordinary", "SCIM", ""},
		{77, "The token reaches other organizations or local users", "SCIM", ""},
		{78, "Passwords or roles come in", "SCIM", ""},
	}}
}

func dagster() group {
	return group{"The gate in front of Dagster", []attack{
		{79, "A mutation by GET", "Dagster gate", ""},
		{80, "The query from the URL, or as a raw body, by content type", "Dagster gate", ""},
		{81, "The same parameter twice", "Dagster gate", ""},
		{82, "Keys of JSON that differ in case", "Dagster gate", ""},
		{83, "Other encodings, NaN", "Dagster gate", ""},
		{84, "A semicolon in the query string", "Dagster gate", ""},
		{85, "Aliases, fragments, several operations, directives, batches", "Dagster gate", ""},
		{86, "Subscriptions are checked at the start only", "Dagster gate", ""},
		{87, "A mutation that names several resources, or names them by another id", "Dagster gate", ""},
		{88, "A mutation that is new", "Dagster gate", ""},
		{89, "Queries that tell too much", "Dagster gate", "the answers"},
		{90, "Routes beside GraphQL", "Dagster gate", ""},
		{91, "Tricks with paths", "Dagster gate", ""},
		{92, "Tricks with methods and framing", "Dagster gate", ""},
		{93, "Forged identity headers", "Dagster gate", ""},
		{94, "The original bytes are forwarded", "Dagster gate", ""},
		{95, "Bombs, introspection, timing", "Dagster gate", "introspection, timing"},
		{96, "Persisted queries without their text", "Dagster gate", ""},
		{97, "The upstream is reached around the gate", "Dagster gate", ""},
		{98, "Answers kept by a shared cache", "Dagster gate", ""},
	}}
}

func airflow() group {
	return group{"The gate in front of Airflow", []attack{
		{99, "Lists, embedded objects, wildcards and bulk routes", "Airflow gate", ""},
		{100, "Two generations of sign-in; a token that stays in the browser", "Airflow gate", ""},
	}}
}

func api() group {
	return group{"API, console, tenants", []attack{
		{101, "Another organization's id at every door", "every door", ""},
		{102, "Guessing by aliases and batches", "GraphQL API", ""},
		{103, "Forged requests from another site", "GraphQL API, console", ""},
		{104, "A socket from another origin", "console", ""},
		{105, "More keys than a command has", "API", ""},
		{106, "Between the check and the write", "change", ""},
		{107, "Scripts in names, formulas in exports, lines in logs", "console, exports", ""},
		{108, "The server is made to call inside", "webhooks, upstreams", "upstreams"},
		{109, "A forged cursor", "lists", ""},
		{110, "Ids that look alike: case, forms, spaces, separators", "change", ""},
		{111, "The Host header in links and metadata", "AuthZEN", ""},
		{112, "AuthZEN without a caller, about others, without limits, with a context that decides", "AuthZEN", ""},
		{113, "Viewing as somebody can write, or is not shown", "impersonation", ""},
		{114, "Viewers list people", "console, GraphQL API", ""},
		{115, "Framing, mixed content, inline scripts", "console", ""},
	}}
}

func operations() group {
	return group{"Audit and operations", []attack{
		{116, "A change without a row", "change", "SCIM"},
		{117, "A row without a change", "change", ""},
		{118, "Refusals, exports and reading of the audit leave no trace", "activity", ""},
		{119, "Rows edited, deleted, inserted, reordered, cut off, replaced", "journal", ""},
		{120, "The disk is full or the database gone", "journal", ""},
		{121, "The audit is read by whom it is not for", "API", ""},
		{122, "Secrets in differences", "API", ""},
		{123, "The first run is hijacked, or setup opens again", "setup", ""},
		{124, "A backup holds secrets; a restore revives tokens and people", "restore", ""},
		{125, "An older program reads newer rules as yes", "journal", ""},
		{126, "Metrics, profiles or health tell names or are open", "server", ""},
		{127, "Break-glass is silent, endless or the easiest door", "break-glass", ""},
		{128, "The clock is set back or forward", "change", ""},
		{129, "Exhaustion: depth, cycles, many grants", "change", ""},
		{130, "Yes by default anywhere", "every part", ""},
	}}
}
