package password_test

import (
	"strings"
	"testing"

	"bailiwick/internal/fault"
	"bailiwick/internal/password"
)

var about = []string{"Ana.Ames@acme-robotics.test", "Ána Ames", "Acme Robotics"}

func TestCheckAcceptsWhatOthersDoNotGuess(t *testing.T) {
	for _, good := range []string{
		"orbit lantern quilt mossy", "tz8#Kq!0vLw2", "wir fahren morgen nach Łódź", "夕焼け小焼けで日が暮れて山のお寺", "Ames likes purple submarines a lot",
		"password orbit lantern", strings.Repeat("k7fh2 zq", 32),
	} {
		if err := password.Check(good, about...); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
}

func TestCheckSaysWhatIsWrongWithoutQuoting(t *testing.T) {
	for _, c := range []struct{ bad, wrong string }{
		{"", "empty"},
		{"short", "has 5 characters"},
		{"tz8#Kq!0vLw", "has 11 characters"},
		{"e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301", "has 6 characters"}, // accents typed as characters of their own
		{strings.Repeat("k7fh2 zq", 32) + "x", "has 257 characters"},
		{strings.Repeat("x", 5000), "longer than 256"},
		{"orbit lantern\x00quilt", "control character"},
		{"orbit lantern\u0378 quilt", "control character"},
		{"not utf-8 \xff\xfe at all", "control character"},
		{"aaaaaaaaaaaaaa", "repeats"},
		{"abcabcabcabcab", "repeats"},
		{"abcdefghijklmn", "order"},
		{"1234567890123", "order"},
		{"qwertyuiop123", "tried first"},
		{"QWERTYuiop123", "tried first"},
		{"ｑｗｅｒｔｙｕｉｏｐ１２３", "tried first"},
		{"Password2026!", "little more than a word"},
		{"P@ssw0rd-2026!", "little more than a word"},
		{"dragonmonkeywelcome", "little more than a word"},
		{"ana.ames@acme-robotics.test", "your e-mail"},
		{"AmesAcme2026!", "your e-mail"},
		{"4ct1v3-4cm3-4m3s", "your e-mail"},
		{"Robotics2026!", "your e-mail"},
	} {
		err := password.Check(c.bad, about...)
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), c.wrong) || !strings.Contains(err.Error(), "12 to 256 characters") {
			t.Errorf("%q: %v; want %q and what would be right", c.bad, err, c.wrong)
		} else if c.bad != "" && strings.Contains(err.Error(), c.bad) {
			t.Errorf("the error quotes %q", c.bad)
		}
	}
}
