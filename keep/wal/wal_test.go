package wal_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast"
	"holdfast/internal/fsx"
	"holdfast/keep/wal"
)

var store = [16]byte{'t', 'e', 's', 't'}

func openDir(tb testing.TB, path string) fsx.FS {
	tb.Helper()
	dir, err := fsx.OpenDir(path)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { dir.Close() })
	return dir
}

func open(tb testing.TB, o wal.Options) (*wal.Log, wal.Recovery) {
	tb.Helper()
	if o.Store == ([16]byte{}) {
		o.Store = store
	}
	l, rec, err := wal.Open(o)
	if err != nil {
		tb.Fatal(err)
	}
	return l, rec
}

func closeLog(tb testing.TB, l *wal.Log) {
	tb.Helper()
	if err := l.Close(); err != nil {
		tb.Fatal(err)
	}
}

func add(tb testing.TB, l *wal.Log, payloads ...string) holdfast.Seq {
	tb.Helper()
	records := make([]wal.Record, len(payloads))
	for i, p := range payloads {
		records[i] = wal.Record{Type: wal.EventBatch, Payload: []byte(p)}
	}
	seq, err := l.Append(tb.Context(), records...)
	if err != nil {
		tb.Fatal(err)
	}
	return seq
}

// all reads everything there is, as lines.
func all(tb testing.TB, l *wal.Log, after holdfast.Seq) []string {
	tb.Helper()
	var lines []string
	err := l.Read(context.Background(), after, func(r wal.Record, gap *wal.GapError) error {
		if gap != nil {
			lines = append(lines, fmt.Sprintf("gap %d-%d", gap.From, gap.To))
			return nil
		}
		lines = append(lines, fmt.Sprintf("%d %s", r.Seq, r.Payload))
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return lines
}

func TestWhatWasAppendedIsReadAfterReopening(t *testing.T) {
	o := wal.Options{FS: openDir(t, t.TempDir()), FileBytes: 16 << 10}
	l, rec := open(t, o)
	if diff := cmp.Diff(wal.Recovery{}, rec); diff != "" {
		t.Error(diff)
	}
	var want []string
	for i := 1; i <= 200; i++ {
		p := fmt.Sprintf("record number %d of this log", i)
		if seq := add(t, l, p); seq != holdfast.Seq(i) {
			t.Fatalf("record %d got number %d", i, seq)
		}
		want = append(want, fmt.Sprintf("%d %s", i, p))
	}
	if diff := cmp.Diff(want, all(t, l, 0)); diff != "" {
		t.Error("before closing:", diff)
	}
	closeLog(t, l)
	l, rec = open(t, o)
	if diff := cmp.Diff(wal.Recovery{Last: 200}, rec); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want[90:], all(t, l, 90)); diff != "" {
		t.Error("after reopening:", diff)
	}
	if seq := add(t, l, "more", "and more"); seq != 201 {
		t.Errorf("went on with record %d", seq)
	}
	closeLog(t, l)
}

func TestFollowWaitsForMore(t *testing.T) {
	l, _ := open(t, wal.Options{FS: openDir(t, t.TempDir()), FileBytes: 64 << 10})
	c := l.Follow(0)
	defer c.Close()
	go func() {
		for i := 0; i < 500; i++ {
			if _, err := l.Append(context.Background(), wal.Record{Type: wal.Beat, Payload: fmt.Appendf(nil, "%d", i)}); err != nil {
				t.Error(err)
			}
		}
		l.Close()
	}()
	for i := 0; ; i++ {
		r, err := c.Next(t.Context())
		if errors.Is(err, wal.ErrClosed) {
			if i != 500 {
				t.Errorf("%d records", i)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if r.Seq != holdfast.Seq(i+1) || string(r.Payload) != fmt.Sprint(i) {
			t.Fatalf("record %d is %d %q", i+1, r.Seq, r.Payload)
		}
	}
}
