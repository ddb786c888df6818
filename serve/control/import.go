package control

import (
	"context"
	"net/netip"

	"holdfast"
)

// maxImport bounds the body of an Import. Whoever reads a log sends batches of
// 8 MB of text, and JSON may make six bytes of one.
const maxImport = 64 << 20

// Import is page views from elsewhere.
type Import struct {
	Hits []Hit           `json:"hits"`
	From holdfast.Import `json:"from"`
	Try  bool            `json:"try"`            // change nothing, and say what would become of them
	Show int             `json:"show,omitempty"` // if they are tried: of how many also what each would be
}

// Hit is a page view that an access log tells of.
type Hit struct {
	Site     string          `json:"s"`
	URL      string          `json:"u"`
	Referrer string          `json:"r,omitempty"`
	Agent    string          `json:"a,omitempty"`
	Address  netip.Addr      `json:"c,omitzero"` // of the client; used for the visitor, and dropped
	Time     holdfast.Millis `json:"t"`
	ID       string          `json:"i"`
}

// Imported is what became of an Import, or would. Its numbers add up to its hits.
type Imported struct {
	Counted   int64                   `json:"counted"`
	Flagged   map[holdfast.Flag]int64 `json:"flagged,omitempty"`
	Duplicate int64                   `json:"duplicate"` // kept before
	Refused   []RefusedHit            `json:"refused,omitempty"`
	Seen      []Seen                  `json:"seen,omitempty"` // the first Show of those that were not refused
}

// RefusedHit is of a hit that became no event.
type RefusedHit struct {
	Hit    int             `json:"hit"` // which, from 0
	Reason holdfast.Reason `json:"reason"`
	Error  string          `json:"error"`
}

// Import implements Backend.
func (c *Client) Import(ctx context.Context, i Import) (done Imported, err error) {
	err = c.do(ctx, "POST", "/import", i, &done)
	return done, err
}
