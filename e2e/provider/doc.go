// Command provider is an OpenID provider to test against: the example provider of zitadel/oidc with people, clients and
// groups of one's choice, which can be changed while it runs.
//
//	go build -o provider . && ./provider -config provider.json
//
// It prints its issuer as soon as it answers. It is for tests: its secrets are plain, and it speaks http on loopback.
//
// It owns people and clients, the claim with groups, and the two calls below; it does not own the protocol.
//
//	PUT  /test/users/ID                  a person, as in the configuration: adds or replaces; an empty body removes
//	POST /test/logout-token              form client, subject, session: answers a signed logout token
package main
