package reach_test

import (
	"net/netip"
	"testing"

	"bailiwick/internal/reach"
)

func TestAttack059AddressesInside(t *testing.T) {
	for _, addr := range []string{
		"127.0.0.1", "127.9.9.9", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1",
		"100.100.100.200", "192.0.0.192", "168.63.129.16", "224.0.0.1", "255.255.255.255", "198.18.0.1", "240.0.0.1",
		"::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254",
		"64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2001::1", "2001:db8::1", "::127.0.0.1", "fec0::1",
	} {
		if (reach.Networks{}).Allows(netip.MustParseAddr(addr)) {
			t.Errorf("%s is in reach", addr)
		}
	}
	if (reach.Networks{}).Allows(netip.Addr{}) {
		t.Error("no address is in reach")
	}
	for _, addr := range []string{"8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8"} {
		if !(reach.Networks{}).Allows(netip.MustParseAddr(addr)) {
			t.Errorf("%s is not in reach", addr)
		}
	}
	inside := reach.Networks{netip.MustParsePrefix("10.2.0.0/16")}
	for addr, want := range map[string]bool{"10.2.3.4": true, "::ffff:10.2.3.4": true, "10.3.0.1": false, "127.0.0.1": false} {
		if inside.Allows(netip.MustParseAddr(addr)) != want {
			t.Errorf("with %v, %s is %v", inside, addr, !want)
		}
	}
}
