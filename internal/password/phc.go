package password

import (
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"

	"bailiwick/internal/fault"
)

// params say how much work a hash is.
type params struct {
	memory uint32 // KiB
	times  uint32
	lanes  uint8
}

const (
	saltBytes = 16
	keyBytes  = 32

	// The most that a stored text may ask for, so that nobody who can write one can ask for all memory and for ever.
	maxMemory = 64 << 10 // KiB
	maxTimes  = 8
	maxLanes  = 4
	maxPHC    = 256
)

// current is what new hashes cost: OWASP's first choice of parameters. One hash holds 19 MiB for some 20 ms.
func current() params { return params{memory: 19 << 10, times: 2, lanes: 1} }

// A stored hash, as its PHC text says it.
type stored struct {
	params
	salt, key []byte
}

func (p params) hash(password string, salt []byte, length int) []byte {
	return argon2.IDKey([]byte(password), salt, p.times, p.memory, p.lanes, uint32(length))
}

func (p params) bounded() bool {
	return p.lanes >= 1 && p.lanes <= maxLanes && p.times >= 1 && p.times <= maxTimes && p.memory >= 8*uint32(p.lanes) && p.memory <= maxMemory
}

// matches compares in a time that does not depend on where the two differ.
func (s stored) matches(password string) bool {
	return subtle.ConstantTimeCompare(s.hash(password, s.salt, len(s.key)), s.key) == 1
}

func (s stored) String() string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, s.memory, s.times, s.lanes, b64.EncodeToString(s.salt), b64.EncodeToString(s.key))
}

// parse reads a PHC text. Its errors quote nothing of it.
func parse(phc string) (stored, error) {
	bad := func(wrong string) (stored, error) {
		return stored{}, fault.New(fault.Internal, "a stored password hash %s", wrong).By("password_hash").
			Rather("$argon2id$v=19$m=…,t=…,p=…$salt$hash, with at most m=%d, t=%d, p=%d", maxMemory, maxTimes, maxLanes)
	}
	if len(phc) > maxPHC {
		return bad("is too long")
	}
	parts := strings.Split(phc, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return bad("is of another kind")
	}
	var s stored
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &s.memory, &s.times, &s.lanes); err != nil || n != 3 ||
		parts[3] != fmt.Sprintf("m=%d,t=%d,p=%d", s.memory, s.times, s.lanes) {
		return bad("has parameters that cannot be read")
	}
	if !s.bounded() {
		return bad("asks for more or less work than is allowed")
	}
	var err error
	if s.salt, err = base64.RawStdEncoding.Strict().DecodeString(parts[4]); err != nil || len(s.salt) < 8 || len(s.salt) > 64 {
		return bad("has a salt that cannot be used")
	}
	if s.key, err = base64.RawStdEncoding.Strict().DecodeString(parts[5]); err != nil || len(s.key) < 16 || len(s.key) > 64 {
		return bad("has a hash that cannot be used")
	}
	return s, nil
}
