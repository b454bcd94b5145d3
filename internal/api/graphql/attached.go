package graphql

import (
	"context"
	"encoding/json"
	"strings"

	gql "github.com/99designs/gqlgen/graphql"

	"bailiwick/client"
	"bailiwick/internal/api/graphql/model"
	"bailiwick/internal/inquiry"
	"bailiwick/internal/paging"
)

// momentOf is the moment that the field platforms was asked about, for what is asked of one of its platforms.
func momentOf(ctx context.Context) *client.When {
	for field := gql.GetFieldContext(ctx); field != nil; field = field.Parent {
		if field.Object == "Bailiwick" && field.Field.Name == "platforms" {
			when, _ := field.Args["at"].(*client.When)
			return when
		}
	}
	return nil
}

// moments writes a moment that may be left out.
func moments(when *client.When) string {
	if when == nil {
		return ""
	}
	return when.String()
}

func attachedPlatforms(asker *inquiry.Asker) ([]*model.AttachedPlatform, error) {
	found, err := asker.Platforms()
	if err != nil {
		return nil, err
	}
	list := []*model.AttachedPlatform{}
	for _, p := range found.Platforms {
		list = append(list, &model.AttachedPlatform{Slug: p.Platform, Edition: p.Model, Plan: p.Plan, Settings: object(p.Settings)})
	}
	return list, nil
}

// platformRoles shows each role with the permissions that it contains always, those of the role that it is based on included.
func platformRoles(asker *inquiry.Asker, slug string) ([]*model.PlatformRole, error) {
	found, err := asker.Roles(slug)
	if err != nil {
		return nil, err
	}
	list := []*model.PlatformRole{}
	for _, r := range found.Roles {
		detail, err := asker.Role(slug, r.Role)
		if err != nil {
			return nil, err
		}
		shown := &model.PlatformRole{Name: r.Role, Title: r.Title, Description: r.Description, Custom: r.Custom, At: r.GrantAt, Permissions: []string{}}
		for _, p := range detail.Permissions {
			if p.Mark == client.MarkContained || p.Mark == client.MarkBase {
				shown.Permissions = append(shown.Permissions, p.Permission)
			}
		}
		list = append(list, shown)
	}
	return list, nil
}

func platformResources(asker *inquiry.Asker, slug, under string, p paging.Page) (*model.PlatformResources, error) {
	found, err := asker.Resources(slug, client.ResourceQuery{Under: under}, p)
	if err != nil {
		return nil, err
	}
	shown := &model.PlatformResources{Resources: []*model.PlatformResource{}, Total: found.Total, Next: found.Next, Revision: int(found.Revision), Epoch: int(found.Epoch)}
	for _, r := range found.Resources {
		name := r.Resource[strings.LastIndexByte(r.Resource, '/')+1:]
		attached := map[string]any{}
		if kept := asker.State.Resource(r.Resource); kept != nil {
			for document, text := range kept.Documents {
				attached[document] = json.RawMessage(text)
			}
		}
		shown.Resources = append(shown.Resources, &model.PlatformResource{Path: r.Resource, Number: int(r.Number), Kind: r.Kind, Name: name,
			Category: r.Category, Settings: object(r.Settings), Attached: attached})
	}
	return shown, nil
}

// object is a map of texts as JSON has it.
func object(texts map[string]string) map[string]any {
	values := map[string]any{}
	for name, text := range texts {
		values[name] = text
	}
	return values
}
