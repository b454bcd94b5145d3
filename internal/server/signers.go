package server

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"

	"bailiwick/internal/fault"
	"bailiwick/internal/journal"
)

// signersName lists the public keys of other folders whose checkpoints count here: those of the server that a backup is of.
const signersName = "trusted-signers"

// trustSigners makes the signers of what was restored known to the folder. They come from the backup: what it says about
// itself is believed, as its rows are.
func trustSigners(ctx context.Context, j *journal.Journal, c *Config) error {
	names, err := j.Organizations(ctx)
	if err != nil {
		return err
	}
	var lines []string
	for _, name := range names {
		all, err := j.Checkpoints(ctx, name)
		if err != nil {
			return err
		}
		for _, checkpoint := range all {
			if line := hex.EncodeToString(checkpoint.Signer); !slices.Contains(lines, line) {
				lines = append(lines, line)
			}
		}
	}
	if len(lines) == 0 {
		return nil
	}
	return writeWhole(c.inData(signersName), []byte(strings.Join(lines, "\n")+"\n"))
}

// trustedSigners are the folder's own key and those that a restore made known.
func trustedSigners(c *Config) ([]ed25519.PublicKey, error) {
	key, err := readKey(c.inData(keyName))
	if err != nil {
		return nil, err
	}
	own, _ := key.Public().(ed25519.PublicKey)
	all := []ed25519.PublicKey{own}
	path := c.inData(signersName)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return all, nil
	}
	if err != nil {
		return nil, err
	}
	for line := range strings.FieldsSeq(string(text)) {
		public, err := hex.DecodeString(line)
		if err != nil || len(public) != ed25519.PublicKeySize {
			return nil, fault.New(fault.Invalid, "%s has a line that is no public key", path).Rather("one key a line, 64 hexadecimal digits")
		}
		all = append(all, public)
	}
	return all, nil
}
