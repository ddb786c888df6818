package control

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"holdfast/internal/fsx"
)

// recordName is the file of a store that says where its server's socket is.
const recordName = "socket"

// Listener is the socket of a server.
type Listener struct {
	*net.UnixListener
	dir  fsx.FS
	path string
	log  *slog.Logger
}

// Listen opens the socket of the store with this id, and records in its folder
// where that is. Only who holds the store's lock may: a socket that is there
// is of a server that is gone. Each of the folders is tried in turn; without
// any, those of Folders.
func Listen(dir fsx.FS, store string, log *slog.Logger, folders ...string) (*Listener, error) {
	if len(folders) == 0 {
		folders = Folders()
	}
	var errs []error
	for _, folder := range folders {
		l, err := listenIn(folder, store+place(dir)+".sock")
		if err != nil {
			errs = append(errs, err)
			continue
		}
		listener := &Listener{UnixListener: l, dir: dir, path: l.Addr().String(), log: log}
		err = fsx.WriteFile(dir, recordName, 0o600, func(w io.Writer) error {
			_, err := fmt.Fprintln(w, listener.path)
			return err
		})
		if err != nil {
			return nil, errors.Join(fmt.Errorf("record the control socket: %w", err), l.Close())
		}
		return listener, nil
	}
	return nil, fmt.Errorf("open a control socket: %w", errors.Join(errs...))
}

// Folders returns where a server's socket may be, the best first: where the
// system has such things, where the user has, and a folder of the user's own
// among the temporary ones.
func Folders() []string {
	folders := []string{"/run/holdfast"}
	if user := os.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(user) {
		folders = append(folders, filepath.Join(user, "holdfast"))
	}
	return append(folders, filepath.Join(os.TempDir(), "holdfast-"+strconv.Itoa(os.Getuid())))
}

// place tells the folders of stores apart: a copy of a store has its id, and
// the copy of a running server's has the record of where that server's socket
// is. With neither may a verb reach the server of the other.
func place(dir fsx.FS) string {
	info, err := dir.Stat(".")
	if err != nil {
		return ""
	}
	on, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return "" // no folder of the operating system
	}
	h := fnv.New32a()
	fmt.Fprint(h, on.Dev, " ", on.Ino)
	return fmt.Sprintf("-%08x", h.Sum32())
}

func listenIn(folder, name string) (*net.UnixListener, error) {
	if err := os.Mkdir(folder, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	if err := checkFolder(folder); err != nil {
		return nil, err
	}
	sweep(folder)
	path := filepath.Join(folder, name)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, err
	}
	// Until now others could have connected; they are asked who they are.
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// youngest is how old a socket that nobody answers on must be to be swept away:
// between its making and the first answer lies a moment.
const youngest = time.Minute

// sweep removes the sockets of servers that were killed, and whose stores are
// gone or not served again. One that cannot be removed harms nobody.
func sweep(folder string) {
	names, _ := filepath.Glob(filepath.Join(folder, "*.sock"))
	for _, name := range names {
		info, err := os.Lstat(name)
		if err != nil || info.Mode().Type() != fs.ModeSocket || time.Since(info.ModTime()) < youngest {
			continue
		}
		conn, err := net.DialTimeout("unix", name, time.Second)
		if err == nil {
			_ = conn.Close()
		} else if errors.Is(err, syscall.ECONNREFUSED) {
			_ = os.Remove(name)
		}
	}
}

// Accept returns the next connection of somebody who may.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		conn, err := l.AcceptUnix()
		if err != nil {
			return nil, err
		}
		if err := checkClient(conn); err != nil {
			l.log.Warn("control connection refused", "error", err)
			_ = conn.Close()
			continue
		}
		return conn, nil
	}
}

// Path returns where the socket is.
func (l *Listener) Path() string { return l.path }

// Close removes the socket and the record of it.
func (l *Listener) Close() error {
	err := l.UnixListener.Close()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	if gone := l.dir.Remove(recordName); !errors.Is(gone, fs.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	return err
}

// headerTime is how long a client may take to say what it wants.
const headerTime = 5 * time.Second

// Serve answers on l from b until ctx is done, and then closes l. What is
// under way is cancelled: all of it can be asked again.
func Serve(ctx context.Context, l *Listener, b Backend) error {
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	server := &http.Server{
		Handler: Handler(b), ReadHeaderTimeout: headerTime, MaxHeaderBytes: 64 << 10,
		BaseContext: func(net.Listener) context.Context { return base },
		ErrorLog:    slog.NewLogLogger(l.log.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve %s: %w", l.path, errors.Join(err, l.Close()))
	case <-ctx.Done():
	}
	cancel()
	grace, stop := context.WithTimeout(context.WithoutCancel(ctx), headerTime)
	defer stop()
	err := server.Shutdown(grace)
	if err != nil {
		err = errors.Join(err, server.Close())
	}
	// A server that is stopped before it began leaves its listener open.
	if err = errors.Join(err, l.Close()); err != nil {
		return fmt.Errorf("stop serving %s: %w", l.path, err)
	}
	return nil
}
