package accesslog_test

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast"
	"holdfast/collect/accesslog"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

const semiSite = "semicomplete.com"

// counted is what a log comes to.
type counted struct {
	Lines, Unreadable int
	Pages             map[string]int // views by path
	Days              map[string]int
	Visitors          int            // of all days
	From              map[string]int // views by referrer
}

var (
	plainLine  = regexp.MustCompile(`^(\S+) \S+ \S+ \[(.+?)\] "(\S+) (\S+) HTTP/\d\.\d" (\d+) \S+ "(.*?)" "(.*)"$`)
	plainAsset = regexp.MustCompile(`(?i)\.(png|css|ico|jpg|jpeg|js|txt|gif|jar|ttf|woff|pdf|xml|xsl|svg|py|pyc|log|conf|exe|c|cpp|gz|sh|tex|deb|swf|spec|rb|patch|lua|doc|vim|pcap|java|gem|diff)$`)
)

// countPlainly counts the page views of a log by the rule, written anew in the
// plainest way.
func countPlainly(t *testing.T, log string) counted {
	t.Helper()
	c := counted{Pages: map[string]int{}, Days: map[string]int{}, From: map[string]int{}}
	visitors := map[string]bool{}
	for _, text := range strings.Split(strings.TrimSuffix(log, "\n"), "\n") {
		c.Lines++
		m := plainLine.FindStringSubmatch(text)
		if m == nil {
			c.Unreadable++
			continue
		}
		address, at, method, target, status, referrer, agent := m[1], m[2], m[3], m[4], m[5], m[6], m[7]
		path, query, _ := strings.Cut(target, "?")
		switch {
		case method != "GET", status[0] != '2' && status != "304":
			continue
		case plainAsset.MatchString(path), strings.Contains(path, "/."):
			continue
		case strings.HasPrefix(path, "/wp-"), strings.HasSuffix(path, "/rss/"), strings.HasSuffix(path, "/xmlrpc.php"), strings.HasPrefix(path, "/phpmyadmin"):
			continue
		case strings.Contains("&"+query, "&flav=rss") || strings.Contains("&"+query, "&flav=atom"):
			continue
		}
		when, err := time.Parse("02/Jan/2006:15:04:05 -0700", at)
		if err != nil {
			t.Fatal(err)
		}
		path, err = url.PathUnescape(path)
		if err != nil {
			t.Fatal(err)
		}
		day := when.UTC().Format(time.DateOnly)
		c.Pages[path]++
		c.Days[day]++
		visitors[day+address+agent] = true
		if from, err := url.Parse(referrer); err == nil && referrer != "-" && strings.Contains(from.Host, ".") &&
			strings.TrimPrefix(strings.ToLower(from.Host), "www.") != semiSite && strings.HasPrefix(from.Scheme, "http") {
			c.From[referrer]++
		}
	}
	c.Visitors = len(visitors)
	return c
}

// countEvents counts what a store has.
func countEvents(events []holdfast.Event, lines, unreadable int) counted {
	c := counted{Lines: lines, Unreadable: unreadable, Pages: map[string]int{}, Days: map[string]int{}, From: map[string]int{}}
	type visitor struct {
		day holdfast.Day
		id  holdfast.VisitorID
	}
	visitors := map[visitor]bool{}
	for _, e := range events {
		c.Pages[e.Path]++
		c.Days[e.Day.String()]++
		visitors[visitor{e.Day, e.Visitor}] = true
		if e.Referrer != "" {
			c.From[e.Referrer]++
		}
	}
	c.Visitors = len(visitors)
	return c
}

func TestARealLogComesToWhatPlainCodeCounts(t *testing.T) {
	log := semicomplete(t)
	s := newStore(t, semiSite)
	sum := s.mustRead(t, semiSite, zipped(t, log))
	if diff := cmp.Diff(countPlainly(t, log), countEvents(s.events, int(sum.Lines), int(sum.Unreadable))); diff != "" {
		t.Error(diff)
	}
	if sum.PageViews == 0 || sum.Flagged[holdfast.FlagBot] == 0 || sum.Duplicates != 0 || sum.Unreadable != 1 || len(sum.Refused) != 0 {
		t.Errorf("summary: %+v", sum)
	}
	for _, e := range s.events {
		if e.Origin != holdfast.Imported || e.Door != holdfast.DoorLog || e.Name != holdfast.Pageview || e.Host != semiSite {
			t.Fatalf("an event is %+v", e)
		}
	}
	t.Logf("%+v", sum)

	again := s.mustRead(t, semiSite, log)
	if again.PageViews != 0 || again.Duplicates != int64(len(s.events)) || len(again.Flagged) != 0 {
		t.Errorf("the second time: %+v", again)
	}
}

// pieces cuts a log into n parts between lines; if whole, also between
// seconds.
func pieces(log string, n int, whole bool, r *rand.Rand) []string {
	lines := strings.SplitAfter(strings.TrimSuffix(log, "\n"), "\n")
	lines[len(lines)-1] += "\n"
	second := func(s string) string { return s[strings.IndexByte(s, '[') : strings.IndexByte(s, ']')+1] }
	var parts []string
	from := 0
	for _, at := range cuts(r, len(lines), n) {
		for whole && at < len(lines) && at > 0 && second(lines[at]) == second(lines[at-1]) {
			at++
		}
		if at > from {
			parts = append(parts, strings.Join(lines[from:at], ""))
			from = at
		}
	}
	return append(parts, strings.Join(lines[from:], ""))
}

func cuts(r *rand.Rand, length, n int) []int {
	at := make([]int, n-1)
	for i := range at {
		at[i] = r.IntN(length)
	}
	slices.Sort(at)
	return at
}

func TestPiecesInAnyOrderAddTheSame(t *testing.T) {
	log := semicomplete(t)
	want := countPlainly(t, log)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for round := range 3 {
		whole := round < 2
		s := newStore(t, semiSite)
		parts := pieces(log, 12, whole, r)
		parts = append(parts, parts[:4]...) // some twice
		parts = append(parts, log)          // and in the end all of it
		r.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		var lines, added, repeated int64
		for _, part := range parts {
			sum := s.mustRead(t, semiSite, part)
			lines, added, repeated = lines+sum.Lines, added+sum.PageViews, repeated+sum.Duplicates
			for _, n := range sum.Flagged {
				added += n
			}
		}
		if diff := cmp.Diff(want, countEvents(s.events, want.Lines, want.Unreadable)); diff != "" {
			t.Errorf("round %d: %s", round, diff)
		}
		if added != int64(len(s.events)) || repeated == 0 {
			t.Errorf("round %d: %d lines added %d and repeated %d, of %d", round, lines, added, repeated, len(s.events))
		}
	}
}

// Where a log is cut within a second and nobody imports it whole, equal lines
// on both sides of the cut count as one, and nothing more is missing.
func TestACutWithinASecondCostsEqualLinesOfThatSecond(t *testing.T) {
	first := line(1, "/a", "A") + line(2, "/a", "A") + line(2, "/a", "A")
	second := line(2, "/a", "A") + line(2, "/b", "A") + line(3, "/a", "A")
	s := newStore(t)
	s.mustRead(t, "shop.example", second)
	s.mustRead(t, "shop.example", first)
	if got := len(s.events); got != 5 {
		t.Errorf("there are %d events", got)
	}
	sum := s.mustRead(t, "shop.example", first+second)
	if sum.PageViews != 1 || len(s.events) != 6 {
		t.Errorf("the whole log then adds %+v", sum)
	}
}

// Which id a line gets is part of what is kept.
func TestIDsOfLinesNeverChange(t *testing.T) {
	var got []string
	log := line(1, "/a?b=c", "A") + line(1, "/a?b=c", "A") + strings.Replace(line(1, "/a?b=c", "A"), "203.0.113.7", "2001:db8::1", 1) + line(1, "/a?b=c", "B")
	s := newStore(t)
	s.mustRead(t, "shop.example", log, func(o *accesslog.Options) {
		o.Judged = func(j accesslog.Judged) { got = append(got, j.Hit.ID) }
	})
	want := []string{
		"55e927c0c5ea509993e3de0560852e04", "55e927c0c5ea509993e3de0560852e04-1", "55e927c0c5ea509993e3de0560852e04-2",
		"41be3fcc78c998884a37ed2f4c836727",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func BenchmarkImport(b *testing.B) {
	log := semicomplete(b)
	caddy := caddyLog(log)
	for _, bench := range []struct{ name, log string }{{"combined", log}, {"gzip", zipped(b, log)}, {"caddy", caddy}} {
		b.Run(bench.name, func(b *testing.B) {
			s := &discard{store: newStore(b, semiSite)}
			door := accesslog.NewIntake(s, classifier(), func() time.Time { return noon })
			b.ReportAllocs()
			b.SetBytes(int64(len(log)))
			var lines int64
			began := cpu(b)
			for b.Loop() {
				im := accesslog.New(accesslog.Options{Door: door, Site: semiSite})
				if err := im.File(b.Context(), "log", strings.NewReader(bench.log)); err != nil {
					b.Fatal(err)
				}
				if err := im.Close(b.Context()); err != nil {
					b.Fatal(err)
				}
				lines += im.Summary().Lines
			}
			b.ReportMetric(float64(lines)/b.Elapsed().Seconds(), "lines/s")
			b.ReportMetric(float64(lines)/(cpu(b)-began).Seconds(), "lines/cpu-s")
		})
	}
}

// cpu returns the time for which this process has had a processor, which says
// more than the clock where others work beside it.
func cpu(b *testing.B) time.Duration {
	var use unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &use); err != nil {
		b.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// caddyLog is the log as Caddy would have written it.
func caddyLog(log string) string {
	var b strings.Builder
	for _, text := range strings.Split(strings.TrimSuffix(log, "\n"), "\n") {
		m := plainLine.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		when, _ := time.Parse("02/Jan/2006:15:04:05 -0700", m[2])
		fmt.Fprintf(&b, `{"level":"info","ts":%d.5241024,"logger":"http.log.access.log0","msg":"handled request","request":{"remote_ip":%q,"remote_port":"41342","client_ip":%[2]q,"proto":"HTTP/2.0","method":%q,"host":"semicomplete.com","uri":%q,"headers":{"User-Agent":[%q],"Referer":[%q],"Accept-Encoding":["gzip, br"]},"tls":{"resumed":false,"version":772,"cipher_suite":4865,"proto":"h2","server_name":"semicomplete.com"}},"bytes_read":0,"user_id":"","duration":0.000929675,"size":10900,"status":%s,"resp_headers":{"Server":["Caddy"],"Content-Type":["text/html; charset=utf-8"]}}`+"\n",
			when.Unix(), m[1], m[3], m[4], m[7], m[6], m[5])
	}
	return b.String()
}
