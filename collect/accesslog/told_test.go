package accesslog_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast/collect/accesslog"

	"github.com/google/go-cmp/cmp"
)

// at is a line of a host at a time of 30 July 2026, in vhost combined format.
func at(clock, host, request string) string {
	return host + ":443 203.0.113.7 - - [30/Jul/2026:" + clock + ` +0000] "` + request + ` HTTP/1.1" 200 512 "-" "A"` + "\n"
}

// told writes of which time a store was told, by site: 10:00:00-11:30:01, to
// the last second that is in it.
func (s *store) tellings() (list []string) {
	for _, im := range s.told {
		for _, told := range im.Told {
			var b strings.Builder
			b.WriteString(told.Site)
			for _, st := range told.Written {
				fmt.Fprintf(&b, " %s-%s", st.From.Time().Format(time.TimeOnly), (st.To - 1).Time().Format(time.TimeOnly))
			}
			list = append(list, b.String())
		}
	}
	return list
}

func hosts(names ...string) func(*accesslog.Options) {
	return func(o *accesslog.Options) {
		o.Sites = func(host string) (string, bool) { return host, slices.Contains(names, host) }
	}
}

func TestALogTellsWhenItWasWritten(t *testing.T) {
	for _, test := range []struct {
		name, log string
		want      []string
	}{
		{"from the first line of a site to its last, whatever is in them", at("09:00:00", "other.example", "GET /") +
			at("10:00:00", "shop.example", "GET /style.css") + at("10:30:00", "shop.example", "GET /") + at("11:00:00", "shop.example", "POST /") +
			at("11:20:00", "other.example", "GET /"), []string{"shop.example 10:00:00-11:00:00"}},
		{"lines of others show that it was written", at("10:00:00", "shop.example", "GET /") + at("10:50:00", "other.example", "GET /") + at("11:40:00", "news.example", "GET /") +
			at("12:30:00", "shop.example", "GET /"), []string{"shop.example 10:00:00-12:30:00", "news.example 11:40:00-11:40:00"}},
		{"silences of an hour are told", at("10:00:00", "shop.example", "GET /") + at("10:59:59", "shop.example", "GET /") + at("12:00:00", "shop.example", "GET /"),
			[]string{"shop.example 10:00:00-10:59:59 12:00:00-12:00:00"}},
		{"the order of lines makes no difference", at("12:00:00", "shop.example", "GET /") + at("10:59:59", "shop.example", "GET /") + at("10:00:00", "shop.example", "GET /") +
			at("14:00:00", "shop.example", "GET /") + at("13:10:00", "shop.example", "GET /") + at("14:30:00", "shop.example", "GET /"),
			[]string{"shop.example 10:00:00-10:59:59 12:00:00-12:00:00 13:10:00-14:30:00"}},
		{"lines that cannot be dated, or not yet, tell nothing", at("10:00:00", "shop.example", "GET /") + "what is this\n" +
			strings.ReplaceAll(at("10:00:00", "shop.example", "GET /"), "2026", "2126") + strings.ReplaceAll(at("10:00:00", "shop.example", "GET /"), "2026", "1971"),
			[]string{"shop.example 10:00:00-10:00:00"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newStore(t)
			s.mustRead(t, "", test.log, hosts("shop.example", "news.example"), func(o *accesslog.Options) {
				o.By, o.Now = "alice", func() time.Time { return noon }
			})
			if diff := cmp.Diff(test.want, s.tellings()); diff != "" {
				t.Error(diff)
			}
			for _, im := range s.told {
				if im.Source != "access log" || im.By != "alice" {
					t.Errorf("it is told of %q by %q", im.Source, im.By)
				}
			}
		})
	}
}

// What an import that fails has told is what is durable, and what it tells
// in parts is what it tells at once.
func TestNothingIsToldThatIsNotKept(t *testing.T) {
	var log strings.Builder
	for minute := 0; minute < 9*60; minute += 10 {
		log.WriteString(at(fmt.Sprintf("%02d:%02d:00", 10+minute/60, minute%60), "shop.example", fmt.Sprintf("GET /%d", minute)))
		if minute == 3*60 {
			minute += 100
		}
	}
	batches := func(o *accesslog.Options) { o.Batch = 4 }
	s := newStore(t)
	s.mustRead(t, "", log.String(), hosts("shop.example"), batches)
	want := []string{
		"shop.example 10:00:00-10:30:00", "shop.example 10:30:00-11:10:00", "shop.example 11:10:00-11:50:00", "shop.example 11:50:00-12:30:00",
		"shop.example 12:30:00-13:00:00 14:50:00-14:50:00", "shop.example 14:50:00-15:30:00", "shop.example 15:30:00-16:10:00", "shop.example 16:10:00-16:50:00",
		"shop.example 16:50:00-17:30:00", "shop.example 17:30:00-18:10:00", "shop.example 18:10:00-18:50:00",
	}
	if diff := cmp.Diff(want, s.tellings()); diff != "" {
		t.Error(diff)
	}
	for kept := range 4 {
		s := newStore(t)
		s.fail = make([]error, kept+1)
		s.fail[kept] = errors.New("the disk is gone")
		for i := range kept {
			s.fail[i] = nil
		}
		_, err := s.read(t, "", log.String(), hosts("shop.example"), batches)
		if err == nil {
			t.Fatal("it did not fail")
		}
		if diff := cmp.Diff(want[:kept], s.tellings(), cmp.Transformer("none", func(l []string) []string { return append([]string{}, l...) })); diff != "" {
			t.Errorf("after %d batches: %s", kept, diff)
		}
		if kept != len(s.told) {
			t.Errorf("%d were told", len(s.told))
		}
	}
}

// A log of assets only has nothing to keep, and tells when it was written all
// the same.
func TestALogWithoutPageViewsTells(t *testing.T) {
	s := newStore(t)
	s.mustRead(t, "shop.example", line(0, "/a.css", "A")+line(59, "/b.css", "A"))
	if diff := cmp.Diff([]string{"shop.example 18:30:00-18:30:59"}, s.tellings()); diff != "" || len(s.events) > 0 {
		t.Error(diff)
	}
}
