package traffic_test

import (
	"encoding/json"
	"math"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"holdfast"
	"holdfast/internal/traffic"
)

var monday = holdfast.DayOf(2026, time.August, 3)

func site(tb testing.TB, id holdfast.SiteID, name, zone string, perDay float64) traffic.Site {
	tb.Helper()
	s, err := holdfast.NewSite(id, name, zone, 0)
	if err != nil {
		tb.Fatal(err)
	}
	return traffic.Site{Site: s, PerDay: perDay}
}

func generator(tb testing.TB, c traffic.Config) *traffic.Generator {
	tb.Helper()
	g, err := traffic.New(c)
	if err != nil {
		tb.Fatal(err)
	}
	return g
}

// week is one of a site with 20,000 hits a day.
func week(tb testing.TB) traffic.Config {
	tb.Helper()
	return traffic.Typical(1, monday, 7, site(tb, 1, "shop.example.com", "America/Chicago", 20_000))
}

// all returns all hits.
func all(g *traffic.Generator) (hits []traffic.Hit) {
	for h := range g.Hits() {
		kept := *h
		kept.Props = slices.Clone(h.Props)
		hits = append(hits, kept)
	}
	return hits
}

func TestSameConfigSameTraffic(t *testing.T) {
	c := week(t)
	c.Days, c.Members, c.Visitors = 1, 0.1, 0.2
	c.Sites = append(c.Sites, site(t, 2, "b.example.com", "Asia/Kathmandu", 3000), site(t, 3, "c.example.com", "America/Chicago", 500))
	g, again := generator(t, c), generator(t, c)
	var h, same traffic.Hit
	n := 0
	for g.Next(&h) {
		if !again.Next(&same) {
			t.Fatal("ends earlier the second time")
		}
		a, b := string(traffic.JSON(&h)), string(traffic.JSON(&same))
		if a != b || h.Arrival != same.Arrival {
			t.Fatalf("hit %d:\n%s\n%s", n, a, b)
		}
		if diff := cmp.Diff(g.Event(&h), again.Event(&same)); diff != "" {
			t.Fatal(diff)
		}
		n++
	}
	if again.Next(&same) {
		t.Error("goes on the second time")
	}
	c.Seed++
	other := generator(t, c)
	other.Next(&h)
	generator(t, week(t)).Next(&same)
	if string(traffic.JSON(&h)) == string(traffic.JSON(&same)) {
		t.Error("another seed gives the same")
	}
}

func TestOrder(t *testing.T) {
	c := week(t)
	c.Days = 3
	c.Sites = append(c.Sites, site(t, 2, "b.example.com", "Asia/Kathmandu", 3000))
	var last holdfast.Millis
	seen, repeats := map[uint64]bool{}, 0
	hits := all(generator(t, c))
	for i := range hits {
		h := &hits[i]
		from, _ := c.Sites[h.Site].Bounds(c.From)
		_, to := c.Sites[h.Site].Bounds(c.From + 2)
		switch {
		case h.Time < last:
			t.Fatalf("hit %d happens before the one before it", i)
		case h.Time < from || h.Time >= to:
			t.Fatalf("hit %d happens outside the days asked for", i)
		case h.Arrival < h.Time || h.Arrival > h.Time+48*3600_000:
			t.Fatalf("hit %d arrives %v later", i, h.Arrival.Sub(h.Time))
		case h.Repeat != (h.ID != 0 && seen[h.ID]):
			t.Fatalf("hit %d: repeat is %v", i, h.Repeat)
		}
		last = h.Time
		if h.Repeat {
			repeats++
		} else if h.ID != 0 {
			seen[h.ID] = true
		}
	}
	if repeats == 0 {
		t.Error("nothing was sent twice")
	}

	arrivals := traffic.NewArrivals(generator(t, c))
	var arrived []string
	var h traffic.Hit
	last = 0
	for arrivals.Next(&h) {
		if h.Arrival < last {
			t.Fatal("arrives before the one before it")
		}
		last = h.Arrival
		arrived = append(arrived, string(traffic.JSON(&h)))
	}
	happened := make([]string, len(hits))
	for i := range hits {
		happened[i] = string(traffic.JSON(&hits[i]))
	}
	slices.Sort(arrived)
	slices.Sort(happened)
	if !slices.Equal(arrived, happened) {
		t.Errorf("%d arrive of %d that happen, or others", len(arrived), len(happened))
	}
}

func TestShares(t *testing.T) {
	c := week(t)
	c.Members, c.Visitors, c.IDs = 0.05, 0.10, 0.8
	c.Days = 14
	g := generator(t, c)
	var hits, bots, people, ids, repeats, views, engaged, missing, purchases, late, members, visitors float64
	visits := map[holdfast.VisitorID]bool{} // roughly: visitors of a day
	countries, paths, referrers, agents, clients := map[string]int{}, map[string]int{}, map[string]bool{}, map[string]bool{}, map[string]float64{}
	channels := map[string]float64{}
	var h traffic.Hit
	for g.Next(&h) {
		if h.Repeat {
			repeats++
			continue
		}
		hits++
		e := g.Event(&h)
		if e.Flag != holdfast.Counted {
			bots++
			continue
		}
		people++
		if h.ID != 0 {
			ids++
		}
		if h.Arrival-h.Time > 60_000 {
			late++
		}
		if h.Member != "" {
			members++
		}
		if h.Visitor != "" {
			visitors++
		}
		countries[h.Country]++
		visits[e.Visitor] = true
		agents[e.UserAgent] = true
		switch h.Name {
		case holdfast.Pageview:
			views++
			paths[h.Path]++
			referrers[h.Referrer] = true
			clients[e.Browser+" on "+e.OS]++
			if e.Channel != "" {
				channels[e.Channel]++
			}
		case holdfast.Engagement:
			engaged++
		case "404":
			missing++
		case "purchase":
			purchases++
			if h.Value <= 0 || h.Currency == "" {
				t.Errorf("purchase of %d %s", h.Value, h.Currency)
			}
		}
	}
	arrivals := 0.0
	for _, n := range channels {
		arrivals += n
	}
	for _, test := range []struct {
		name      string
		got, want float64
		tolerance float64
	}{
		{"hits a day", hits / 14, 20_000, 0.06},
		{"crawlers among hits", bots / hits, 0.10, 0.08},
		{"ids among hits of people", ids / people, 0.8, 0.02},
		{"repeats among hits with ids", repeats / ids, 0.005, 0.15},
		{"engagement among views", engaged / views, 0.5, 0.06},
		{"missing pages among views", missing / views, 0.01, 0.15},
		{"purchases among visits", purchases / arrivals, 0.03, 0.15},
		{"late hits", late / people, 0.01, 0.5},
		{"hits of members", members / people, 0.05, 0.3},
		{"hits of declared visitors", visitors / people, 0.10, 0.3},
		{"views a visit", views / arrivals, 2.78, 0.05},
		{"iPhones with Safari", clients["Safari on iOS"] / views, 0.18, 0.3},
		{"Chrome on Windows", clients["Chrome on Windows"] / views, 0.20, 0.3},
		{"direct visits", channels["Direct"] / arrivals, 0.33, 0.2},
		{"searching visits", channels["Organic Search"] / arrivals, 0.26, 0.3},
	} {
		t.Logf("%s: %.4g", test.name, test.got)
		if math.Abs(test.got/test.want-1) > test.tolerance {
			t.Errorf("%s: %.4g, not about %.4g", test.name, test.got, test.want)
		}
	}
	t.Logf("%d countries, %d paths, %d referrers, %d user agents, %d visitors of a day; %v", len(countries), len(paths), len(referrers), len(agents), len(visits), channels)
	if len(countries) < 200 || len(paths) < 4000 || len(referrers) < 800 || len(agents) < 300 {
		t.Error("too few different ones")
	}
}

func TestCurves(t *testing.T) {
	c := traffic.Typical(3, monday, 28, site(t, 1, "shop.example.com", "America/Chicago", 20_000))
	hours, weekdays, minutes := [24]float64{}, [7]float64{}, [60]float64{}
	zone := c.Sites[0].Location(0)
	g := generator(t, c)
	var h traffic.Hit
	deals := map[holdfast.Day]map[string]int{}
	for g.Next(&h) {
		e := g.Event(&h)
		if e.Flag != holdfast.Counted {
			continue
		}
		local := h.Time.Time().In(zone)
		hours[local.Hour()]++
		weekdays[local.Weekday()]++
		if local.Hour() == 0 {
			minutes[local.Minute()]++
		}
		if strings.HasPrefix(h.Path, "/deals/") {
			if deals[e.Day] == nil {
				deals[e.Day] = map[string]int{}
			}
			deals[e.Day][h.Path]++
		}
	}
	if night, evening := hours[3], hours[20]; night*4 > evening {
		t.Errorf("%v hits at three, %v at eight in the evening", night, evening)
	}
	if minutes[2] < 3*minutes[55] || hours[0] < 2*hours[2] {
		t.Errorf("no rush at midnight: %v", minutes)
	}
	if weekdays[time.Saturday] > 0.9*weekdays[time.Tuesday] {
		t.Errorf("no weekend: %v", weekdays)
	}
	titles := map[string]bool{}
	for day, byPath := range deals {
		top, total := "", 0
		for path, n := range byPath {
			total += n
			if n > byPath[top] {
				top = path
			}
		}
		titles[top] = true
		if byPath[top]*2 < total {
			t.Errorf("%v: %s has %d of %d hits on deals", day, top, byPath[top], total)
		}
	}
	for _, d := range g.Deals(0) {
		if err := d.Check(); err != nil {
			t.Errorf("%s: %v", d.ID, err)
		}
		if !titles["/deals/"+d.ID] {
			t.Errorf("%s was not the deal of its day", d.ID)
		}
	}
}

func TestPeopleReturn(t *testing.T) {
	c := week(t)
	c.Days = 10
	g := generator(t, c)
	days := map[string]map[holdfast.Day]int{} // visits by address and user agent
	var h traffic.Hit
	for g.Next(&h) {
		e := g.Event(&h)
		if e.Flag != holdfast.Counted || e.Channel == "" || h.Name != holdfast.Pageview || e.Day < monday+5 || h.Repeat {
			continue
		}
		who := h.IP.String() + h.UserAgent
		if days[who] == nil {
			days[who] = map[holdfast.Day]int{}
		}
		days[who][e.Day]++
	}
	several, sameDay := 0, 0
	for _, d := range days {
		if len(d) > 1 {
			several++
		}
		for _, n := range d {
			if n > 1 {
				sameDay++
				break
			}
		}
	}
	t.Logf("of %d people in five days %d came on several, %d several times on one", len(days), several, sameDay)
	if several*20 < len(days) || sameDay*20 < len(days) {
		t.Error("too few return")
	}
}

func TestDaysOf23And25Hours(t *testing.T) {
	for _, day := range []holdfast.Day{holdfast.DayOf(2026, time.March, 8), holdfast.DayOf(2026, time.November, 1)} {
		c := traffic.Typical(1, day-1, 3, site(t, 1, "shop.example.com", "America/Chicago", 5_000))
		g := generator(t, c)
		byDay := map[holdfast.Day]int{}
		var h traffic.Hit
		for g.Next(&h) {
			e := g.Event(&h)
			byDay[e.Day]++
			if want := c.Sites[0].Day(h.Time); e.Day != want {
				t.Fatalf("%v is on %v, not %v", h.Time, e.Day, want)
			}
		}
		if len(byDay) != 3 {
			t.Errorf("%v", byDay)
		}
	}
}

func TestJSONSaysWhatTheHitSays(t *testing.T) {
	c := week(t)
	c.Days, c.Members, c.Visitors = 1, 0.1, 0.1
	g := generator(t, c)
	var h traffic.Hit
	for g.Next(&h) {
		var line struct {
			Site, Name, URL, Referrer, Title, ID, IP, Visitor, Member, Country, Language, Screen, Currency string
			UserAgent                                                                                      string `json:"user_agent"`
			Time                                                                                           holdfast.Millis
			Interactive                                                                                    *bool
			Engaged                                                                                        *int32
			Scroll                                                                                         *int8
			Props                                                                                          map[string]any
			Value                                                                                          *int64
		}
		d := json.NewDecoder(strings.NewReader(string(traffic.JSON(&h))))
		d.DisallowUnknownFields()
		if err := d.Decode(&line); err != nil {
			t.Fatalf("%v: %s", err, traffic.JSON(&h))
		}
		got := traffic.Hit{Host: line.Site, Name: line.Name, Title: line.Title, UserAgent: line.UserAgent, Time: line.Time,
			Visitor: line.Visitor, Member: line.Member, Country: line.Country, Language: line.Language, Screen: line.Screen, Currency: line.Currency}
		want := traffic.Hit{Host: h.Host, Name: h.Name, Title: h.Title, UserAgent: h.UserAgent, Time: h.Time,
			Visitor: h.Visitor, Member: h.Member, Country: h.Country, Language: h.Language, Screen: h.Screen, Currency: h.Currency}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(traffic.Hit{}), cmpopts.EquateComparable(netip.Addr{})); diff != "" {
			t.Fatal(diff)
		}
		if line.ID != h.IDText() || line.URL != h.URL() || line.Referrer != h.FullReferrer() || line.IP != h.IP.String() || len(line.Props) != len(h.Props) {
			t.Fatalf("%+v: %s", h, traffic.JSON(&h))
		}
		if _, err := url.Parse(line.URL); err != nil {
			t.Fatal(err)
		}
		custom := h.Name != holdfast.Pageview && h.Name != holdfast.Engagement
		if custom != (line.Interactive == nil) && h.Interactive || (h.Name == holdfast.Engagement) != (line.Engaged != nil) || (line.Value != nil) != (h.Currency != "") {
			t.Fatalf("%+v: %s", h, traffic.JSON(&h))
		}
		if !slices.IsSortedFunc(h.Props, func(a, b holdfast.Prop) int { return strings.Compare(a.Key, b.Key) }) {
			t.Fatalf("props are not by key: %v", h.Props)
		}
	}
}

func TestConfigsThatMakeNoSense(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*traffic.Config)
	}{
		{"no sites", func(c *traffic.Config) { c.Sites = nil }},
		{"no days", func(c *traffic.Config) { c.Days = 0 }},
		{"a site without traffic", func(c *traffic.Config) { c.Sites[0].PerDay = 0 }},
		{"no pages", func(c *traffic.Config) { c.Paths = 0 }},
		{"a share above 1", func(c *traffic.Config) { c.Late = 1.5 }},
		{"only crawlers", func(c *traffic.Config) { c.Bots = 1 }},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := week(t)
			test.change(&c)
			if _, err := traffic.New(c); err == nil {
				t.Error("no error")
			}
		})
	}
}
