package keep

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"holdfast"
	"holdfast/internal/fsx"
)

// Init makes a store in dir, which must be empty or not there, and stamps it.
// Interrupted, it leaves a folder without a stamp, which is no store.
func Init(dir string, now func() time.Time) (Stamp, error) {
	if err := os.Mkdir(dir, 0o700); err == nil {
		if err := syncParent(dir); err != nil {
			return Stamp{}, fmt.Errorf("make a store: %w", err)
		}
	} else if !errors.Is(err, fs.ErrExist) {
		return Stamp{}, holdfast.Hint(fmt.Errorf("make a store: %w", err), "its parent must be there")
	}
	fsys, err := fsx.OpenDir(dir)
	if err != nil {
		return Stamp{}, fmt.Errorf("make a store: %w", err)
	}
	defer fsys.Close()
	return InitFS(fsys, now, rand.Reader)
}

// InitFS makes a store in an empty folder.
func InitFS(fsys fsx.FS, now func() time.Time, random io.Reader) (Stamp, error) {
	entries, err := fsys.ReadDir(".")
	if err != nil {
		return Stamp{}, fmt.Errorf("make a store: %w", err)
	}
	if len(entries) > 0 {
		if s, err := ReadStamp(fsys); err == nil {
			return Stamp{}, holdfast.Refuse(fmt.Errorf("%s is already a store: %s, made %s", fsys.Path("."), s.Store, s.Created),
				"nothing was changed; holdfast serve --data %s opens it", fsys.Path("."))
		}
		return Stamp{}, holdfast.Refuse(fmt.Errorf("%s is not empty", fsys.Path(".")), "nothing was changed; name an empty folder")
	}
	for _, d := range []string{logDir, filesDir, checkpointsDir, secretsDir, damagedDir} {
		if err := fsys.Mkdir(d, 0o700); err != nil {
			return Stamp{}, fmt.Errorf("make a store: %w", err)
		}
	}
	if err := fsys.SyncDir("."); err != nil {
		return Stamp{}, fmt.Errorf("make a store: %w", err)
	}
	if err := writeKeys(fsys, random); err != nil {
		return Stamp{}, err
	}
	s := Stamp{Version: FormatVersion, Created: holdfast.MillisOf(now())}
	if _, err := io.ReadFull(random, s.Store[:]); err != nil {
		return Stamp{}, fmt.Errorf("make a store: %w", err)
	}
	return s, s.write(fsys)
}

func syncParent(dir string) error {
	parent, err := fsx.OpenDir(filepath.Dir(filepath.Clean(dir)))
	if err != nil {
		return err
	}
	defer parent.Close()
	return parent.SyncDir(".")
}

// lock takes the store for this process.
func lock(fsys fsx.FS) (fsx.File, error) {
	f, err := fsys.OpenFile(lockName, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the store: %w", err)
	}
	if err := f.Lock(); err != nil {
		f.Close()
		if errors.Is(err, fsx.ErrLocked) {
			return nil, holdfast.Refuse(fmt.Errorf("the store in %s is open in another process", fsys.Path(".")),
				"nothing was changed; verbs of the same user reach the running server by themselves")
		}
		return nil, fmt.Errorf("lock the store: %w", err)
	}
	return f, nil
}

var _ holdfast.Sink = (*Store)(nil)

// closed is what a closed store answers.
func (s *Store) checkOpen(ctx context.Context) error {
	if s.closing.Load() {
		return fmt.Errorf("the store is closing: %w", holdfast.ErrUnavailable)
	}
	return ctx.Err()
}
