package pages_test

import (
	"strings"
	"testing"

	"holdfast"
	"holdfast/serve/panel"
)

// imported is a day of which logs tell from 01:00 to 05:00 and from 09:00 on,
// of a site that was added at added.
func imported(added holdfast.Millis) *panel.Page {
	p := pageOf(
		holdfast.Interval{From: at("00:00:00"), To: at("01:00:00"), State: holdfast.Before},
		holdfast.Interval{From: at("05:00:00"), To: at("09:00:00"), State: holdfast.Before},
	)
	p.Since, p.Added = at("01:00:00"), added
	return p
}

func TestBetweenImportsIsAGap(t *testing.T) {
	page := get(serve(imported(at("12:00:00")+24*hour)), "/s/shop.example").Body.String()
	for _, want := range []string{"since 31 July 2026, imported before 1 August 2026 · 4 h missing today, figures are at least", "Hatched: no records 05:00–09:00."} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q", want)
		}
	}
	svg := get(serve(imported(at("12:00:00"))), "/s/shop.example/views.svg").Body.String()
	for _, want := range []string{"records begin", ">no records<", "since 31 July 2026, imported at first"} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %q in the picture", want)
		}
	}
	// The same of a site that has no imports is the time before its records.
	own := imported(0)
	own.Since = at("12:00:00")
	own.Added = own.Since
	if page := get(serve(own), "/s/shop.example").Body.String(); strings.Contains(page, "missing today") || strings.Contains(page, "no records") || strings.Contains(page, "imported") {
		t.Error("the time before the records is a gap in them")
	}
}
