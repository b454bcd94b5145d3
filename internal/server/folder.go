package server

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"bailiwick/internal/fault"
	"bailiwick/internal/yamltext"
)

// A FolderKind says what a data folder is for.
type FolderKind string

// The kinds. A demo has tokens that were printed on a screen; nothing that matters may be answered from it.
const (
	Production FolderKind = "production"
	Demo       FolderKind = "demo"
)

const (
	markerName = "bailiwick.data"
	lockName   = "bailiwick.lock"
	keyName    = "checkpoint.key"

	folderFormat = 1
)

// A Folder is a data folder that this process alone may use, until it is closed.
type Folder struct {
	Path  string
	Kind  FolderKind
	Fresh bool               // it was made just now
	Key   ed25519.PrivateKey // signs checkpoints

	lock *os.File
}

// OpenFolder opens a data folder of one of the kinds, makes it where there is none (of the first kind), and locks it.
func OpenFolder(path string, kinds ...FolderKind) (*Folder, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "the data folder %s cannot be made (%v)", path, cause(err))
	}
	if err := checkOurs(path); err != nil {
		return nil, err
	}
	if err := closeToOthers(path); err != nil {
		return nil, err
	}
	lock, err := lockFile(filepath.Join(path, lockName))
	if err != nil {
		return nil, err
	}
	f := &Folder{Path: path, lock: lock}
	if err := f.open(kinds); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// open reads marker and key, or makes them. The marker is made last: a first start that was cut off is begun again.
func (f *Folder) open(kinds []FolderKind) error {
	kind, err := readMarker(f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		f.Fresh, f.Kind = true, kinds[0]
		if f.Key, err = makeKey(filepath.Join(f.Path, keyName)); err != nil {
			return err
		}
		return writeWhole(filepath.Join(f.Path, markerName), []byte(fmt.Sprintf("kind: %s\nformat: %d\n", f.Kind, folderFormat)))
	}
	if err != nil {
		return err
	}
	if f.Kind = kind; !slices.Contains(kinds, kind) {
		return wrongKind(f.Path, kind)
	}
	f.Key, err = readKey(filepath.Join(f.Path, keyName))
	return err
}

func wrongKind(path string, kind FolderKind) error {
	wrong := fault.New(fault.Conflict, "%s is a %s folder", path, kind).By("demo_stays_demo")
	if kind == Demo {
		return wrong.Rather("give production a folder of its own with --data; what a demo holds has been shown on a screen")
	}
	return wrong.Rather("give the demo a folder of its own with --data; it would write invented people here")
}

// Close gives the folder back.
func (f *Folder) Close() error { return f.lock.Close() }

// checkOurs refuses a folder that holds somebody else's files.
func checkOurs(path string) error {
	entries, err := os.ReadDir(path)
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "the data folder %s cannot be read (%v)", path, cause(err))
	}
	other := ""
	for _, e := range entries {
		switch name := strings.TrimSuffix(e.Name(), newSuffix); name {
		case markerName:
			return nil
		case lockName, keyName, "lost+found":
		default:
			other = e.Name()
		}
	}
	if other != "" {
		return fault.New(fault.Conflict, "%s holds other things (%s) and no %s", path, other, markerName).
			Rather("name an empty or a new folder with --data")
	}
	return nil
}

// closeToOthers takes the folder away from other users. A group may keep it where it cannot be taken away: volumes of
// orchestrators are mounted so; doctor warns.
func closeToOthers(path string) error {
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm()&0o077 == 0 {
		return err
	}
	if os.Chmod(path, 0o700) == nil || info.Mode().Perm()&0o007 == 0 {
		return nil
	}
	return fault.New(fault.Forbidden, "every user of this machine can enter the data folder %s, and this cannot be changed", path).
		Rather("run: chmod 700 %s", path)
}

func readMarker(folder string) (FolderKind, error) {
	path := filepath.Join(folder, markerName)
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	var p yamltext.Problems
	var kind FolderKind
	format := 0
	yamltext.Parse(path, text, &p).Fields(&p, map[string]func(yamltext.Value){
		"kind":   func(v yamltext.Value) { kind = FolderKind(v.Text(&p)) },
		"format": func(v yamltext.Value) { format = v.Int(&p, 1) },
	})
	if err := p.Err(); err != nil {
		return "", err
	}
	if format > folderFormat {
		return "", fault.New(fault.Conflict, "%s was written by a newer version: format %d; this one knows %d", path, format, folderFormat).
			Rather("run the newer version, or restore a backup of the older")
	}
	if format != folderFormat || (kind != Production && kind != Demo) {
		return "", fault.New(fault.Invalid, "%s does not say what the folder is for", path).Rather("restore it: kind: production, format: %d", folderFormat)
	}
	return kind, nil
}

const newSuffix = ".new"

// writeWhole writes a file for its owner alone, whole or not at all, also where the machine stops half-way.
func writeWhole(path string, text []byte) error {
	if err := writeSynced(path+newSuffix, text); err != nil {
		return fault.Wrap(fault.Unavailable, err, "%s cannot be written (%v)", path, cause(err))
	}
	if err := os.Rename(path+newSuffix, path); err != nil {
		return fault.Wrap(fault.Unavailable, err, "%s cannot be put in place (%v)", path, cause(err))
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

func writeSynced(path string, text []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	return errors.Join(err, file.Sync(), file.Close())
}
