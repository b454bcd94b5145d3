package server

import (
	"errors"
	"net"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"bailiwick/internal/fault"
	"bailiwick/internal/loopback"
)

// judge refuses a configuration that lacks a setting of security, and says what to do.
func (c *Config) judge() error {
	return errors.Join(c.judgeListen(), c.judgeURL(), c.judgeProxies(), c.judgeDatabase(), c.judgeMetrics(), c.judgeMail(), c.judgeRest(), c.judgeGates())
}

func invalid(setting, format string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, format, args...).In(setting)
}

// isLoopback tells whether only this machine reaches an address with a port.
func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	return err == nil && loopback.Is(host)
}

func checkAddress(setting, address string) error {
	_, port, err := net.SplitHostPort(address)
	if n, bad := strconv.ParseUint(port, 10, 16); err == nil && bad == nil && n <= 65535 {
		return nil
	}
	return invalid(setting, "%q is not an address", address).Rather("write it as 127.0.0.1:8080")
}

func (c *Config) judgeListen() error {
	if err := checkAddress("listen", c.Listen); err != nil {
		return err
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return invalid("tls", "only one of tls.cert and tls.key is set").Rather("set both, or neither")
	}
	if isLoopback(c.Listen) || c.TLSCert != "" {
		return nil
	}
	if strings.HasPrefix(c.URL, "https://") && len(c.TrustedProxies) > 0 {
		return nil
	}
	return invalid("listen", "%s can be reached from other machines, and nothing encrypts what they send", c.Listen).
		Rather("set tls.cert and tls.key; or, behind a proxy that ends TLS, url: https://… and trusted_proxies; or listen on 127.0.0.1").
		By("no_clear_text")
}

func (c *Config) judgeURL() error {
	if c.URL == "" {
		if !isLoopback(c.Listen) {
			return invalid("url", "it is not set, and links and metadata are never made from what a request says").
				Rather("write the address by which others reach the server: url: https://bailiwick.example.com")
		}
		scheme := "http"
		if c.TLSCert != "" {
			scheme = "https"
		}
		c.External, c.urlFollows = &url.URL{Scheme: scheme, Host: c.Listen}, true
		return nil
	}
	u, err := url.Parse(c.URL)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		// The value is not repeated: it may hold a password.
		return invalid("url", "it is not the address of a server").Rather("write scheme, host and port only: https://bailiwick.example.com")
	}
	if u.Scheme == "http" && !loopback.Is(u.Hostname()) {
		return invalid("url", "%s is not encrypted", c.URL).Rather("use https; http is for 127.0.0.1 only").By("no_clear_text")
	}
	if u.Scheme == "http" && c.TLSCert != "" {
		return invalid("url", "it says http, and tls.cert is set").Rather("write url: https://…")
	}
	c.External = &url.URL{Scheme: u.Scheme, Host: u.Host}
	return nil
}

func (c *Config) judgeProxies() error {
	for _, p := range c.TrustedProxies {
		if p.Bits() == 0 {
			return invalid("trusted_proxies", "%s is everybody, who could then say to be anybody", p).Rather("list the proxies' own addresses")
		}
	}
	return nil
}

func (c *Config) judgeDatabase() error {
	if c.Database == "" {
		return nil
	}
	u, err := url.Parse(c.Database)
	if err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") {
		// The value is not repeated: it may hold a password.
		return invalid("database", "its URL (%s) cannot be used", c.source("database")).
			Rather("write postgres://USER@HOST/DATABASE, or leave it out for SQLite in the data folder")
	}
	if strings.HasPrefix(c.From["database"], "flag ") && u.User != nil {
		if _, has := u.User.Password(); has {
			c.Warnings = append(c.Warnings, "the database's password stands on the command line, where every user of this machine can read it; use database_file")
		}
	}
	return nil
}

func (c *Config) judgeMetrics() error {
	if c.MetricsTokenFile != "" && c.Token != "" && len(c.Token) < 16 {
		return invalid("metrics.token_file", "the token is shorter than 16 letters").Rather("make one with: openssl rand -hex 32")
	}
	if c.MetricsListen == "" {
		return nil
	}
	if err := checkAddress("metrics.listen", c.MetricsListen); err != nil {
		return err
	}
	if c.MetricsListen == c.Listen {
		return invalid("metrics.listen", "it is the main address").Rather("give metrics an address of their own, or set metrics.token_file alone")
	}
	if !isLoopback(c.MetricsListen) && c.MetricsTokenFile == "" {
		return invalid("metrics.listen", "%s can be reached from other machines, and nobody is asked who they are", c.MetricsListen).
			Rather("set metrics.token_file, or listen on 127.0.0.1").By("no_open_metrics")
	}
	return nil
}

func (c *Config) judgeRest() error {
	var errs []error
	for _, t := range []struct {
		name  string
		least time.Duration
		given time.Duration
	}{{"checkpoint.interval", time.Second, c.CheckpointInterval}, {"limits.request", time.Second, c.LimitsRequest}, {"stale_reads", 0, c.StaleReads}} {
		if t.given < t.least {
			errs = append(errs, invalid(t.name, "%v is too short", t.given).Rather("give it at least %v", t.least))
		}
	}
	if c.Database != "" && c.SecretsKeyFile == "" {
		c.Warnings = append(c.Warnings, "secrets.key_file is not set: another server on this database cannot read the client secrets and letters that this one seals")
	}
	if c.Data == "" {
		errs = append(errs, invalid("data", "it is empty").Rather("name a folder"))
	}
	if rel, err := filepath.Rel(c.Data, c.HeadFile); c.HeadFile != "" && err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		c.Warnings = append(c.Warnings, "head_file lies in the data folder: whoever can change the journal can change it too, and it proves nothing")
	}
	return errors.Join(errs...)
}
