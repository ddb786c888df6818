package pages_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"holdfast"
	"holdfast/serve/pages"
	"holdfast/serve/panel"
)

// unwell is Panels of a store that is damaged.
type unwell struct{ one }

var errUnwell = fmt.Errorf("ask for the page: read files/00000012.seg at 4711: %w", holdfast.ErrDamaged)

func (unwell) Page(context.Context, string, panel.Range) (*panel.Page, error) { return nil, errUnwell }
func (unwell) Deals(context.Context, string, int) (*panel.Deals, error)       { return nil, errUnwell }
func (unwell) Deal(context.Context, string, string) (*panel.Deal, error)      { return nil, errUnwell }

func TestThePublicIsNotToldWhatIsBroken(t *testing.T) {
	mux := http.NewServeMux()
	pages.New(pages.Options{Panels: unwell{one{typical()}}}).Routes(mux.Handle)
	for _, path := range []string{"", "/views.svg", "/referrals.json", "/deals", "/deals/mug", "/deals/mug/views.json"} {
		w := get(mux, "/s/shop.example"+path)
		if w.Code != 500 || strings.Contains(w.Body.String(), "files") || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %s %v", path, w.Code, w.Body, w.Header())
		}
	}
}
