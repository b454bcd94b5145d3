package e2e

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"bailiwick/client"
	"bailiwick/internal/journal"
)

func TestErasedByTheCommandSomebodyIsGoneEverywhereAndDecisionsStay(t *testing.T) {
	data, head, backup := folder(t), filepath.Join(t.TempDir(), "head"), filepath.Join(t.TempDir(), "backup")
	s := serve(t, data, "--checkpoint-interval", "1s", "--head-file", head)
	owner, _ := s.settle()
	o := s.as(owner)
	const address, name = "quentin@acme.test", "Quentin Unmistakable"
	added, err := o.AddUser(t.Context(), client.NewUser{Email: address, Name: name, On: []string{"dagster"}}, client.Changing{})
	if err != nil {
		t.Fatal(err)
	}
	person := added.Results[0].ID
	given, err := o.Change(t.Context(), client.Changing{}, client.GrantAdd{Grant: client.Grant{To: "user:" + address, Role: "launcher", On: "dagster/prod"}})
	if err != nil {
		t.Fatal(err)
	}
	at := client.When{Revision: given.Revision}
	must(t, "backup", "--data", data, backup)
	cli := func(args ...string) (int, string, string) {
		return bailiwick(t, append(args, "--server", strings.TrimSuffix(s.url, "/"), "--token", owner)...)
	}
	erase := []string{"user", "erase", address, "--yes", "--at", strconv.FormatInt(given.Revision, 10)}
	if code, out, errs := cli(erase...); code != 2 || !strings.Contains(errs, "remove the user first") {
		t.Errorf("somebody who is still there: %d %s%s", code, out, errs)
	}
	if code, out, errs := cli("user", "remove", address); code != 0 {
		t.Fatalf("%d %s%s", code, out, errs)
	}
	before := s.past(o, person, given.Revision+1)
	if !strings.Contains(before, "true") || !strings.Contains(before, "false") {
		t.Fatalf("the decisions before prove nothing:\n%s", before)
	}
	if !s.shown(o, at, name) || !holds(t, data, name) || !holds(t, data, address) {
		t.Fatal("the name is not there to begin with")
	}
	if code, out, errs := cli(erase...); code != 0 || !strings.Contains(out, "is erased") {
		t.Fatalf("%d %s%s", code, out, errs)
	}
	gone := func(when string, s *server, o *client.Client) {
		t.Helper()
		if s.shown(o, at, name) || s.shown(o, at, address) {
			t.Errorf("%s the past still shows the name", when)
		}
		if after := s.past(o, person, given.Revision+1); after != before {
			t.Errorf("%s decisions of the past have changed:\n%s\nwere\n%s", when, after, before)
		}
	}
	gone("after the erasure", s, o)
	eventually(t, "published erasure", func() bool {
		_, erased, err := journal.ReadPublished(head)
		return err == nil && len(erased) == 1 && erased[0].Person == person
	})
	s.stop()
	must(t, "verify", "--data", data, "--head", head)
	if holds(t, data, name) || holds(t, data, address) {
		t.Error("the name is still in the folder's files")
	}
	s = serve(t, data)
	gone("after a start", s, s.as(owner))
	s.stop()

	// The backup was made before, and the list of who was erased is all that the restore has of it.
	if !holds(t, filepath.Dir(backup), name) {
		t.Error("the backup proves nothing")
	}
	fresh := folder(t)
	said := must(t, "restore", "--data", fresh, "--head-file", head, "--owner", "olga@acme.test", backup)
	renewed := said[strings.Index(said, "bwk_user_"):]
	s = serve(t, fresh)
	o = s.as(strings.Fields(renewed)[0])
	if s.shown(o, at, name) {
		t.Error("restored, the name is back")
	}
	s.stop()
	if holds(t, fresh, name) || holds(t, fresh, address) {
		t.Error("the name is in the files of the restore")
	}
	must(t, "verify", "--data", fresh)
}

// past asks what somebody was allowed at each revision.
func (s *server) past(o *client.Client, person string, until int64) string {
	s.t.Helper()
	var all strings.Builder
	for revision := int64(1); revision <= until; revision++ {
		for _, permission := range []string{"dagster.runs.launch", "dagster.runs.view", "dagster.secrets.edit"} {
			found, err := o.Check(s.t.Context(), client.QuestionRequest{Who: "user:" + person, Permission: permission, Resource: "dagster/prod/etl",
				Reading: client.Reading{At: client.When{Revision: revision}}})
			if err != nil {
				all.WriteString("nothing to ask yet\n")
				continue
			}
			all.WriteString(strconv.FormatInt(revision, 10) + permission + strconv.FormatBool(found.Allowed) + found.Code + "\n")
		}
	}
	return all.String()
}

// shown tells whether lists or exports of a moment or of now show a text.
func (s *server) shown(o *client.Client, at client.When, text string) bool {
	s.t.Helper()
	for _, when := range []client.When{at, {}} {
		users, err := o.Users(s.t.Context(), client.UserQuery{Reading: client.Reading{At: when}})
		if err != nil {
			s.t.Fatal(err)
		}
		for _, u := range users.Users {
			if strings.Contains(u.Name+u.Email, text) {
				return true
			}
		}
		file, err := o.Export(s.t.Context(), client.Reading{At: when})
		if err != nil {
			s.t.Fatal(err)
		}
		if bytes.Contains(file.File, []byte(text)) {
			return true
		}
	}
	return false
}

// holds tells whether any file beneath a folder has a text in its bytes.
func holds(t *testing.T, root, text string) (found bool) {
	t.Helper()
	if err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		found = found || bytes.Contains(bytes.ToLower(content), []byte(strings.ToLower(text)))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return found
}
