package e2e

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bailiwick/client"
)

var keep = flag.Bool("keep", false, "keep a journal written by this version as testdata/journal-N.gz, before a release that changes what is stored")

// journals are what earlier versions wrote, and what they answered: testdata/journal-N.gz is a backup of the demo's
// organization, journal-N.txt what everybody could do at some of its revisions.
func journals(t *testing.T) []string {
	t.Helper()
	all, err := filepath.Glob("testdata/journal-*.gz")
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestAttack125JournalsOfEveryEarlierVersionAreReadAlike(t *testing.T) {
	if *keep {
		write(t, fmt.Sprintf("testdata/journal-%d", len(journals(t))+1))
	}
	all := journals(t)
	if len(all) == 0 {
		t.Fatal("no journal is kept")
	}
	for _, kept := range all {
		t.Run(filepath.Base(kept), func(t *testing.T) {
			want, err := os.ReadFile(strings.TrimSuffix(kept, ".gz") + ".txt")
			if err != nil {
				t.Fatal(err)
			}
			got := answers(t, unpacked(t, kept))
			if got == string(want) {
				return
			}
			was, is := strings.Split(string(want), "\n"), strings.Split(got, "\n")
			for i := range min(len(was), len(is)) {
				if was[i] != is[i] {
					t.Fatalf("line %d was\n%s\nand is\n%s", i+1, was[i], is[i])
				}
			}
			t.Errorf("there were %d lines, and there are %d", len(was), len(is))
		})
	}
}

func unpacked(t *testing.T, packed string) string {
	t.Helper()
	file, err := os.Open(packed)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	read, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(read)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "journal.db")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// answers restores a backup and asks what everybody could do, at every hundredth revision.
func answers(t *testing.T, backup string) string {
	t.Helper()
	must(t, "verify", "--file", backup)
	data := folder(t)
	said := must(t, "restore", "--data", data, "--owner", "ada@acme.test", backup)
	secret := said[strings.Index(said, "bwk_user_"):]
	s := serve(t, data)
	ada := s.as(strings.Fields(secret)[0])
	who, err := ada.Whoami(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	for revision := int64(100); revision < who.Revision; revision += 100 {
		at := client.Reading{At: client.When{Revision: revision}}
		users, err := ada.Users(t.Context(), client.UserQuery{Reading: at, Page: client.Page{Limit: 1000}})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&text, "revision %d: %d people\n", revision, users.Total)
		for _, u := range users.Users {
			can, err := ada.WhatCan(t.Context(), "user:"+u.Email, "", at)
			if err != nil {
				t.Fatal(err)
			}
			for _, held := range can.Resources {
				// Which permissions is in the sum: the text would be ten times as long with them.
				fmt.Fprintf(&text, "  %s %s %v %d %.4x\n", u.Email, held.Resource, held.Roles, len(held.Permissions), sha256.Sum224([]byte(strings.Join(held.Permissions, " "))))
			}
		}
	}
	return text.String()
}

func write(t *testing.T, name string) {
	t.Helper()
	data := folder(t)
	launch(t, "demo", data, "--listen", "127.0.0.1:0").stop()
	backup := filepath.Join(t.TempDir(), "backup")
	must(t, "backup", "--data", data, backup)
	plain, err := os.ReadFile(backup)
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	w, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if _, err := w.Write(plain); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll("testdata", 0o755); err != nil {
		t.Fatal(err)
	}
	for suffix, text := range map[string][]byte{".gz": packed.Bytes(), ".txt": []byte(answers(t, backup))} {
		if err := os.WriteFile(name+suffix, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
