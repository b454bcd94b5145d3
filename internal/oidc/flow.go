package oidc

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"bailiwick/internal/fault"
)

// flowCookie is the sealed cookie's name; __Host- keeps other hosts and plain http from setting it.
const flowCookie = "bwk_flow"

// maxCookie is what browsers keep, less the name and attributes.
const maxCookie = 3800

// held is what the browser keeps, unread, while it is away at the provider.
type held struct {
	State, Nonce, Verifier string
	Provider               string // its ID
	Issuer, ClientID       string // as they were when it began
	Began                  time.Time
	Flow                   Flow
}

func sealer(key []byte) (cipher.AEAD, error) {
	if len(key) < 32 {
		return nil, errors.New("oidc: the key of the flow cookie has less than 32 bytes")
	}
	derived, err := hkdf.Key(sha256.New, key, nil, "bailiwick flow cookie 1", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(derived)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func (p *Party) cookieName() string {
	if p.secure {
		return "__Host-" + flowCookie
	}
	return flowCookie
}

// cookie seals a flow. There is one a browser: of several tabs that begin, the newest wins, and the others are told to
// begin again. A cookie for each would let any page fill a browser's jar until it drops the session's.
func (p *Party) cookie(h held) (*http.Cookie, error) {
	text, err := json.Marshal(h)
	if err != nil {
		return nil, err
	}
	value := base64.RawURLEncoding.EncodeToString(p.seal.Seal(nil, nil, text, []byte(flowCookie)))
	if len(value) > maxCookie {
		return nil, fault.New(fault.Invalid, "the sign-in carries more than a browser keeps").By("oidc_flow")
	}
	return p.set(value, flowLife), nil
}

// Forget returns the cookie that ends what the browser keeps of a flow. Send it with every answer to a callback.
func (p *Party) Forget() *http.Cookie { return p.set("", -1) }

func (p *Party) set(value string, life time.Duration) *http.Cookie {
	age := int(life / time.Second)
	if life < 0 {
		age = -1
	}
	// Lax, not Strict: the provider's redirect comes from another site and has to bring the cookie.
	return &http.Cookie{
		Name: p.cookieName(), Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: p.secure, SameSite: http.SameSiteLaxMode,
	}
}

// flow finds the flow that a callback ends: sealed by us, kept by this browser, not over, and of this very state.
func (p *Party) flow(r *http.Request, state string) (held, error) {
	begun := false
	for _, c := range r.CookiesNamed(p.cookieName()) {
		h, good := p.open(c.Value)
		if !good {
			continue
		}
		begun = true
		if subtle.ConstantTimeCompare([]byte(h.State), []byte(state)) == 1 && state != "" {
			if age := p.now().Sub(h.Began); age >= flowLife || age < -skew {
				return held{}, refuse("oidc_flow", "the sign-in took longer than %d minutes", flowLife/time.Minute).Rather("begin again")
			}
			return h, nil
		}
	}
	if begun {
		return held{}, refuse("oidc_flow", "this is not the sign-in that this browser began last").
			Rather("begin again; when several tabs sign in at once, the newest counts")
	}
	return held{}, refuse("oidc_flow", "this browser has begun no sign-in").Rather("begin again in this browser, with cookies allowed")
}

func (p *Party) open(value string) (h held, good bool) {
	if len(value) > maxCookie {
		return held{}, false
	}
	sealed, err := base64.RawURLEncoding.DecodeString(value)
	if err != nil {
		return held{}, false
	}
	text, err := p.seal.Open(nil, nil, sealed, []byte(flowCookie))
	if err != nil {
		return held{}, false
	}
	return h, json.Unmarshal(text, &h) == nil
}

// refuse makes the error of a sign-in that is not to be believed.
func refuse(rule, format string, args ...any) *fault.Error {
	return fault.New(fault.Unauthenticated, format, args...).By(rule)
}
