package server

import (
	"strings"

	"bailiwick/internal/gate"
	"bailiwick/internal/yamltext"
)

// minGateSecret is how many characters a secret has at least that two programs share.
const minGateSecret = 20

// secret reads the file that a value names.
func (r *gateReader) secret(v yamltext.Value) string {
	path := v.Text(r.problems)
	if path == "" {
		return ""
	}
	text, err := r.readFile(path)
	if err != nil {
		r.problems.Add(v, path+" cannot be read ("+cause(err).Error()+")", "")
		return ""
	}
	secret := strings.TrimSpace(string(text))
	if len(secret) < minGateSecret || strings.ContainsAny(secret, "\r\n\x00") {
		r.problems.Add(v, path+" holds no secret of at least 20 characters in one line", "make one with: openssl rand -hex 32")
	}
	return secret
}

// keyPair reads {cert, key}: both.
func (r *gateReader) keyPair(v yamltext.Value) KeyPair {
	var pair KeyPair
	v.Fields(r.problems, map[string]func(yamltext.Value){
		"cert": func(v yamltext.Value) { pair.Cert = v.Text(r.problems) },
		"key":  func(v yamltext.Value) { pair.Key = v.Text(r.problems) },
	})
	if (pair.Cert == "") != (pair.Key == "") || pair.Cert == "" && v.Given() {
		r.problems.Add(v, "a certificate goes with its key", "write {cert: FILE, key: FILE}")
	}
	return pair
}

// upstreamTLS reads {ca, cert, key}: the authority of the upstream's certificate, and one of the gate's own.
func (r *gateReader) upstreamTLS(v yamltext.Value) (ca string, pair KeyPair) {
	v.Fields(r.problems, map[string]func(yamltext.Value){
		"ca":   func(v yamltext.Value) { ca = v.Text(r.problems) },
		"cert": func(v yamltext.Value) { pair.Cert = v.Text(r.problems) },
		"key":  func(v yamltext.Value) { pair.Key = v.Text(r.problems) },
	})
	if (pair.Cert == "") != (pair.Key == "") {
		r.problems.Add(v, "a certificate goes with its key", "write cert: FILE and key: FILE")
	}
	return ca, pair
}

// trusted reads which proxy's word counts: from its addresses, and with a secret or a certificate besides.
func (r *gateReader) trusted(v yamltext.Value) (*gate.Trusted, string) {
	t := &gate.Trusted{}
	authority := ""
	before := len(r.problems.List())
	v.Fields(r.problems, map[string]func(yamltext.Value){
		"header":      func(v yamltext.Value) { t.Header = v.Text(r.problems) },
		"from":        func(v yamltext.Value) { t.From = r.prefixes(v) },
		"secret_file": func(v yamltext.Value) { t.Secret = r.secret(v) },
		"client_ca":   func(v yamltext.Value) { authority = v.Text(r.problems) },
	})
	if len(r.problems.List()) > before {
		return t, authority
	}
	switch {
	case t.Header == "":
		r.problems.Add(v, "the header is not said", "write header: X-Forwarded-Email")
	case len(t.From) == 0:
		r.problems.Add(v, "the proxy's addresses are not said, and anybody could send the header", "write from: [10.0.0.5/32]")
	case t.Secret == "" && authority == "":
		r.problems.Add(v, "nothing but an address tells the proxy from others", "write secret_file, or client_ca where it shows a certificate")
	case t.Secret != "" && authority != "":
		r.problems.Add(v, "the proxy shows a secret or a certificate, not either of them", "keep one of secret_file and client_ca")
	}
	return t, authority
}
