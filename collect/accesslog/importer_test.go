package accesslog_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"holdfast"
	"holdfast/collect/accesslog"

	"github.com/google/go-cmp/cmp"
)

// paths returns the paths of the events that a store has.
func (s *store) paths() string {
	var all []string
	for _, e := range s.events {
		all = append(all, e.Path)
	}
	return strings.Join(all, " ")
}

func TestALogThatIsCutOffSaysSoAndGivesWhatCameBefore(t *testing.T) {
	log := strings.Builder{}
	for i := range 5000 {
		log.WriteString(line(i%60, fmt.Sprintf("/%d", i), fmt.Sprintf("A%x", i*7919)))
	}
	whole := zipped(t, log.String())
	s := newStore(t)
	sum, err := s.read(t, "shop.example", whole[:len(whole)/2])
	says := fmt.Sprintf("access.log, behind line %d: the compressed log is damaged at byte %d: cut off", sum.PageViews, len(whole)/2)
	if err == nil || err.Error() != says {
		t.Errorf("it says %v, not %s", err, says)
	}
	if sum.PageViews < 1000 || sum.PageViews > 4000 || int(sum.PageViews) != len(s.events) {
		t.Errorf("it gives %+v", sum)
	}
	again := s.mustRead(t, "shop.example", whole)
	if again.Duplicates != sum.PageViews || len(s.events) != 5000 {
		t.Errorf("the whole one then adds %+v", again)
	}
	broken := whole[:len(whole)-6] + "x" + whole[len(whole)-5:]
	if _, err := s.read(t, "shop.example", broken); err == nil || !strings.Contains(err.Error(), "behind line 5000: the compressed log is damaged at byte ") {
		t.Errorf("of a wrong checksum it says %v", err)
	}
}

func TestBadLinesCostNobodyElseAnything(t *testing.T) {
	log := "\xef\xbb\xbf" + line(1, "/first", "A") +
		"\r\n" +
		strings.ReplaceAll(line(2, "/crlf", "A"), "\n", "\r\n") +
		strings.Repeat("x", 1_000_000) + "\n" +
		line(3, "/\xff\xfe", "A\xff\x00\x1b[31m") +
		line(4, "/"+strings.Repeat("y", 3000), "A") +
		line(5, "/long-agent", strings.Repeat("z", 40_000)) +
		"\x00\x01\x02\n" +
		line(6, "//evil.example/x", "A") +
		strings.TrimSuffix(line(7, "/last", "A"), "\n")
	s := newStore(t)
	sum := s.mustRead(t, "shop.example", log)
	want := accesslog.NewSummary()
	want.Files, want.Lines, want.PageViews, want.Unreadable = 1, 10, 6, 3
	want.Refused[holdfast.RefusedTooLarge] = 1
	first := holdfast.MillisOf(time.Date(2026, 7, 30, 18, 30, 1, 0, time.UTC))
	want.Times["shop.example"] = holdfast.Stretch{From: first, To: first + 6001}
	want.Problems = []accesslog.Problem{
		{File: "access.log", Line: 2, Error: "no time like [31/Jul/2026:18:30:00 +0200]"},
		{File: "access.log", Line: 4, Error: "longer than 65536 bytes"},
		{File: "access.log", Line: 8, Error: "no time like [31/Jul/2026:18:30:00 +0200]"},
		{File: "access.log", Line: 6, Error: "url: longer than 2000 bytes"},
	}
	if diff := cmp.Diff(want, sum); diff != "" {
		t.Error(diff)
	}
	if got := s.paths(); got != "/first /crlf /%FF%FE /long-agent //evil.example/x /last" {
		t.Errorf("the paths are %q", got)
	}
}

func TestALastLineWithoutAnEndIsReadOnlyIfItIsWhole(t *testing.T) {
	combined := line(1, "/a", "A")
	common := combined[:strings.Index(combined, ` "-"`)]
	for name, test := range map[string]struct {
		log                   string
		pageViews, unreadable int64
	}{
		"combined":                            {combined + strings.TrimSuffix(line(2, "/b", "A"), "\n"), 2, 0},
		"combined, in the middle of an agent": {combined + strings.TrimSuffix(line(2, "/b", "A"), "A\"\n"), 1, 1},
		"common, where nobody can tell":       {common + "\n" + common, 1, 1},
		"JSON":                                {caddyLine + strings.TrimSuffix(caddyLine, "}\n"), 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			sum := newStore(t).mustRead(t, "shop.example", test.log)
			if sum.PageViews != test.pageViews || sum.Unreadable != test.unreadable {
				t.Errorf("%+v", sum)
			}
		})
	}
}

func TestSitesAreThoseOfTheHosts(t *testing.T) {
	vhost := func(host string) string { return host + ":443 " + line(1, "/", "A") }
	log := vhost("shop.example") + vhost("WWW.Shop.example") + vhost("pay.example") + vhost("other.example") + vhost("")
	s := newStore(t)
	sum := s.mustRead(t, "", log, func(o *accesslog.Options) {
		o.Sites = func(host string) (string, bool) { return "news.example", host == "pay.example" }
	})
	want := accesslog.NewSummary()
	want.Files, want.Lines, want.PageViews, want.Flagged = 1, 5, 2, map[holdfast.Flag]int64{holdfast.FlagForeignHost: 1}
	want.Refused = map[holdfast.Reason]int64{holdfast.RefusedNoSite: 1, holdfast.RefusedMalformed: 1}
	at := holdfast.MillisOf(time.Date(2026, 7, 30, 18, 30, 1, 0, time.UTC))
	want.Times["news.example"] = holdfast.Stretch{From: at, To: at + 1} // of others nobody says that they are sites
	want.Problems = []accesslog.Problem{{File: "access.log", Line: 4, Error: `site: there is no site "other.example"`}, {File: "access.log", Line: 5, Error: "site: is required"}}
	if diff := cmp.Diff(want, sum); diff != "" {
		t.Error(diff)
	}
	books := s.Books.All()
	for _, reason := range []holdfast.Reason{holdfast.RefusedNoSite, holdfast.RefusedMalformed} {
		n := int64(0)
		for refusal, m := range books {
			if refusal.Reason == reason {
				n += m
			}
		}
		if n != 1 {
			t.Errorf("the books have %v", books)
		}
	}

	sum = newStore(t).mustRead(t, "news.example", vhost("shop.example"))
	if sum.Flagged[holdfast.FlagForeignHost] != 1 {
		t.Errorf("with a site that the host is not of: %+v", sum)
	}
	_, err := s.read(t, "", line(1, "/", "A"))
	var field *holdfast.FieldError
	if !errors.As(err, &field) || field.Field != "site" {
		t.Errorf("without a site and without hosts: %v", err)
	}
}

// What a log has of one site does not depend on what it has of others.
func TestALogOfAllSitesAndOnesOfEachComeToTheSame(t *testing.T) {
	var all, shop, news strings.Builder
	for i := range 40 {
		l := line(i/20, "/", "A")
		of, host := &shop, "shop.example:80 "
		if i*7%3 == 0 {
			of, host = &news, "news.example:80 "
		}
		all.WriteString(host + l)
		of.WriteString(l)
	}
	s := newStore(t)
	if sum := s.mustRead(t, "", all.String()); sum.PageViews != 40 {
		t.Errorf("of all: %+v", sum)
	}
	for site, log := range map[string]string{"shop.example": shop.String(), "news.example": news.String()} {
		if sum := s.mustRead(t, site, log); sum.PageViews != 0 || sum.Duplicates != sum.Lines {
			t.Errorf("of %s: %+v", site, sum)
		}
	}
}

func TestTimesOutOfBoundsAreRefused(t *testing.T) {
	dated := func(year string) string { return strings.Replace(line(1, "/", "A"), "2026", year, 1) }
	sum := newStore(t).mustRead(t, "shop.example", dated("1989")+dated("1991")+dated("2027"))
	if sum.PageViews != 1 || sum.Refused[holdfast.RefusedTime] != 2 {
		t.Errorf("%+v", sum)
	}
}

func TestVisitorsAreClientsOfADay(t *testing.T) {
	at := func(client, day, agent string) string {
		l := strings.Replace(line(1, "/", agent), "203.0.113.7", client, 1)
		return strings.Replace(l, "30/Jul", day+"/Jul", 1)
	}
	log := at("203.0.113.7", "29", "A") + at("203.0.113.7", "29", "A") + at("203.0.113.7", "30", "A") + at("203.0.113.7", "30", "B") +
		at("dialin.example", "30", "A") + at("dialin.example", "30", "A") + at("other.example", "30", "A") + at("-", "30", "A")
	s := newStore(t)
	s.mustRead(t, "shop.example", log)
	number := map[holdfast.VisitorID]int{0: 0}
	var got []int
	for _, e := range s.events {
		if _, ok := number[e.Visitor]; !ok {
			number[e.Visitor] = len(number)
		}
		got = append(got, number[e.Visitor])
	}
	if diff := cmp.Diff([]int{1, 1, 2, 3, 4, 4, 5, 0}, got); diff != "" {
		t.Error(diff)
	}
}

// A log that another is appended to has each line twice, which are no repeats
// within a second.
func TestALogBehindItselfAddsNothing(t *testing.T) {
	var log strings.Builder
	for hour := range 20 {
		for range 3 {
			log.WriteString(strings.Replace(line(1, "/", "A"), "2026:18", fmt.Sprintf("2026:%02d", hour), 1))
		}
	}
	s := newStore(t)
	sum := s.mustRead(t, "shop.example", log.String()+log.String())
	if sum.PageViews != 60 || sum.Duplicates != 60 {
		t.Errorf("%+v", sum)
	}
}

func TestAStoreWithoutRoomIsAskedAgain(t *testing.T) {
	s := newStore(t)
	busy := fmt.Errorf("rows come too fast: %w", holdfast.ErrUnavailable)
	s.fail = []error{busy, busy}
	sum := s.mustRead(t, "shop.example", line(1, "/a", "A")+line(1, "/a", "A"))
	if sum.PageViews != 2 || s.paths() != "/a /a" || len(s.Books.All()) != 0 {
		t.Errorf("%+v, %q, %v", sum, s.paths(), s.Books.All())
	}
}

func TestWhatAFailingStoreMayNotHaveIsUnfinished(t *testing.T) {
	s := newStore(t)
	broken := errors.New("disk on fire")
	s.fail = []error{broken}
	im := accesslog.New(accesslog.Options{Door: s.intake(), Site: "shop.example", Batch: 10})
	err := im.File(t.Context(), "access.log", strings.NewReader(strings.Repeat(line(1, "/a", "A"), 25)))
	if closed := im.Close(t.Context()); !errors.Is(closed, broken) || closed != im.Failed() {
		t.Errorf("in the end it says %v", closed)
	}
	sum := im.Summary()
	if sum.Difference() != 0 {
		t.Errorf("it does not add up: %+v", sum)
	}
	if !errors.Is(err, broken) || sum.PageViews != 0 || sum.Unfinished != sum.Lines {
		t.Errorf("%v, %+v", err, sum)
	}
	if again := s.mustRead(t, "shop.example", strings.Repeat(line(1, "/a", "A"), 25)); again.PageViews != 25 {
		t.Errorf("again: %+v", again)
	}
}

func TestAnImportThatIsInterruptedFinishesWhatItBegan(t *testing.T) {
	s := newStore(t)
	ctx, cancel := context.WithCancel(t.Context())
	im := accesslog.New(accesslog.Options{Door: s.intake(), Site: "shop.example", Batch: 10, Judged: func(j accesslog.Judged) {
		if j.Number == 34 {
			cancel()
		}
	}})
	err := im.File(ctx, "access.log", strings.NewReader(strings.Repeat(line(1, "/a", "A"), 50)))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("it says %v", err)
	}
	if err := im.Close(ctx); err != nil {
		t.Error(err)
	}
	if sum := im.Summary(); sum.PageViews != 34 || sum.Lines != 34 || len(s.events) != 34 {
		t.Errorf("%+v, %d events", sum, len(s.events))
	}
}

func TestWhatIsNoLogIsRefused(t *testing.T) {
	s := newStore(t)
	for name, log := range map[string]string{
		"format":   strings.Repeat("something else\n", 100),
		"not with": "\x28\xb5\x2f\xfd....",
		"damaged":  "\x1f\x8b\x00\x00",
	} {
		if sum, err := s.read(t, "shop.example", log); err == nil || !strings.Contains(err.Error(), name) || sum.Lines != 0 {
			t.Errorf("%s: %v, %+v", name, err, sum)
		}
	}
	if sum := s.mustRead(t, "shop.example", ""); sum.Files != 1 || sum.Lines != 0 {
		t.Errorf("nothing: %+v", sum)
	}
	if sum := s.mustRead(t, "shop.example", zipped(t, "")); sum.Lines != 0 {
		t.Errorf("nothing, compressed: %+v", sum)
	}
}

func TestAFormatThatIsNotThatOfTheLogIsAMistake(t *testing.T) {
	s := newStore(t)
	caddy := func(o *accesslog.Options) { o.Format = accesslog.Caddy }
	sum, err := s.read(t, "shop.example", strings.Repeat(line(1, "/a", "A"), 100), caddy)
	if err == nil || err.Error() != "access.log: its lines are in format combined, and not caddy" || sum.Lines != 0 {
		t.Errorf("%v, %+v", err, sum)
	}
	sum, err = s.read(t, "shop.example", strings.Repeat("something else\n", 100), caddy)
	if err == nil || err.Error() != "access.log, behind line 100: no line of it is in format caddy" || sum.Unreadable != 100 || sum.Difference() != 0 {
		t.Errorf("%v, %+v", err, sum)
	}
	// What a log begins with may be anything, if one is told what it is.
	log := strings.Repeat("something else\n", 100) + line(1, "/a", "A")
	if sum := s.mustRead(t, "shop.example", log, func(o *accesslog.Options) { o.Format = accesslog.Combined }); sum.PageViews != 1 || sum.Unreadable != 100 {
		t.Errorf("%+v", sum)
	}
}

func TestTryingChangesNothing(t *testing.T) {
	s := newStore(t)
	hit := accesslog.Hit{Site: "shop.example", URL: "http://shop.example/a", Agent: "Googlebot/2.1", Time: holdfast.MillisOf(noon), ID: "1"}
	far := hit
	far.Time = 0
	events, refused, err := s.intake().Try(t.Context(), []accesslog.Hit{hit, far})
	if err != nil || len(events) != 1 || events[0].Path != "/a" || events[0].Flag != holdfast.FlagBot {
		t.Errorf("%+v, %v", events, err)
	}
	if diff := cmp.Diff([]accesslog.Refusal{{Hit: 1, Reason: holdfast.RefusedTime, Error: "time: is before 1990-01-01"}}, refused); diff != "" {
		t.Error(diff)
	}
	if len(s.events) != 0 || s.Salts.Asked() != 0 || len(s.Books.All()) != 0 {
		t.Error("something has changed")
	}
}

// endless is a log of n lines that is never anywhere as a whole.
func endless(n int) io.Reader {
	r, w := io.Pipe()
	go func() {
		for i := range n {
			at := time.Date(2026, 7, 1, 0, 0, i/100, 0, time.UTC).Format("02/Jan/2006:15:04:05 -0700")
			if _, err := fmt.Fprintf(w, "203.0.%d.%d - - [%s] \"GET /%d HTTP/1.1\" 200 1 \"-\" %q\n", i>>8&255, i&255, at, i, firefox); err != nil {
				return
			}
		}
		w.Close()
	}()
	return r
}

func TestMemoryDoesNotGrowWithTheLog(t *testing.T) {
	most := func(n int) (bytes uint64) {
		s := discard{newStore(t)}
		door := accesslog.NewIntake(s, classifier(), func() time.Time { return noon })
		im := accesslog.New(accesslog.Options{Door: door, Site: "shop.example", Batch: 1000, Progress: func(lines int64) {
			if lines%(4096*4) == 0 {
				var m runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&m)
				bytes = max(bytes, m.HeapAlloc)
			}
		}})
		if err := im.File(t.Context(), "access.log", endless(n)); err != nil {
			t.Fatal(err)
		}
		if err := im.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		return bytes
	}
	small, large := most(20_000), most(100_000)
	if large > small+small/2+(8<<20) {
		t.Errorf("20,000 lines need %d bytes, 100,000 %d", small, large)
	}
}

func FuzzImport(f *testing.F) {
	f.Add(line(1, "/", "A") + "\n\x00\n" + line(1, "/", "A"))
	f.Add(caddyLine + caddyLine + `{"level":"info","ts":1.5}` + "\n{")
	f.Add("shop.example:80 " + line(1, "/a.png", "A"))
	f.Add(zipped(f, line(1, "/", "A"))[:60])
	f.Fuzz(func(t *testing.T, log string) {
		s := newStore(t)
		sum, _ := s.read(t, "shop.example", log, func(o *accesslog.Options) { o.Batch = 3 })
		if kept := int64(len(s.events)); sum.Unfinished != 0 || kept > sum.Lines {
			t.Errorf("%d events of %+v", kept, sum)
		}
		before := len(s.events)
		if again, _ := s.read(t, "shop.example", log); again.PageViews != 0 || len(s.events) != before {
			t.Errorf("read again, it adds %+v", again)
		}
	})
}
