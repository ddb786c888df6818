package holdfast_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"holdfast"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestWindowsOfDeals(t *testing.T) {
	const now = 100
	for _, test := range []struct {
		name  string
		deals string // id starts ends, with commas
		want  string
	}{
		{"a deal ends when it says", "a 10 20", "a 10-20"},
		{"one without an end lasts until the next starts", "a 10 0, b 30 40", "a 10-30 b 30-40"},
		{"the last one without an end goes on until now", "a 10 0, b 30 0", "a 10-30 b 30-100+"},
		{"in whatever order they were added", "b 30 0, c 50 60, a 10 0", "a 10-30 b 30-50 c 50-60"},
		{"deals that start together do not end each other", "b 10 0, a 10 0, c 40 0", "a 10-40 b 10-40 c 40-100+"},
		{"and go on together if nothing starts later", "a 10 0, b 10 0", "a 10-100+ b 10-100+"},
		{"an end holds, whatever starts before it", "a 10 50, b 20 30", "a 10-50 b 20-30"},
		{"what overlaps does not keep the next from ending an open one", "a 10 0, b 20 90, c 30 0", "a 10-20 b 20-90 c 30-100+"},
		{"an end before the next start leaves a gap", "a 10 15, b 30 0", "a 10-15 b 30-100+"},
		{"a deal ahead that is open has no time yet", "a 200 0", "a 200-200+"},
		{"a deal ahead ends the open one when it starts", "a 10 0, b 200 0", "a 10-200 b 200-200+"},
		{"no deals", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			var deals []holdfast.Deal
			for _, text := range strings.Split(test.deals, ", ") {
				var d holdfast.Deal
				if n, _ := fmt.Sscan(text, &d.ID, &d.Starts, &d.Ends); n == 3 {
					deals = append(deals, d)
				}
			}
			var got []string
			for _, d := range holdfast.Schedule(deals) {
				w := d.Window(now)
				open := ""
				if w.Open {
					open = "+"
				}
				got = append(got, fmt.Sprintf("%s %d-%d%s", d.ID, w.From, w.To, open))
			}
			if diff := cmp.Diff(test.want, strings.Join(got, " ")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Whatever deals a site has, and in whatever order they were added: each
// window is what the rule says of its deal and of the starts of all others,
// and its neighbours are those beside it.
func TestWindowsFollowFromTheSetOfDeals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 30).Draw(t, "deals")
		deals := make([]holdfast.Deal, n)
		for i := range deals {
			d := &deals[i]
			d.ID = fmt.Sprintf("d%02d", i)
			d.Starts = holdfast.Millis(rapid.IntRange(1, 15).Draw(t, "starts"))
			if rapid.Bool().Draw(t, "has an end") {
				d.Ends = d.Starts + holdfast.Millis(rapid.IntRange(1, 10).Draw(t, "lasts"))
			}
		}
		now := holdfast.Millis(rapid.IntRange(0, 40).Draw(t, "now"))
		got := holdfast.Schedule(deals)
		if diff := cmp.Diff(got, holdfast.Schedule(rapid.Permutation(deals).Draw(t, "added"))); diff != "" {
			t.Fatalf("another order gives other windows: %s", diff)
		}
		for i, d := range got {
			want := holdfast.Window{From: d.Starts, To: d.Ends}
			if d.Ends == 0 {
				var later []holdfast.Millis
				for _, o := range deals {
					if o.Starts > d.Starts {
						later = append(later, o.Starts)
					}
				}
				if want.Open = len(later) == 0; want.Open {
					want.To = max(now, d.Starts)
				} else {
					want.To = slices.Min(later)
				}
			}
			if w := d.Window(now); w != want || w.To < w.From {
				t.Fatalf("window of %+v is %+v, want %+v", d, w, want)
			}
			if i > 0 && (d.Previous != got[i-1].ID || got[i-1].Following != d.ID || got[i-1].Deal.Compare(&d.Deal) >= 0) {
				t.Fatalf("%+v does not follow %+v", d, got[i-1])
			}
		}
	})
}

func TestWhatADealMayBe(t *testing.T) {
	good := holdfast.Deal{ID: "mug", Title: "A mug", Starts: 1_785_500_000_000, Ends: 1_785_600_000_000,
		Paths: []string{"/mug"}, Goal: "purchase", Link: "https://shop.example/mug"}
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, field string
		change      func(*holdfast.Deal)
	}{
		{"an id with capitals", "id", func(d *holdfast.Deal) { d.ID = "Mug" }},
		{"an id of two lines", "id", func(d *holdfast.Deal) { d.ID = "mug\n" }},
		{"no title", "title", func(d *holdfast.Deal) { d.Title = "" }},
		{"a title that is no text", "title", func(d *holdfast.Deal) { d.Title = "\xff" }},
		{"no start", "starts", func(d *holdfast.Deal) { d.Starts = 0 }},
		{"a start that nobody writes", "starts", func(d *holdfast.Deal) { d.Starts = 1 << 60 }},
		{"an end at the start", "ends", func(d *holdfast.Deal) { d.Ends = d.Starts }},
		{"an end that nobody can ask about", "ends", func(d *holdfast.Deal) { d.Ends = d.Starts + 101*366*86400_000 }},
		{"a relative path", "paths", func(d *holdfast.Deal) { d.Paths = []string{"/ok", "mug"} }},
		{"many paths", "paths", func(d *holdfast.Deal) { d.Paths = slices.Repeat([]string{"/"}, 101) }},
		{"a long goal", "goal", func(d *holdfast.Deal) { d.Goal = strings.Repeat("g", 121) }},
		{"a link that runs something", "link", func(d *holdfast.Deal) { d.Link = "javascript:alert(1)" }},
		{"a link to nowhere", "link", func(d *holdfast.Deal) { d.Link = "https:" }},
	} {
		d := good
		test.change(&d)
		var field *holdfast.FieldError
		if err := d.Check(); !errors.As(err, &field) || field.Field != test.field {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}
