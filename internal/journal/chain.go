package journal

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
)

// saltSize is enough that nobody finds a name by trying names against its hash.
const saltSize = 16

// link sets the hashes of a record that follows a row whose hash is previous, and its salt if it has personal data.
func (r *Record) link(previous [32]byte) {
	r.salt = nil
	if len(r.Personal) == 0 {
		r.Personal = nil
		r.personalHash = noPersonal()
	} else {
		r.salt = make([]byte, saltSize)
		_, _ = rand.Read(r.salt) // never fails: the runtime stops the program instead
		r.personalHash = r.hashPersonal()
	}
	r.Hash = r.hashAfter(previous)
}

// hashAfter computes what the row's hash must be if it follows a row whose hash is previous. Every part is preceded by its
// length, so that no two rows have one encoding.
func (r *Record) hashAfter(previous [32]byte) [32]byte {
	facts := sha256.Sum256(r.Facts)
	b := make([]byte, 0, 512)
	b = append(b, "bailiwick journal row 1"...)
	b = append(b, previous[:]...)
	b = appendText(b, r.Organization)
	b = appendNumbers(b, r.Revision, r.Epoch)
	b = appendText(b, r.Change)
	b = appendNumbers(b, int64(r.Part))
	b = appendText(b, r.Actor)
	b = appendText(b, r.Via)
	b = appendText(b, r.Request)
	b = appendNumbers(b, r.At.UnixMicro())
	b = appendText(b, r.Type)
	b = appendNumbers(b, int64(r.Version))
	b = appendText(b, r.Person)
	b = append(b, facts[:]...)
	b = append(b, r.personalHash[:]...)
	return sha256.Sum256(b)
}

func (r *Record) hashPersonal() [32]byte {
	b := make([]byte, 0, len(r.Personal)+saltSize)
	return sha256.Sum256(append(append(b, r.Personal...), r.salt...))
}

// noPersonal is the personal hash of a record that never had personal data.
func noPersonal() [32]byte { return [32]byte{} }

func appendText(b []byte, text string) []byte {
	return append(binary.BigEndian.AppendUint64(b, uint64(len(text))), text...)
}

func appendNumbers(b []byte, numbers ...int64) []byte {
	for _, n := range numbers {
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	return b
}
