package live_test

import (
	"io"
	"net"
	"net/http"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"holdfast"
	"holdfast/serve"
)

func TestAnEventIsInTheNextMessageAndCountedOnce(t *testing.T) {
	s := newSetup(t)
	s.start(t)
	s.visit(t, "pub.example", "/before", "", 1, `,"age":120000`)
	w := s.watch(t, "pub.example")
	if s := w.second(t); s.Here != 1 || s.Views != 0 || s.Coverage.State == "" || s.AsOf.Time == 0 || s.AsOf.Seq != 0 {
		t.Fatalf("the first message says %+v", s)
	}
	for i := range 5 {
		s.visit(t, "pub.example", "/now", "https://www.google.com/", 2+i, "")
		sent := holdfast.MillisOf(time.Now())
		for {
			got := w.second(t)
			if got.Here == int64(2+i) && got.Views == int64(1+i) {
				break
			}
			// What was on its way may come first, and nothing else.
			if got.AsOf.Time > sent || got.Here != int64(1+i) || got.Views != int64(i) {
				t.Fatalf("after visit %d it says %+v", i, got)
			}
		}
	}
	for range 3 {
		got := w.second(t)
		want := holdfast.Second{Here: 6, Views: 5, Sources: []holdfast.Seen{{Name: "Google", Visitors: 5}, {Name: "", Visitors: 1}}, Pages: []holdfast.Seen{{Name: "/now", Visitors: 5}}}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(holdfast.Second{}, "At", "AsOf", "Coverage", "PerSecond", "PerMinute")); diff != "" {
			t.Error(diff)
		}
		sum := int64(0)
		for _, n := range got.PerSecond {
			sum += n
		}
		if sum != 5 || len(got.PerSecond) != 60 {
			t.Errorf("in %d seconds %d views", len(got.PerSecond), sum)
		}
	}
}

func TestAllWatchersGetTheSameBytes(t *testing.T) {
	s := newSetup(t)
	s.live.Every = time.Second // at once, for so many
	s.start(t)
	const watchers, messages = 1000, 3
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		bytes = map[int64]string{}
		got   int
	)
	for range watchers {
		w := s.watch(t, "pub.example")
		wg.Go(func() {
			last := int64(0)
			for range messages + 1 {
				m, err := w.next()
				if err != nil {
					t.Error(err)
					return
				}
				if m.retry != "" {
					continue
				}
				mu.Lock()
				if had, ok := bytes[m.id]; ok && had != m.data || m.id <= last {
					t.Errorf("message %d, after %d: %s, and to another %s", m.id, last, m.data, had)
				}
				bytes[m.id] = m.data
				got++
				mu.Unlock()
				last = m.id
			}
		})
	}
	s.visit(t, "pub.example", "/", "", 1, "")
	wg.Wait()
	if got != watchers*messages {
		t.Errorf("%d messages came", got)
	}
}

func TestASlowWatcherIsDroppedAndHarmsNobody(t *testing.T) {
	s := newSetup(t)
	s.live.Every, s.live.WriteTime, s.live.Streams = 2*time.Millisecond, 200*time.Millisecond, 2
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.start(t, narrow{l})
	slow, fast := s.watch(t, "pub.example"), s.watch(t, "pub.example")
	if err := slow.conn.(*net.TCPConn).SetReadBuffer(4096); err != nil {
		t.Fatal(err)
	}
	for began := time.Now(); ; {
		last := fast.second(t).At
		if next := fast.second(t).At; next.Sub(last) > 5*time.Second {
			t.Fatalf("the fast one waited from %s to %s", last, next)
		}
		other := s.watch(t, "pub.example")
		other.conn.Close()
		if other.res.StatusCode == 200 {
			break // the slow one's place is free
		}
		if time.Since(began) > 20*time.Second {
			t.Fatal("the slow one is still there")
		}
	}
}

// narrow is a listener whose connections hold little on their way.
type narrow struct{ net.Listener }

func (n narrow) Accept() (net.Conn, error) {
	conn, err := n.Listener.Accept()
	if err == nil {
		err = conn.(*net.TCPConn).SetWriteBuffer(4096)
	}
	return conn, err
}

func TestWhoLeavesFreesEverything(t *testing.T) {
	s := newSetup(t)
	s.start(t)
	s.visit(t, "pub.example", "/", "", 1, "")
	http.DefaultClient.CloseIdleConnections()
	time.Sleep(50 * time.Millisecond)
	before := runtime.NumGoroutine()
	var watching []*stream
	for range 50 {
		w := s.watch(t, "pub.example")
		w.second(t)
		watching = append(watching, w)
	}
	if runtime.NumGoroutine() < before+50 {
		t.Fatal("goroutines do not show who watches")
	}
	for _, w := range watching {
		w.conn.Close()
	}
	time.Sleep(100 * time.Millisecond)
	s.ahead.Add(int64(time.Minute)) // the site is no longer followed, either
	for range 200 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	stacks := make([]byte, 1<<20)
	t.Errorf("%d goroutines before, %d after\n%s", before, runtime.NumGoroutine(), stacks[:runtime.Stack(stacks, true)])
}

func TestStreamsOutliveTheBoundsOfRequests(t *testing.T) {
	s := newSetup(t)
	s.serve = serve.Options{BodyTime: 300 * time.Millisecond, WriteTime: 300 * time.Millisecond}
	s.start(t)
	w := s.watch(t, "pub.example")
	for began := time.Now(); time.Since(began) < 1500*time.Millisecond; {
		w.second(t)
	}
}

func TestStoppingEndsStreamsAtOnce(t *testing.T) {
	s := newSetup(t)
	s.live.Every = time.Hour
	s.serve = serve.Options{Grace: 5 * time.Second} // too late is an error
	s.start(t)
	w := s.watch(t, "pub.example")
	w.second(t)
	s.release()
	if _, err := w.next(); err != io.EOF {
		t.Errorf("the stream ended with %v", err)
	}
}

func TestSilenceIsFilledWithComments(t *testing.T) {
	s := newSetup(t)
	s.live.Every, s.live.Beat = time.Hour, 10*time.Millisecond
	s.start(t)
	w := s.watch(t, "pub.example")
	first, err := w.next()
	if err != nil || first.retry != "3000" {
		t.Fatalf("the first lines are %+v, %v", first, err)
	}
	seen := w.second(t).At
	if m, err := w.next(); err != nil || m.comment == "" || m.id != 0 {
		t.Errorf("then comes %+v, %v", m, err)
	}
	again := s.watch(t, "pub.example", "Last-Event-ID: "+itoa(int64(seen)))
	for range 2 {
		if m, err := again.next(); err != nil || m.id != 0 {
			t.Errorf("who has seen the last message is sent %+v, %v", m, err)
		}
	}
}

func TestARestartChangesNothing(t *testing.T) {
	s := newSetup(t)
	s.start(t)
	for i := range 40 {
		s.visit(t, "pub.example", []string{"/", "/a", "/b"}[i%3], []string{"", "https://google.com/", "https://bing.com/"}[i%3], i%20, `,"age":`+itoa(int64(i)*60_000))
	}
	s.visit(t, "pub.example", "/c", "", 99, `,"age":7200000`)
	key := "Bearer " + s.keys[holdfast.ScopeRead]
	before := s.ask(t, "pub.example/live.json", "Authorization", key)
	if before.Here == 0 || len(before.Sources) < 2 || len(before.Pages) < 3 || before.AsOf.Seq == 0 {
		t.Fatalf("it says %s", before.body)
	}
	s.stop(t)
	s.open(t)
	s.start(t)
	after := s.ask(t, "pub.example/live.json", "Authorization", key)
	// A second may have passed, which the ages above leave room for.
	if diff := cmp.Diff(before.Second, after.Second, cmpopts.IgnoreFields(holdfast.Second{}, "At", "AsOf", "Coverage", "Views", "PerSecond", "PerMinute")); diff != "" {
		t.Error(diff)
	}
}

func TestWhatWasMissedIsReadAgain(t *testing.T) {
	s := newSetup(t)
	s.start(t)
	w := s.watch(t, "pub.example")
	w.second(t)
	s.deaf.Store(true)
	for i := range 7 {
		s.visit(t, "pub.example", "/missed", "", i, "")
	}
	time.Sleep(400 * time.Millisecond)
	missed := holdfast.MillisOf(s.now())
	for range 3 {
		if got := w.second(t); got.Here == 0 && got.AsOf.Time > missed {
			t.Fatalf("it says that it knows all: %+v", got)
		}
	}
	s.deaf.Store(false)
	s.visit(t, "pub.example", "/seen", "", 100, "")
	s.ahead.Add(int64(15 * time.Second)) // it is not read again all the time
	for {
		if got := w.second(t); got.Here >= 8 {
			if got.Here != 8 || got.Views != 8 {
				t.Errorf("it says %+v", got)
			}
			return
		}
	}
}
