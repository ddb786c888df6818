package wal_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast"
	"holdfast/internal/fsx"
	"holdfast/internal/fsx/faultfs"
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
	if o.FileBytes == 0 {
		o.FileBytes = 64 << 10
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

func TestWhatAppendRefuses(t *testing.T) {
	l, _ := open(t, wal.Options{FS: faultfs.New()})
	add(t, l, "one")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, test := range []struct {
		name    string
		ctx     context.Context
		records []wal.Record
		want    string
	}{
		{"no records", t.Context(), nil, "append: no records"},
		{"a record without type", t.Context(), []wal.Record{{}}, "append record: type 0 is not a record's"},
		{"a record of the log's own type", t.Context(), []wal.Record{{Type: 255}}, "append record: closing mark is not a record's"},
		{"a record that is too large", t.Context(), []wal.Record{{Type: wal.Beat, Payload: make([]byte, wal.MaxPayload+1)}}, "append record: 67108865 bytes, more than 67108864"},
		{"a context that has ended", ended, []wal.Record{{Type: wal.Beat}}, "append 1 records: context canceled"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := l.Append(test.ctx, test.records...)
			if err == nil || err.Error() != test.want || errors.Is(err, holdfast.ErrUnavailable) {
				t.Errorf("%v, want %s", err, test.want)
			}
		})
	}
	if l.Last() != 1 {
		t.Errorf("last record is %d", l.Last())
	}
	closeLog(t, l)
	if _, err := l.Append(t.Context(), wal.Record{Type: wal.Beat}); !errors.Is(err, wal.ErrClosed) || !errors.Is(err, holdfast.ErrUnavailable) {
		t.Errorf("append to a closed log: %v", err)
	}
	if err := l.Close(); !errors.Is(err, wal.ErrClosed) {
		t.Errorf("second close: %v", err)
	}
}

func TestRecordsOfAnySizeComeBack(t *testing.T) {
	l, _ := open(t, wal.Options{FS: openDir(t, t.TempDir()), FileBytes: 1 << 20})
	defer l.Close()
	noise := rand.NewChaCha8([32]byte{})
	var want [][]byte
	for _, size := range []int{0, 1, 7, 8, 9, 4095, 4096, 4097, 1 << 20, 5 << 20, wal.MaxPayload} {
		random := make([]byte, size)
		_, _ = noise.Read(random)
		for _, payload := range [][]byte{random, bytes.Repeat([]byte("page view "), size/10+1)[:size]} {
			want = append(want, payload)
			if _, err := l.Append(t.Context(), wal.Record{Type: wal.EventBatch, Payload: payload}); err != nil {
				t.Fatal(err)
			}
		}
	}
	err := l.Read(t.Context(), 0, func(r wal.Record, gap *wal.GapError) error {
		if gap != nil {
			return gap
		}
		if i := int(r.Seq) - 1; !bytes.Equal(r.Payload, want[i]) {
			t.Errorf("record %d of %d bytes came back with %d", r.Seq, len(want[i]), len(r.Payload))
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestCommittedHearsBeforeAppendReturns(t *testing.T) {
	type note struct{ text string }
	var got []string
	l, _ := open(t, wal.Options{FS: faultfs.New(), Committed: func(records []wal.Record) {
		for _, r := range records {
			got = append(got, fmt.Sprintf("%d %s %s %s", r.Seq, r.Type, r.Payload, r.Attached.(*note).text))
		}
	}})
	defer l.Close()
	_, err := l.Append(t.Context(),
		wal.Record{Type: wal.EventBatch, Payload: []byte("a"), Attached: &note{"one"}},
		wal.Record{Type: wal.LedgerEntry, Payload: []byte("b"), Attached: &note{"two"}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"1 event batch a one", "2 ledger entry b two"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestTimeNeverRunsBack(t *testing.T) {
	f := faultfs.New()
	clock := holdfast.Millis(5000)
	o := wal.Options{FS: f, Now: func() time.Time { clock -= 1000; return clock.Time() }}
	var last holdfast.Millis
	for range 3 {
		l, _ := open(t, o)
		add(t, l, "a")
		add(t, l, "b")
		err := l.Read(t.Context(), 0, func(r wal.Record, _ *wal.GapError) error {
			if r.Time < last {
				t.Errorf("record %d is of %v, after one of %v", r.Seq, r.Time, last)
			}
			last = max(last, r.Time)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		closeLog(t, l)
	}
	if last != 4000 {
		t.Errorf("the last record is of %d", last)
	}
}

func TestAtLeastKeepsNumbersFromBeingGivenAgain(t *testing.T) {
	f := faultfs.New()
	l, rec := open(t, wal.Options{FS: f, AtLeast: 41})
	if rec.Last != 41 || len(rec.Gaps) != 1 || rec.Gaps[0].From != 1 || rec.Gaps[0].To != 41 {
		t.Errorf("recovery: %+v", rec)
	}
	if seq := add(t, l, "new"); seq != 42 {
		t.Errorf("the new record is %d", seq)
	}
	closeLog(t, l)
	l, rec = open(t, wal.Options{FS: f, AtLeast: 41})
	if rec.Last != 42 || len(rec.Gaps) != 0 {
		t.Errorf("second recovery: %+v", rec)
	}
	closeLog(t, l)
}

func TestRemoveKeepsTheActiveFileAndRecyclesOne(t *testing.T) {
	f := faultfs.New()
	o := wal.Options{FS: f, FileBytes: 16 << 10}
	l, _ := open(t, o)
	payload := string(make([]byte, 1000))
	for range 100 {
		add(t, l, payload)
	}
	before := l.Files()
	if len(before) < 10 {
		t.Fatalf("%d files", len(before))
	}
	if n, err := l.Remove(before[3].Last - 1); n != 3 || err != nil {
		t.Errorf("removed %d files: %v", n, err)
	}
	if n, err := l.Remove(1000); n != len(before)-4 || err != nil {
		t.Errorf("removed %d files: %v", n, err)
	}
	after := l.Files()
	if diff := cmp.Diff(before[len(before)-1:], after); diff != "" {
		t.Error(diff)
	}
	for range 100 {
		add(t, l, payload)
	}
	rep, err := l.Verify(t.Context())
	if err != nil || len(rep.Gaps) > 0 || rep.Records < 100 {
		t.Errorf("verify: %+v %v", rep, err)
	}
	closeLog(t, l)
}
