package loopback_test

import (
	"testing"

	"bailiwick/internal/loopback"
)

func TestOnlyThisMachineIsLoopback(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "127.0.0.1": true, "127.9.9.9": true, "::1": true, "::ffff:127.0.0.1": true,
		"": false, "0.0.0.0": false, "::": false, "192.168.0.1": false, "::ffff:192.168.0.1": false, "128.0.0.1": false,
		"localhost.acme.test": false, "LOCALHOST": false, "127.1": false, "127.0.0.1.acme.test": false, "127.0.0.1:80": false, "[::1]": false,
	} {
		if loopback.Is(host) != want {
			t.Errorf("%q: %v", host, !want)
		}
	}
}
