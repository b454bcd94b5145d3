package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/uuid"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// A user can sign in.
type user struct {
	ID       string    `json:"id"` // the subject
	Username string    `json:"username"`
	Password string    `json:"password"`
	Email    string    `json:"email"`
	Verified bool      `json:"email_verified"`
	First    string    `json:"first"`
	Last     string    `json:"last"`
	Groups   *[]string `json:"groups"` // absent: the claim is not sent
}

// people are the users, as the example's storage asks for them.
type people struct {
	mu   sync.Mutex
	byID map[string]user
}

func (p *people) GetUserByID(id string) *storage.User {
	return p.find(func(u user) bool { return u.ID == id })
}

func (p *people) GetUserByUsername(name string) *storage.User {
	return p.find(func(u user) bool { return u.Username == name })
}

func (p *people) ExampleClientID() string { return storage.ServiceUserID }

func (p *people) find(is func(user) bool) *storage.User {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, u := range p.byID {
		if is(u) {
			return &storage.User{
				ID: u.ID, Username: u.Username, Password: u.Password, FirstName: u.First, LastName: u.Last,
				Email: u.Email, EmailVerified: u.Verified,
			}
		}
	}
	return nil
}

func (p *people) groups(id string) (list []string, sent bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if u, known := p.byID[id]; known && u.Groups != nil {
		return append([]string{}, *u.Groups...), true
	}
	return nil, false
}

// store is the example's storage, with groups and with clients that may be left.
type store struct {
	*storage.Storage
	people  *people
	claim   string
	thin    bool
	clients map[string]clientConfig
}

func newStore(c config) *store {
	p := &people{byID: map[string]user{}}
	for _, u := range c.Users {
		p.byID[u.ID] = u
	}
	if c.GroupsClaim == "" {
		c.GroupsClaim = "groups"
	}
	s := &store{people: p, claim: c.GroupsClaim, thin: c.Thin, clients: map[string]clientConfig{}}
	for _, client := range c.Clients {
		s.clients[client.ID] = client
	}
	s.Storage = storage.NewStorageWithClients(p, exampleClients(c.Clients))
	return s
}

// client says where a browser may go after signing out, and what ID tokens hold.
type client struct {
	op.Client
	signedOut []string
	thin      bool
}

func (c client) PostLogoutRedirectURIs() []string { return c.signedOut }

func (c client) IDTokenUserinfoClaimsAssertion() bool { return !c.thin }

func (s *store) GetClientByClientID(ctx context.Context, id string) (op.Client, error) {
	found, err := s.Storage.GetClientByClientID(ctx, id)
	if err != nil {
		return nil, err
	}
	return client{Client: found, signedOut: s.clients[id].SignedOut, thin: s.thin}, nil
}

func (s *store) SetUserinfoFromRequest(ctx context.Context, info *oidc.UserInfo, r op.IDTokenRequest, scopes []string) error {
	if err := s.Storage.SetUserinfoFromRequest(ctx, info, r, scopes); err != nil {
		return err
	}
	if !s.thin {
		s.addGroups(info, r.GetSubject())
	}
	return nil
}

func (s *store) SetUserinfoFromToken(ctx context.Context, info *oidc.UserInfo, token, subject, origin string) error {
	if err := s.Storage.SetUserinfoFromToken(ctx, info, token, subject, origin); err != nil {
		return err
	}
	s.addGroups(info, subject)
	return nil
}

func (s *store) addGroups(info *oidc.UserInfo, subject string) {
	if list, sent := s.people.groups(subject); sent {
		info.AppendClaims(s.claim, list)
	}
}

func (s *store) putUser(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	id := r.PathValue("id")
	u := user{ID: id}
	if len(body) > 0 {
		if err := json.Unmarshal(body, &u); err != nil || u.ID != id {
			http.Error(w, "a person with this very id, as JSON", http.StatusBadRequest)
			return
		}
	}
	s.people.mu.Lock()
	defer s.people.mu.Unlock()
	delete(s.people.byID, id)
	if len(body) > 0 {
		s.people.byID[id] = u
	}
}

func (s *store) logoutToken(w http.ResponseWriter, r *http.Request, issuer string) {
	now := time.Now() //nolint:forbidigo // a program reads the clock
	claims := map[string]any{
		"iss": issuer, "aud": r.FormValue("client"), "iat": now.Unix(), "exp": now.Add(2 * time.Minute).Unix(), "jti": uuid.NewString(),
		"events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": struct{}{}},
	}
	for claim, field := range map[string]string{"sub": "subject", "sid": "session"} {
		if value := r.FormValue(field); value != "" {
			claims[claim] = value
		}
	}
	token, err := s.sign(r.Context(), claims)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_, _ = io.WriteString(w, token) // a client that has gone needs no answer
}

func (s *store) sign(ctx context.Context, claims any) (string, error) {
	key, err := s.SigningKey(ctx)
	if err != nil {
		return "", err
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: key.SignatureAlgorithm(), Key: jose.JSONWebKey{Key: key.Key(), KeyID: key.ID()}},
		(&jose.SignerOptions{}).WithType("logout+jwt"))
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	signed, err := signer.Sign(text)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}
