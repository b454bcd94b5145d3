package server

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"

	"bailiwick/internal/fault"
)

// makeKey makes the key that signs checkpoints. One that a first start left behind is kept.
func makeKey(path string) (ed25519.PrivateKey, error) {
	if _, err := os.Stat(path); err == nil {
		return readKey(path)
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "the signing key cannot be made")
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "the signing key cannot be encoded")
	}
	return key, writeWhole(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// readKey reads the signing key, and refuses one that others could have read or put there.
func readKey(path string) (ed25519.PrivateKey, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.Conflict, "the signing key %s is gone, and a new one would make earlier checkpoints unverifiable unnoticed", path).
			Rather("put it back from your backup; if it is lost, make one on purpose: openssl genpkey -algorithm ed25519 -out %s", path)
	}
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "the signing key %s cannot be read (%v)", path, cause(err))
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fault.New(fault.Forbidden, "other users can read the signing key %s", path).Rather("run: chmod 600 %s", path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "the signing key %s cannot be read (%v)", path, cause(err))
	}
	if block, _ := pem.Decode(text); block != nil {
		if parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
			if key, is := parsed.(ed25519.PrivateKey); is {
				return key, nil
			}
		}
	}
	return nil, fault.New(fault.Invalid, "%s is not an Ed25519 key in PEM", path).Rather("put it back from your backup")
}
