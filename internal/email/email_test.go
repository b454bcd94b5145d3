package email_test

import (
	"strings"
	"testing"

	"bailiwick/internal/email"
)

func TestNormalizeGivesOneFormToOnePerson(t *testing.T) {
	for _, c := range []struct{ address, want string }{
		{"ana@acme.test", "ana@acme.test"},
		{"Ana.Ames+dbt@ACME.test", "ana.ames+dbt@acme.test"},
		{"rene\u0301@acme.test", "ren\u00e9@acme.test"}, // e and a combining accent
		{"REN\u00c9@acme.test", "ren\u00e9@acme.test"},
		{"\u212bsa@acme.test", "\u00e5sa@acme.test"}, // the Ångström sign
		{"o'hara@acme.test", "o'hara@acme.test"},
		{"ana@localhost", "ana@localhost"},
	} {
		got, err := email.Normalize(c.address)
		if err != nil || got != c.want {
			t.Errorf("Normalize(%q) = %q, %v; want %q", c.address, got, err, c.want)
		}
	}
}

func TestNormalizeSaysWhatIsWrong(t *testing.T) {
	for _, c := range []struct{ address, wrong string }{
		{"", "empty"},
		{"ana", "has no @"},
		{"ana@b@c", "more than one @"},
		{"@acme.test", "nothing before the @"},
		{"ana@", "nothing after the @"},
		{"ana@acme..test", "dot too many"},
		{"ana @acme.test", "contains a space"},
		{"ana\n@acme.test", "contains a space"},
		{"ana\u00a0@acme.test", "contains a space"},
		{"ana\u200b@acme.test", "invisible character U+200B"},
		{"ana\x00@acme.test", "invisible character U+0000"},
		{"user:ana@acme.test", `contains ":"`},
		{"<ana@acme.test>", `contains "<"`},
		{"ana\xff@acme.test", "UTF-8"},
		{strings.Repeat("a", 250) + "@b.test", "at most 254"},
	} {
		got, err := email.Normalize(c.address)
		if err == nil || !strings.Contains(err.Error(), c.wrong) {
			t.Errorf("Normalize(%q) = %q, %v; want an error with %q", c.address, got, err, c.wrong)
		}
	}
}

func FuzzNormalizeIsStable(f *testing.F) {
	f.Add("Ana@acme.test")
	f.Add("I\u0307@acme.test")
	f.Fuzz(func(t *testing.T, address string) {
		once, err := email.Normalize(address)
		if err != nil {
			return
		}
		if twice, err := email.Normalize(once); err != nil || twice != once {
			t.Fatalf("Normalize(%q) = %q, and again %q, %v", address, once, twice, err)
		}
	})
}
