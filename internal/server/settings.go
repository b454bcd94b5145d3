package server

import (
	"fmt"
	"net/netip"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Settings are what an operator can say. A command embeds them, so that each is a flag; Sources adds the environment
// and the file. A zero value means "not set" where there is no default.
type Settings struct {
	File string `name:"config" placeholder:"FILE" help:"The configuration file. Nothing is read where none is named."`

	Data           string         `setting:"data" default:"bailiwick-data" placeholder:"FOLDER" help:"The data folder."`
	Listen         string         `setting:"listen" default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"The address to listen on."`
	URL            string         `setting:"url" placeholder:"URL" help:"The address by which others reach the server; links and metadata are made from it. On loopback it follows from listen."`
	Database       string         `setting:"database" secret:"" placeholder:"URL" help:"A PostgreSQL database, postgres://…; SQLite in the data folder where left out."`
	DatabaseFile   string         `setting:"database_file" placeholder:"FILE" help:"A file that holds the database's URL."`
	TLSCert        string         `setting:"tls.cert" placeholder:"FILE" help:"The certificate chain, PEM. It is read again when it changes."`
	TLSKey         string         `setting:"tls.key" placeholder:"FILE" help:"The certificate's key, PEM."`
	TrustedProxies []netip.Prefix `setting:"trusted_proxies" placeholder:"NETWORK" help:"The networks of proxies that end TLS and may name the client: 10.1.2.3/32."`
	LogLevel       string         `setting:"log.level" default:"info" enum:"debug,info,warn,error" placeholder:"LEVEL" help:"debug, info, warn or error."`
	LogFormat      string         `setting:"log.format" default:"text" enum:"text,json" placeholder:"FORMAT" help:"text or json."`
	StaleReads     time.Duration  `setting:"stale_reads" default:"0s" placeholder:"TIME" help:"How old the state may be for views when the database cannot be reached. Decisions never are."`

	ProvidersNetworks []netip.Prefix `setting:"providers.networks" placeholder:"NETWORK" help:"Networks where identity providers may be although they are not public: 10.0.0.0/8. Others are never connected to."`
	WebhooksNetworks  []netip.Prefix `setting:"webhooks.networks" placeholder:"NETWORK" help:"Networks where webhooks may be delivered to although they are not public: 10.0.0.0/8. Others are never connected to."`
	SecretsKeyFile    string         `setting:"secrets.key_file" placeholder:"FILE" help:"A file with the key that client secrets, webhooks' keys and letters are sealed with; from the data folder's own key where left out. Several servers on one database need the same."`

	MailServer       string `setting:"mail.server" placeholder:"URL" help:"Where mail is handed over: smtp://USER@HOST:587 (STARTTLS) or smtps://USER@HOST. Without it links are copied by administrators."`
	MailPasswordFile string `setting:"mail.password_file" placeholder:"FILE" help:"A file that holds the password for mail.server."`
	MailFrom         string `setting:"mail.from" placeholder:"ADDRESS" help:"The sender of mail: Bailiwick <access@acme.test>."`
	MailFolder       string `setting:"mail.folder" placeholder:"FOLDER" help:"Mail is written into this folder, a file for each letter, and not sent."`

	MetricsListen    string `setting:"metrics.listen" placeholder:"HOST:PORT" help:"A separate address for /metrics. Off where neither this nor the token is set."`
	MetricsTokenFile string `setting:"metrics.token_file" placeholder:"FILE" help:"A file that holds the bearer token of /metrics; without metrics.listen they are served on the main address."`

	HeadFile           string        `setting:"head_file" placeholder:"FILE" help:"Where the signed head of the journal is published: on another machine or medium, so that a cut tail is noticed."`
	CheckpointInterval time.Duration `setting:"checkpoint.interval" default:"1m" placeholder:"TIME" help:"How often a checkpoint is signed where something has changed."`

	LimitsBody    Size          `setting:"limits.body" default:"1MiB" placeholder:"SIZE" help:"The largest body of a request, where its route says nothing else."`
	LimitsHeaders Size          `setting:"limits.headers" default:"32KiB" placeholder:"SIZE" help:"The largest headers of a request."`
	LimitsRequest time.Duration `setting:"limits.request" default:"30s" placeholder:"TIME" help:"How long a request may take; streams are exempt."`
}

// A Size is a number of bytes, written 512, 32KiB, 1MiB or 1GiB.
type Size int64

// UnmarshalText reads a size.
func (s *Size) UnmarshalText(text []byte) error {
	number, unit := strings.TrimSpace(string(text)), int64(1)
	for i, suffix := range []string{"KiB", "MiB", "GiB"} {
		if rest, is := strings.CutSuffix(number, suffix); is {
			number, unit = rest, 1<<(10*(i+1))
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n <= 0 || n > (1<<40)/unit {
		return fmt.Errorf("%q is not a size; write it as 512, 32KiB or 1MiB", text)
	}
	*s = Size(n * unit)
	return nil
}

// String writes a size in the largest unit that leaves it whole.
func (s Size) String() string {
	for i, suffix := range []string{"GiB", "MiB", "KiB"} {
		if unit := Size(1) << (10 * (3 - i)); s != 0 && s%unit == 0 {
			return strconv.FormatInt(int64(s/unit), 10) + suffix
		}
	}
	return strconv.FormatInt(int64(s), 10)
}

// A Setting is what the configuration's table says about one of the Settings.
type Setting struct {
	Name    string // in the file: "tls.cert"
	Flag    string // "--tls-cert"
	Env     string // "BAILIWICK_TLS_CERT"
	Default string
	Help    string
	Secret  bool // its value is never shown
	field   int
}

const envPrefix = "BAILIWICK_"

// configEnv names the file where --config does not.
const configEnv = envPrefix + "CONFIG"

// Table lists every setting, in the order of Settings.
func Table() []Setting {
	var all []Setting
	t := reflect.TypeFor[Settings]()
	for i := range t.NumField() {
		name, is := t.Field(i).Tag.Lookup("setting")
		if !is {
			continue
		}
		_, secret := t.Field(i).Tag.Lookup("secret")
		flat := strings.NewReplacer(".", "_").Replace(name)
		all = append(all, Setting{
			Name: name, Flag: "--" + strings.ReplaceAll(flat, "_", "-"), Env: envPrefix + strings.ToUpper(flat),
			Default: t.Field(i).Tag.Get("default"), Help: t.Field(i).Tag.Get("help"), Secret: secret, field: i,
		})
	}
	return all
}

// value writes the setting's value for people.
func (s Setting) value(of Settings) string {
	v := reflect.ValueOf(of).Field(s.field)
	if s.Secret && !v.IsZero() {
		return "(secret)"
	}
	if prefixes, is := v.Interface().([]netip.Prefix); is {
		words := make([]string, len(prefixes))
		for i, p := range prefixes {
			words[i] = p.String()
		}
		return strings.Join(words, ", ")
	}
	return fmt.Sprint(v.Interface())
}
