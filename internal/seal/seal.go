package seal

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"golang.org/x/crypto/chacha20poly1305"

	"bailiwick/internal/fault"
)

const (
	// MasterBytes is the length of a master key.
	MasterBytes = 32
	// MaxBytes is the longest text that is sealed: what is sealed here is small, and a mistake should show.
	MaxBytes = 64 << 10

	// version is the first byte of a sealed text: XChaCha20-Poly1305 with a key from HKDF-SHA-256. Its nonces are long
	// enough to be drawn at random for ever.
	version   = 1
	markBytes = 4
	header    = 1 + markBytes + chacha20poly1305.NonceSizeX
)

// A Ring seals and opens. It is safe for concurrent use.
type Ring struct {
	aead cipher.AEAD
	// mark tells apart a text of another master key and a text that was tampered with.
	mark []byte
}

// New makes a ring from the installation's master key.
func New(master []byte) (*Ring, error) {
	if len(master) != MasterBytes {
		return nil, fault.New(fault.Invalid, "the master key has %d bytes", len(master)).In("master_key").
			Rather("%d random bytes", MasterBytes)
	}
	key, err := hkdf.Key(sha256.New, master, nil, "bailiwick seal 1 key", chacha20poly1305.KeySize)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "the key for sealing could not be derived")
	}
	mark, err := hkdf.Key(sha256.New, master, nil, "bailiwick seal 1 mark", markBytes)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "the key for sealing could not be derived")
	}
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "the cipher could not be made")
	}
	return &Ring{aead: aead, mark: mark}, nil
}

// Seal returns the sealed form of a text. The same text sealed twice gives two forms.
func (r *Ring) Seal(purpose, organization, id string, plain []byte) ([]byte, error) {
	if len(plain) > MaxBytes {
		return nil, fault.New(fault.Invalid, "a text of %d bytes is to be sealed", len(plain)).Rather("at most %d bytes", MaxBytes)
	}
	sealed := make([]byte, header, header+len(plain)+r.aead.Overhead())
	sealed[0] = version
	copy(sealed[1:], r.mark)
	nonce := sealed[1+markBytes : header]
	_, _ = rand.Read(nonce) // ends the program rather than fail
	return r.aead.Seal(sealed, nonce, plain, about(sealed[:1+markBytes], purpose, organization, id)), nil
}

// Open returns the text that was sealed for the same purpose, organization and id.
func (r *Ring) Open(purpose, organization, id string, sealed []byte) ([]byte, error) {
	switch {
	case len(sealed) < header+r.aead.Overhead():
		return nil, fault.New(fault.Internal, "a sealed %s is cut off", purpose).By("sealed_text").Rather("the whole text as it was stored")
	case sealed[0] != version:
		return nil, fault.New(fault.Internal, "a sealed %s is of version %d", purpose, sealed[0]).By("sealed_version").
			Rather("version %d, which this program writes; a later program wrote this one", version)
	case !slices.Equal(sealed[1:1+markBytes], r.mark):
		return nil, fault.New(fault.Internal, "a %s was sealed with another master key", purpose).By("sealed_key").
			Rather("the master key that was in the data folder when it was stored")
	}
	plain, err := r.aead.Open(nil, sealed[1+markBytes:header], sealed[header:], about(sealed[:1+markBytes], purpose, organization, id))
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "a sealed %s was changed, or moved from another place", purpose).By("sealed_text").
			Rather("the text as it was stored, in the organization and under the id that it was stored for")
	}
	return plain, nil
}

// about is what a sealed text is bound to. Each part comes with its length, so that parts cannot flow into each other.
func about(start []byte, parts ...string) []byte {
	bound := slices.Clone(start)
	for _, part := range parts {
		bound = binary.AppendUvarint(bound, uint64(len(part)))
		bound = append(bound, part...)
	}
	return bound
}
