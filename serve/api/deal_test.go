package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast"
	"holdfast/serve/api"
	"holdfast/serve/deal"
)

// deals are those of a.example, in memory.
type deals struct {
	list []holdfast.Deal
	err  error
}

func (d *deals) schedule(site holdfast.SiteID) []holdfast.ScheduledDeal {
	if site != 1 {
		return nil
	}
	return holdfast.Schedule(d.list)
}

func (d *deals) Deal(site holdfast.SiteID, id string) (holdfast.ScheduledDeal, bool) {
	for _, s := range d.schedule(site) {
		if s.ID == id {
			return s, true
		}
	}
	return holdfast.ScheduledDeal{}, false
}

func (d *deals) DealsBefore(site holdfast.SiteID, place *holdfast.Deal, limit int) (found []holdfast.ScheduledDeal) {
	all := d.schedule(site)
	for i := len(all) - 1; i >= 0 && len(found) < limit; i-- {
		if place == nil || all[i].Compare(place) < 0 {
			found = append(found, all[i])
		}
	}
	return found
}

func (d *deals) NumDeals(site holdfast.SiteID) int { return len(d.schedule(site)) }

func (d *deals) PutDeals(_ context.Context, _ string, put []holdfast.Deal) ([]holdfast.DealChange, error) {
	if d.err != nil {
		return nil, d.err
	}
	for i := range d.list {
		if d.list[i].ID == put[0].ID {
			d.list[i] = put[0]
			return []holdfast.DealChange{holdfast.DealChanged}, nil
		}
	}
	d.list = append(d.list, put[0])
	return []holdfast.DealChange{holdfast.DealAdded}, nil
}

func (d *deals) DeleteDeal(_ context.Context, _, id string) error {
	for i := range d.list {
		if d.list[i].ID == id {
			d.list = append(d.list[:i], d.list[i+1:]...)
			return nil
		}
	}
	return fmt.Errorf("deal %q: %w", id, holdfast.ErrNoDeal)
}

func startWithDeals(t *testing.T) (*setup, *deals) {
	t.Helper()
	d := &deals{}
	return start(t, func(o *api.Options) { o.Deals = d }), d
}

const dealsURL = "/api/v1/sites/a.example/deals"

func TestADealIsPutShownAndDeleted(t *testing.T) {
	s, _ := startWithDeals(t)
	body := `{"title": "A mug", "starts": "2026-07-31", "ends": 1785600000000, "paths": ["/mug"], "goal": "purchase", "link": "https://a.example/mug"}`
	put := s.do(t, "PUT", dealsURL+"/mug", "hf_o", body)
	want := `{"id":"mug","title":"A mug","starts":1785456000000,"ends":1785600000000,"paths":["/mug"],"goal":"purchase","link":"https://a.example/mug","window":{"from":1785456000000,"to":1785600000000}}` + "\n"
	if put.status != http.StatusCreated || put.body != want {
		t.Errorf("put: %d %s", put.status, put.body)
	}
	if again := s.do(t, "PUT", dealsURL+"/mug", "hf_o", body); again.status != http.StatusOK || again.body != want {
		t.Errorf("put again: %d %s", again.status, again.body)
	}
	if got := s.do(t, "GET", dealsURL+"/mug", "hf_r", ""); got.status != http.StatusOK || got.body != want {
		t.Errorf("get: %d %s", got.status, got.body)
	}
	if gone := s.do(t, "DELETE", dealsURL+"/mug", "hf_o", ""); gone.status != http.StatusNoContent || gone.body != "" {
		t.Errorf("delete: %d %s", gone.status, gone.body)
	}
	for _, method := range []string{"GET", "DELETE"} {
		if none := s.do(t, method, dealsURL+"/mug", "hf_o", ""); none.status != http.StatusNotFound || none.Error.Code != "no_deal" {
			t.Errorf("%s of none: %d %s", method, none.status, none.body)
		}
	}
}

func TestADealThatIsNoneIsRefused(t *testing.T) {
	s, d := startWithDeals(t)
	for _, test := range []struct{ name, id, body, field string }{
		{"no title", "mug", `{"starts": "2026-07-31"}`, "title"},
		{"no start", "mug", `{"title": "A mug"}`, "starts"},
		{"a start that is no time", "mug", `{"title": "A mug", "starts": "soon"}`, "starts"},
		{"a start that is a list", "mug", `{"title": "A mug", "starts": []}`, "starts"},
		{"a start that is no whole number", "mug", `{"title": "A mug", "starts": 1.5}`, "starts"},
		{"a start beyond all years", "mug", `{"title": "A mug", "starts": 9223372036854775807}`, "starts"},
		{"an end before the start", "mug", `{"title": "A mug", "starts": "2026-07-31", "ends": "2026-07-30"}`, "ends"},
		{"a relative path", "mug", `{"title": "A mug", "starts": "2026-07-31", "paths": ["mug"]}`, "paths"},
		{"an unknown field", "mug", `{"title": "A mug", "starts": "2026-07-31", "begins": 1}`, "begins"},
		{"a field twice", "mug", `{"title": "A mug", "starts": "2026-07-31", "title": "x"}`, "title"},
		{"another type", "mug", `{"title": 7, "starts": "2026-07-31"}`, "title"},
		{"another id", "mug", `{"id": "rug", "title": "A mug", "starts": "2026-07-31"}`, "id"},
		{"an id with capitals", "Mug", `{"title": "A mug", "starts": "2026-07-31"}`, "id"},
		{"a link that runs something", "mug", `{"title": "A mug", "starts": "2026-07-31", "link": "javascript:x"}`, "link"},
		{"no JSON", "mug", `title`, ""},
		{"nothing", "mug", ``, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := s.do(t, "PUT", dealsURL+"/"+test.id, "hf_o", test.body)
			if a.status != http.StatusBadRequest || a.Error.Code != "malformed" || a.Error.Field != test.field {
				t.Errorf("%d %s", a.status, a.body)
			}
		})
	}
	if long := s.do(t, "PUT", dealsURL+"/mug", "hf_o", strings.Repeat(" ", 1<<20+1)); long.status != http.StatusRequestEntityTooLarge {
		t.Errorf("a long body: %d", long.status)
	}
	if len(d.list) > 0 {
		t.Errorf("there are deals: %v", d.list)
	}
	d.err = fmt.Errorf("disk: %w", holdfast.ErrUnavailable)
	if a := s.do(t, "PUT", dealsURL+"/mug", "hf_o", `{"title": "A mug", "starts": "2026-07-31"}`); a.status != http.StatusServiceUnavailable {
		t.Errorf("a store that is not well: %d", a.status)
	}
}

func TestWhoMayDoWhatWithDeals(t *testing.T) {
	s, d := startWithDeals(t)
	d.list = []holdfast.Deal{{ID: "mug", Title: "A mug", Starts: holdfast.MillisOf(noon) - 1000}}
	body := `{"title": "A mug", "starts": "2026-07-31"}`
	for _, test := range []struct {
		method, path, key string
		status            int
	}{
		{"GET", "", "hf_r", 200}, {"GET", "", "hf_o", 200}, {"GET", "", "hf_c", 403}, {"GET", "", "hf_2", 403}, {"GET", "", "", 401},
		{"GET", "/mug", "hf_c", 403}, {"GET", "/mug/stats", "hf_c", 403}, {"GET", "/mug/stats", "", 401},
		{"PUT", "/mug", "hf_r", 403}, {"PUT", "/mug", "hf_c", 403}, {"PUT", "/mug", "", 401}, {"PUT", "/mug", "hf_o", 200},
		{"DELETE", "/mug", "hf_r", 403}, {"DELETE", "/mug", "hf_2", 403}, {"DELETE", "/mug", "hf_o", 204},
		{"POST", "/mug", "hf_o", 405},
	} {
		if a := s.do(t, test.method, dealsURL+test.path, test.key, body); a.status != test.status {
			t.Errorf("%s %s with %s: %d %s", test.method, test.path, test.key, a.status, a.body)
		}
	}
	if a := s.do(t, "GET", "/api/v1/sites/c.example/deals", "hf_o", ""); a.status != http.StatusNotFound || a.Error.Code != "no_site" {
		t.Errorf("deals of no site: %d %s", a.status, a.body)
	}
}

func TestDealsAreListedByPages(t *testing.T) {
	s, d := startWithDeals(t)
	var want []string
	for i := range 25 {
		id := fmt.Sprintf("d%02d", i)
		d.list = append(d.list, holdfast.Deal{ID: id, Title: id, Starts: holdfast.Millis(i / 4)})
		want = append([]string{id}, want...)
	}
	var got []string
	for path := dealsURL + "?limit=7"; ; {
		var page deal.Page
		if err := json.Unmarshal([]byte(s.do(t, "GET", path, "hf_r", "").body), &page); err != nil {
			t.Fatal(err)
		}
		if page.Total != 25 {
			t.Fatalf("of %d", page.Total)
		}
		for _, d := range page.Deals {
			got = append(got, d.ID)
		}
		if page.Next == "" {
			break
		}
		path = dealsURL + "?limit=7&before=" + page.Next
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for query, field := range map[string]string{"?limit=0": "limit", "?limit=1001": "limit", "?limit=x": "limit", "?before=x": "before", "?before=x:y": "before", "?order=id": "order", "?limit=1&limit=2": "limit"} {
		if a := s.do(t, "GET", dealsURL+query, "hf_r", ""); a.status != http.StatusBadRequest || a.Error.Field != field {
			t.Errorf("%s: %d %s", query, a.status, a.body)
		}
	}
}

func TestStatisticsOfADealAreAskedForTogether(t *testing.T) {
	s, d := startWithDeals(t)
	d.list = []holdfast.Deal{
		{ID: "mug", Title: "A mug", Starts: holdfast.MillisOf(noon) - 3600_000},
		{ID: "ahead", Title: "Ahead", Starts: holdfast.MillisOf(noon) + 3600_000},
	}
	a := s.do(t, "GET", dealsURL+"/mug/stats", "hf_r", "")
	if a.status != http.StatusOK || a.header.Get("Cache-Control") != "private, no-cache" || !strings.Contains(a.body, `"bucket":"minute"`) {
		t.Errorf("%d %v %s", a.status, a.header, a.body)
	}
	ahead := s.do(t, "GET", dealsURL+"/ahead/stats", "hf_r", "")
	if ahead.status != http.StatusOK || !strings.Contains(ahead.body, `"views":null,"visitors":null`) {
		t.Errorf("a deal ahead: %d %s", ahead.status, ahead.body)
	}
	s.asker.err = errors.New("disk on fire")
	if a := s.do(t, "GET", dealsURL+"/mug/stats", "hf_r", ""); a.status != http.StatusInternalServerError {
		t.Errorf("a fault: %d %s", a.status, a.body)
	}
}
