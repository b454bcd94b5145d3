package lockout

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strings"
	"time"
)

const (
	// DeviceCookie is the name of the cookie; its prefix makes browsers insist on Secure, no Domain and the path /.
	DeviceCookie = "__Host-bwk_device"
	// DeviceLife is how long a device is known after a sign-in.
	DeviceLife = 180 * 24 * time.Hour

	deviceVersion = "1."
	deviceID      = 16
	deviceBytes   = 8 + deviceID + sha256.Size
)

// NewDevice returns the value of a cookie by which a browser is known again after somebody signed in on it, by whatever
// means. It says nothing about the user and gives no right.
func (a *Attempts) NewDevice(organization, user string) string {
	body := binary.BigEndian.AppendUint64(nil, uint64(a.now().Unix()))
	body = append(body, make([]byte, deviceID)...)
	_, _ = rand.Read(body[8:]) // ends the program rather than fail
	return deviceVersion + base64.RawURLEncoding.EncodeToString(append(body, a.sign(organization, user, body)...))
}

// Known tells whether a device cookie is one that NewDevice made for this user, and not too old.
func (a *Attempts) Known(organization, user, device string) bool {
	_, ok := a.device(Try{Organization: organization, User: user, Device: device}, a.now())
	return ok
}

// device returns the random id of the device that a try comes from. A cookie that is wrong in any way is as none.
func (a *Attempts) device(try Try, now time.Time) (id string, ok bool) {
	text, ok := strings.CutPrefix(try.Device, deviceVersion)
	if !ok || try.User == "" || len(text) != base64.RawURLEncoding.EncodedLen(deviceBytes) {
		return "", false
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return "", false
	}
	body, signature := raw[:8+deviceID], raw[8+deviceID:]
	if !hmac.Equal(signature, a.sign(try.Organization, try.User, body)) {
		return "", false
	}
	made := time.Unix(int64(binary.BigEndian.Uint64(body)), 0)
	return string(body[8:]), now.Before(made.Add(DeviceLife))
}

func (a *Attempts) sign(organization, user string, body []byte) []byte {
	mac := hmac.New(sha256.New, a.key)
	for _, part := range []string{organization, user} {
		mac.Write(binary.AppendUvarint(nil, uint64(len(part))))
		mac.Write([]byte(part))
	}
	mac.Write(body)
	return mac.Sum(nil)
}
