package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"holdfast"
	"holdfast/internal/fsx"
	"holdfast/keep/record"
	"holdfast/keep/wal"
)

func dumpLogCommand() *cobra.Command {
	var after uint64
	var events bool
	cmd := withData(&cobra.Command{
		Use:   "log",
		Short: "Print the records of a store's log",
		Long: `Print the records of a store's log, one a line. What lies there that is no
record is printed as damage; behind the last record of a running server that may
be what is being written.`,
		Example: "  holdfast dump log --data /var/lib/holdfast --after 1000",
		Args:    takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir, err := dataDir(cmd)
			if err != nil {
				return err
			}
			fsys, err := fsx.OpenDir(dir)
			if err != nil {
				return fmt.Errorf("open the store: %w", err)
			}
			defer fsys.Close()
			store, err := storeIn(fsys)
			if err != nil {
				return err
			}
			d := logDump{cmd: cmd, ctx: cmd.Context(), after: holdfast.Seq(after), events: events}
			return wal.Dump(fsys, "log", store, d.frame)
		},
	})
	cmd.Flags().Uint64Var(&after, "after", 0, "`SEQ` after which to begin")
	cmd.Flags().BoolVar(&events, "events", false, "print the events in each record too")
	return cmd
}

type logDump struct {
	cmd    *cobra.Command
	ctx    context.Context
	after  holdfast.Seq
	events bool
}

func (d *logDump) frame(f wal.Frame) error {
	if err := d.ctx.Err(); err != nil {
		return err
	}
	if f.Damage == nil && (f.Seq <= d.after || f.Mark) {
		return nil
	}
	if wantsJSON(d.cmd) {
		return d.printJSON(f)
	}
	out := d.cmd.OutOrStdout()
	if f.Damage != nil {
		_, err := fmt.Fprintf(out, "%s at %d: %s\n", filepath.Base(f.File), f.Offset, what(f))
		return err
	}
	said, events := summary(f)
	if f.Superseded {
		said += " (superseded)"
	}
	if _, err := fmt.Fprintf(out, "%d  %s  %s at %d  %s\n", f.Seq, f.Time, filepath.Base(f.File), f.Offset, said); err != nil {
		return err
	}
	if d.events {
		for i := range events {
			text, err := dumpedEvent(&events[i], nil).MarshalJSON()
			if err != nil {
				return err
			}
			if _, err := fmt.Fprintf(out, "    %s\n", text); err != nil {
				return err
			}
		}
	}
	return nil
}

// what says what lies where no record does.
func what(f wal.Frame) string {
	var damaged *holdfast.DamagedError
	if errors.As(f.Damage, &damaged) {
		return fmt.Sprintf("%d bytes: %s", f.Bytes, damaged.What)
	}
	return fmt.Sprintf("%d bytes: %v", f.Bytes, f.Damage)
}

// summary says in words what a record holds, and returns its events.
func summary(f wal.Frame) (string, []holdfast.Event) {
	switch f.Type {
	case wal.EventBatch:
		b, err := record.DecodeBatch(f.Payload)
		if err != nil {
			return err.Error(), nil
		}
		return "events: " + count(int64(len(b.Events))) + tallies(b.Tallies), b.Events
	case wal.Beat:
		b, err := record.DecodeBeat(f.Payload)
		if err != nil {
			return err.Error(), nil
		}
		return "beat: " + beatName(b.Kind) + tallies(b.Tallies), nil
	case wal.CatalogChange:
		c, err := record.DecodeCatalogChange(f.Payload)
		if err != nil {
			return err.Error(), nil
		}
		return "catalog: " + changeName(&c), nil
	case wal.LedgerEntry:
		e, err := record.DecodeLedgerEntry(f.Payload)
		if err != nil {
			return err.Error(), nil
		}
		return "ledger: " + entryName(&e), nil
	}
	return f.Type.String(), nil
}

func beatName(kind record.BeatKind) string {
	switch kind {
	case record.Started:
		return "started"
	case record.Stopped:
		return "stopped"
	}
	return "alive"
}

func tallies(list []record.Tally) string {
	var b strings.Builder
	for _, t := range list {
		fmt.Fprintf(&b, "; %s of site %d: %s", count(t.Events), t.Site, t.Reason)
	}
	return b.String()
}

func changeName(c *record.CatalogChange) string {
	switch {
	case c.PutSite != nil:
		return fmt.Sprintf("site %d is %s", c.PutSite.ID, c.PutSite.Name)
	case c.PutKey != nil:
		return fmt.Sprintf("key %s with scopes %v", c.PutKey.ID, c.PutKey.Scopes)
	case c.RevokeKey != "":
		return "key " + plain(c.RevokeKey) + " is revoked"
	case c.PutDeal != nil:
		return fmt.Sprintf("deal %s of site %d", c.PutDeal.ID, c.PutDeal.Site)
	case c.DeleteDeal != nil:
		return fmt.Sprintf("deal %s of site %d is deleted", c.DeleteDeal.ID, c.DeleteDeal.Site)
	}
	return "nothing"
}

func entryName(e *record.LedgerEntry) string {
	if e.Damage != nil {
		return fmt.Sprintf("records %d to %d are unreadable", e.Damage.First, e.Damage.Last)
	}
	if n := len(e.Imported); n > 0 {
		return fmt.Sprintf("%s imported of %s", plain(e.Imported[0].Source), counted(int64(n), "site"))
	}
	if e.Files == nil {
		return "nothing"
	}
	text := fmt.Sprintf("%s: %s added, %d removed", e.Files.Cause, counted(int64(len(e.Files.Add)), "file"), len(e.Files.Remove))
	if e.Files.SealedTo > 0 {
		text += fmt.Sprintf(", sealed up to record %d", e.Files.SealedTo)
	}
	return text
}

func (d *logDump) printJSON(f wal.Frame) error {
	o := &object{}
	o.put("file", filepath.Base(f.File))
	o.put("offset", f.Offset)
	o.put("bytes", f.Bytes)
	if f.Damage != nil {
		o.put("damage", what(f))
		return printJSON(d.cmd, o)
	}
	o.put("seq", f.Seq)
	o.put("type", f.Type.String())
	o.put("time", f.Time.String())
	if f.Superseded {
		o.put("superseded", true)
	}
	if err := putRecord(o, f); err != nil {
		o.put("damage", err.Error())
	}
	return printJSON(d.cmd, o)
}

// putRecord puts what a record holds.
func putRecord(o *object, f wal.Frame) error {
	switch f.Type {
	case wal.EventBatch:
		b, err := record.DecodeBatch(f.Payload)
		if err != nil {
			return err
		}
		events := make([]*object, 0, len(b.Events))
		for i := range b.Events {
			events = append(events, dumpedEvent(&b.Events[i], nil))
		}
		o.put("events", events)
		putTallies(o, b.Tallies)
	case wal.Beat:
		b, err := record.DecodeBeat(f.Payload)
		if err != nil {
			return err
		}
		o.put("beat", beatName(b.Kind))
		putTallies(o, b.Tallies)
	case wal.CatalogChange:
		c, err := record.DecodeCatalogChange(f.Payload)
		if err != nil {
			return err
		}
		o.put("catalog", dumpedChange(&c))
	case wal.LedgerEntry:
		e, err := record.DecodeLedgerEntry(f.Payload)
		if err != nil {
			return err
		}
		o.put("ledger", dumpedEntry(&e))
	}
	return nil
}

func putTallies(o *object, list []record.Tally) {
	if len(list) > 0 {
		o.put("tallies", dumpedTallies(list))
	}
}
