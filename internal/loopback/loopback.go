package loopback

import "net/netip"

// Is tells whether a host, without port and brackets, is this machine: "localhost", or an address such as 127.0.0.1 or ::1.
func Is(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}
