// Package client is the Go client of Bailiwick's HTTP API, /api/v1.
//
// It owns the types of every request and answer, which the command line prints (-o json) and the server writes, so that
// there is one set of them; how a request is sent; and how an error comes back. Keys are added, never renamed. It does
// not own any decision, and it imports nothing but the standard library.
//
// # Names
//
// Everything is named as in the access file: a resource by its path ("dagster/prod/etl"), a permission with or without its
// platform ("dagster.runs.launch", "runs.launch"), a subject or holder with its kind ("user:ana@acme.test",
// "service_user:ci", "team:data", "agent:agt_…"). Where an opaque id exists ("usr_…", "svc_…", "team_…", "tok_…"), it may stand
// in the place of the name: "user:usr_…". Times are RFC 3339 in UTC.
//
// # Routes
//
//	GET    /api/v1/whoami                                 Whoami
//	POST   /api/v1/check            QuestionRequest       Check
//	POST   /api/v1/explain          QuestionRequest       Explanation
//	POST   /api/v1/search           SearchRequest         WhoCan or WhatCan
//	POST   /api/v1/diff             DiffRequest           Diff
//	POST   /api/v1/test             TestRequest           Tests
//	POST   /api/v1/plan             PlanRequest           Plan
//	POST   /api/v1/apply            ApplyRequest          Change
//	GET    /api/v1/export           Reading               the access file, text/yaml; the same keys as JSON where
//	                                                      application/json is accepted and text/yaml is not
//	POST   /api/v1/changes          ChangesRequest        Change
//	GET    /api/v1/users            UserQuery             Users
//	POST   /api/v1/users            NewUser               Change
//	GET    /api/v1/users/{user}     Reading               UserDetail
//	PATCH  /api/v1/users/{user}     Profile               Change
//	DELETE /api/v1/users/{user}                           Change
//	POST   /api/v1/users/{user}/deactivate                Change
//	POST   /api/v1/users/{user}/reactivate                Change
//	POST   /api/v1/users/{user}/platforms/{platform}      Change
//	DELETE /api/v1/users/{user}/platforms/{platform}      Change
//	PUT    /api/v1/users/{user}/licenses/{platform}       License → Change
//	GET    /api/v1/teams            TeamQuery             Teams
//	GET    /api/v1/teams/{team}     Reading               TeamDetail
//	GET    /api/v1/grants           GrantQuery            Grants
//	GET    /api/v1/tokens           TokenQuery            Tokens
//	POST   /api/v1/tokens           NewToken              IssuedToken
//	DELETE /api/v1/tokens/{token}                         Change
//	POST   /api/v1/tokens/{token}/rotate                  Rotation → IssuedToken
//	GET    /api/v1/service-users    ServiceUserQuery      ServiceUsers
//	GET    /api/v1/agents           AgentQuery            Agents
//	GET    /api/v1/platforms        Reading               Platforms
//	GET    /api/v1/platforms/{platform}                   Reading → PlatformDetail
//	GET    /api/v1/platforms/{platform}/roles             Reading → Roles
//	GET    /api/v1/platforms/{platform}/roles/{role}      Reading → RoleDetail
//	GET    /api/v1/platforms/{platform}/resources         ResourceQuery → Resources
//	POST   /api/v1/users/{user}/link                      NewLink → OpenedLink
//	DELETE /api/v1/links/{link}                           Change
//	DELETE /api/v1/users/{user}/identities/{identity}     Change
//	GET    /api/v1/sessions         SessionQuery          Sessions
//	DELETE /api/v1/sessions/{session}                     Change
//	POST   /api/v1/users/{user}/sessions/end              Change
//	GET    /api/v1/providers                              Providers
//	POST   /api/v1/providers        ProviderBody          Change
//	PUT    /api/v1/providers/{provider}                   ProviderBody → Change
//	DELETE /api/v1/providers/{provider}                   Change
//	POST   /api/v1/providers/{provider}/preview           PreviewRequest → Preview
//	POST   /api/v1/gate/exchange    GateExchange          GateSession; with a gate's token
//	POST   /api/v1/gate/session     GateQuestion          GateSession; with a gate's token
//	GET    /api/v1/gate/feed        FeedQuery             GateFeed, a line each time something changes; with a gate's token
//	POST   /api/v1/gate/activity    GateBatch             GateBatchKept; with a gate's token
//	POST   /api/v1/gate/signout     GateQuestion          Facts; with a gate's token
//	POST   /api/v1/gate/token       GateToken             GateSubject; with a gate's token
//	POST   /api/v1/gate/name        GateName              GateSubject; with the token of a gate whose callers a proxy vouches for
//	POST   /api/v1/gate/discovered  GateDiscovered        Facts; with a gate's token
//	POST   /api/v1/login            LoginExchange         IssuedToken; without a token, with a code once
//	POST   /api/v1/setup            SetupRequest          Setup; without a token, once
//
// A token travels as "Authorization: Bearer bwk_…" and names the organization. X-Request-ID is echoed, or made. An answer
// about facts has the headers Bailiwick-Revision and Bailiwick-Epoch as well.
//
// A query has a parameter for each field: query, team, platform, active, sort (UserQuery); query (TeamQuery); to, on, under,
// role, platform (GrantQuery); subject, kind, ended (TokenQuery); user (SessionQuery); query,
// kind, under (ResourceQuery); query (AgentQuery); after, limit (Page); at, at_least, epoch (Reading); dry_run,
// change_id, expected_revision (Changing). What ends somebody's access, deactivate and DELETE of a user, takes keep_tokens as well: ids with
// commas between.
//
// # Reading
//
// Every reading verb takes a [Reading]: which facts are asked (at) and how new they must be (at_least, epoch). Every
// answer about facts says in revision and epoch which facts it was read from.
//
// # Changing
//
// Every changing verb takes a [Changing]: dry_run, change_id, expected_revision. It answers with a [Change]: what it
// changed, or would change. A change is all or nothing. Whoever does not learn the outcome sends the same change_id
// again: a change that is in the journal already is answered as it was, not made twice.
//
// # Errors
//
// An error of the server is an [*Error]. Its texts never hold a token or a secret.
package client
