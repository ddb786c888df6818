package control

import (
	"fmt"
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// checkFolder makes sure that nobody else can put a socket of his own where
// ours is expected.
func checkFolder(folder string) error {
	info, err := os.Lstat(folder)
	if err != nil {
		return err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !info.IsDir():
		return fmt.Errorf("%s: not a folder", folder)
	case !ok || int(stat.Uid) != os.Getuid():
		return fmt.Errorf("%s: belongs to another user", folder)
	case info.Mode().Perm()&0o022 != 0:
		return fmt.Errorf("%s: others may write to it", folder)
	}
	return nil
}

// checkClient lets the server's own user in, and root.
func checkClient(conn *net.UnixConn) error {
	peer, err := peerOf(conn)
	if err != nil {
		return err
	}
	if peer.Uid != 0 && int(peer.Uid) != os.Getuid() {
		return fmt.Errorf("user %d (process %d) may not control the server", peer.Uid, peer.Pid)
	}
	return nil
}

// checkServer makes sure that the server is not somebody else's, who would
// learn what is asked and say what he likes. Root believes the store's record.
func checkServer(conn *net.UnixConn) error {
	peer, err := peerOf(conn)
	if err != nil {
		return err
	}
	if me := os.Getuid(); me != 0 && peer.Uid != 0 && int(peer.Uid) != me {
		return fmt.Errorf("the server is of user %d (process %d)", peer.Uid, peer.Pid)
	}
	return nil
}

func peerOf(conn *net.UnixConn) (*unix.Ucred, error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return nil, err
	}
	var peer *unix.Ucred
	var failed error
	err = raw.Control(func(fd uintptr) {
		peer, failed = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	})
	if err == nil {
		err = failed
	}
	if err != nil {
		return nil, fmt.Errorf("ask who is at the other end: %w", err)
	}
	return peer, nil
}
