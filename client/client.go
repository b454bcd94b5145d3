package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// Options say how to reach a server.
type Options struct {
	// Token is the caller's credential, "bwk_…"; it names the organization. Only Setup works without.
	Token string
	// InsecureHTTP allows http:// to another machine: everybody on the way can read the token, and use it.
	InsecureHTTP bool
	// Transport sends the requests; nil takes http.DefaultTransport.
	Transport http.RoundTripper
	// Agent is the User-Agent header.
	Agent string
}

// A Client asks one server. It is safe for several goroutines.
type Client struct {
	base  string // without a slash at the end
	token string
	agent string
	http  http.Client
}

// maxAnswer is the size of an answer that is still read; an export of a million people is below it.
const maxAnswer = 1 << 30

// New returns a client of the server at an address: "https://bailiwick.acme.test", "http://127.0.0.1:8080".
func New(server string, o Options) (*Client, error) {
	base, err := address(server, o.InsecureHTTP)
	if err != nil {
		return nil, err
	}
	if err := CheckToken(o.Token); o.Token != "" && err != nil {
		return nil, err
	}
	c := &Client{base: base, token: o.Token, agent: o.Agent}
	c.http.Transport = o.Transport
	// A redirect is answered as an error: the token is for the server that was named, and for no other.
	c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return c, nil
}

// Server returns the address that requests go to.
func (c *Client) Server() string { return c.base }

// CheckToken tells whether a text can be a token at all. The error does not repeat the text.
func CheckToken(token string) error {
	if !strings.HasPrefix(token, "bwk_") {
		return errors.New("the token is not one of Bailiwick's; one begins with bwk_")
	}
	for _, r := range token {
		if r <= ' ' || r > '~' {
			return errors.New("the token contains a space, a line break or another character that no token has; copy it again")
		}
	}
	return nil
}

func address(server string, insecure bool) (string, error) {
	u, err := url.Parse(server)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", errors.New("the server's address cannot be read; write it as https://bailiwick.acme.test")
	}
	// The address is printed in messages, so that it must not be able to hold a password.
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", errors.New("the server's address has a user, a query or a fragment; write the address only, and the token apart from it")
	}
	if u.Scheme == "http" && !insecure && !loopback(u.Hostname()) {
		return "", fmt.Errorf("%s is another machine, and http:// shows the token to everybody on the way there; "+
			"write https://%s, or allow it with --insecure-http", u.Host, u.Host)
	}
	return strings.TrimRight(u.Scheme+"://"+u.Host+u.EscapedPath(), "/"), nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// A call is one request.
type call struct {
	method, path string
	query        url.Values
	body         any    // JSON, where not nil
	accept       string // "" for JSON
	withoutToken bool
}

// do sends a request and reads its JSON answer.
func do[A any](ctx context.Context, c *Client, call call) (A, error) {
	var answer A
	text, _, err := c.send(ctx, call)
	if err != nil {
		return answer, err
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return answer, fmt.Errorf("%s answered %s %s with something else than was asked for: %w", c.base, call.method, call.path, err)
	}
	return answer, nil
}

// send sends a request and returns the body of a good answer, and its header.
func (c *Client) send(ctx context.Context, call call) ([]byte, http.Header, error) {
	request, err := c.request(ctx, call)
	if err != nil {
		return nil, nil, err
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, nil, fmt.Errorf("ask %s: %w", c.base, unaddressed(err))
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("read the answer of %s: %w", c.base, err)
	case len(text) > maxAnswer:
		return nil, nil, fmt.Errorf("the answer of %s is longer than %d MB", c.base, maxAnswer>>20)
	case response.StatusCode >= 300:
		return nil, nil, c.refused(response, text)
	}
	return text, response.Header, nil
}

// unaddressed is an error of sending without the request's address, which may have a query.
func unaddressed(err error) error {
	var failed *url.Error
	if errors.As(err, &failed) {
		return failed.Err
	}
	return err
}

func (c *Client) request(ctx context.Context, call call) (*http.Request, error) {
	if c.token == "" && !call.withoutToken {
		return nil, &Error{Kind: Unauthenticated, Message: "there is no token for " + c.base, Right: "give one; bailiwick login keeps it"}
	}
	var body io.Reader
	if call.body != nil {
		text, err := json.Marshal(call.body)
		if err != nil {
			return nil, fmt.Errorf("write the request: %w", err)
		}
		body = bytes.NewReader(text)
	}
	target := c.base + "/api/v1" + call.path
	if len(call.query) > 0 {
		target += "?" + call.query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, call.method, target, body)
	if err != nil {
		return nil, fmt.Errorf("write the request: %w", err)
	}
	request.Header.Set("Accept", "application/json")
	if call.accept != "" {
		request.Header.Set("Accept", call.accept)
	}
	if call.body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.agent != "" {
		request.Header.Set("User-Agent", c.agent)
	}
	if !call.withoutToken {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	return request, nil
}

// refused reads the error that the server, or something between it and us, answered.
func (c *Client) refused(response *http.Response, text []byte) error {
	id := response.Header.Get("X-Request-ID")
	if response.StatusCode < 400 {
		other := "another address"
		if to, err := response.Location(); err == nil {
			other = to.Scheme + "://" + to.Host
		}
		return fmt.Errorf("%s sends us on to %s, and a token is not sent on; name the right address yourself", c.base, other)
	}
	var answer ErrorAnswer
	media, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if media == "application/json" && json.Unmarshal(text, &answer) == nil && answer.Error.Kind != "" {
		answer.Error.Status, answer.Error.RequestID = response.StatusCode, id
		return &answer.Error
	}
	return &Error{
		Kind: kindOf(response.StatusCode), Status: response.StatusCode, RequestID: id,
		Message: fmt.Sprintf("%s answered with status %d, and not in Bailiwick's form", c.base, response.StatusCode),
		Right:   "see whether the address is that of a Bailiwick server",
	}
}

// kindOf is the kind of an error of which only the status is known.
func kindOf(status int) string {
	for _, kind := range []string{Invalid, Unauthenticated, Forbidden, NotFound, Conflict, Unavailable} {
		if Status(kind) == status {
			return kind
		}
	}
	switch {
	case status == http.StatusBadGateway || status == http.StatusGatewayTimeout || status == http.StatusTooManyRequests:
		return Unavailable
	case status < http.StatusInternalServerError:
		return Invalid
	}
	return Internal
}
