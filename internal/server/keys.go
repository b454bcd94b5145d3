package server

import (
	"context"
	"encoding/hex"

	"bailiwick/internal/fault"
	"bailiwick/internal/seal"
)

// ringOf makes what client secrets and letters are sealed with: from the key that the operator gave, else from the data
// folder's own, which no copy of the database has.
func (p *product) ringOf() (*seal.Ring, error) {
	if p.config.secretsKey != nil {
		return seal.New(p.config.secretsKey)
	}
	return seal.New(purposeKey(p.folder.Key.Seed(), "secrets"))
}

// secretsKey reads 32 bytes in hexadecimal.
func secretsKey(text string) ([]byte, error) {
	key, err := hex.DecodeString(text)
	if err != nil || len(key) != seal.MasterBytes {
		// The value is not repeated.
		return nil, fault.New(fault.Invalid, "it does not hold a key").In("secrets.key_file").Rather("make one with: openssl rand -hex 32")
	}
	return key, nil
}

// sharedKeys are the secrets for cookies, the same on every replica.
func (p *product) sharedKeys(ctx context.Context) (flow, device []byte, err error) {
	if flow, err = p.shared(ctx, "flow"); err != nil {
		return nil, nil, err
	}
	device, err = p.shared(ctx, "device")
	return flow, device, err
}
