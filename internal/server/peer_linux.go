//go:build linux

package server

import (
	"net"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// peerName is the name of the system's user at the other end of a socket, as the kernel says it; "" for whoever is neither the
// server's own user nor root, or unknown.
func peerName(c net.Conn) string {
	socket, is := c.(*net.UnixConn)
	if !is {
		return ""
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return ""
	}
	var peer *syscall.Ucred
	// An error leaves peer nil.
	_ = raw.Control(func(fd uintptr) { peer, _ = syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED) })
	if peer == nil || peer.Uid != 0 && int(peer.Uid) != os.Getuid() {
		return ""
	}
	id := strconv.FormatUint(uint64(peer.Uid), 10)
	if known, err := user.LookupId(id); err == nil {
		return known.Username
	}
	return "user " + id
}
