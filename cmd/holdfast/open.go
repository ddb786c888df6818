package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"holdfast"
	"holdfast/internal/fsx"
	"holdfast/keep"
	"holdfast/serve/control"
)

// opened is a store as verbs have it: in a running server, or opened by this
// process for the moment.
type opened struct {
	control.Backend
	Close func() error
}

// openStore returns the store that cmd is about.
func openStore(cmd *cobra.Command) (*opened, error) { return openStoreWith(cmd, asideLogBytes) }

// openStoreWith is openStore with files of the log of another size, if this
// process is the one to open it.
func openStoreWith(cmd *cobra.Command, logBytes int64) (*opened, error) {
	dir, err := dataDir(cmd)
	if err != nil {
		return nil, err
	}
	fsys, err := fsx.OpenDir(dir)
	if err != nil {
		return nil, holdfast.Hint(fmt.Errorf("open the store: %w", err),
			"is its disk mounted? a new store is made by holdfast init --data %s --site HOST", dir)
	}
	defer fsys.Close()
	client, err := control.Dial(cmd.Context(), fsys)
	if err == nil {
		return &opened{client, client.Close}, nil
	}
	if !errors.Is(err, control.ErrNotRunning) {
		return nil, err
	}
	s, err := keep.Open(dir, keep.Options{Aside: true, LogBytes: logBytes})
	if err != nil {
		return nil, err
	}
	return &opened{newBackend(s, nil), s.Close}, nil
}

// asideLogBytes is the size of log files while a verb has the store open: it
// writes a record or two, and need not wait for the usual 64 MiB of zeros.
const asideLogBytes = 1 << 20

// openAside opens a store for the moment.
func openAside(dir string) (*keep.Store, error) {
	return keep.Open(dir, keep.Options{Aside: true, LogBytes: asideLogBytes})
}

// with is a verb that does something with a store.
func with(do func(cmd *cobra.Command, s *opened, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		s, err := openStore(cmd)
		if err != nil {
			return err
		}
		return errors.Join(do(cmd, s, args), s.Close())
	}
}
