package cli

import "bailiwick/client"

func (r *remote) question(q questionArgs) client.QuestionRequest {
	return client.QuestionRequest{Who: q.Who, Permission: q.Permission, Resource: q.Resource, Reading: r.reading}
}

func (r *remote) check(q questionArgs) (client.Check, error) {
	return r.client.Check(r.ctx, r.question(q))
}

func (r *remote) explain(q questionArgs) (client.Explanation, error) {
	return r.client.Explain(r.ctx, r.question(q))
}

func (r *remote) whoCan(permission, resource string) (client.WhoCan, error) {
	return r.client.WhoCan(r.ctx, permission, resource, r.reading)
}

func (r *remote) whatCan(who, resource string) (client.WhatCan, error) {
	return r.client.WhatCan(r.ctx, who, resource, r.reading)
}

func (r *remote) test() (client.Tests, error) {
	return r.client.Test(r.ctx, client.TestRequest{Reading: r.reading})
}
