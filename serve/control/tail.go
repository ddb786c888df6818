package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"holdfast"
	"holdfast/serve/fault"
)

// Tail says what to watch.
type Tail struct {
	Site    string // "": all
	Refused bool   // what was refused, instead of what was kept
}

// Seen is an event, or a number of refusals, or a gap. It says nothing of who
// the visitor is.
type Seen struct {
	Time holdfast.Millis `json:"time,omitzero"` // of refusals their minute
	Site string          `json:"site,omitempty"`

	Name    string        `json:"name,omitempty"`
	Path    string        `json:"path,omitempty"`
	Source  string        `json:"source,omitempty"`
	Channel string        `json:"channel,omitempty"`
	Flag    holdfast.Flag `json:"flag,omitempty"`
	Known   bool          `json:"known,omitempty"` // it was kept before, and is only shown

	Refused holdfast.Reason `json:"refused,omitempty"`
	Events  int64           `json:"events,omitempty"` // refused for that reason

	Missed string `json:"missed,omitempty"` // why some were not seen
}

// SeenOf returns what is shown of e.
func SeenOf(e *holdfast.Event, site string) Seen {
	return Seen{Time: e.Time, Site: site, Name: e.Name, Path: e.Path, Source: e.Source, Channel: e.Channel, Flag: e.Flag}
}

// tail answers with a line of JSON for each thing seen. What can go wrong
// before the first is answered like any fault.
func tail(b Backend) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		begun, out, flush := false, json.NewEncoder(w), http.NewResponseController(w)
		t := Tail{Site: r.FormValue("site"), Refused: r.FormValue("refused") == "true"}
		err := b.Tail(r.Context(), t, func(s Seen) error {
			begun = true
			if err := out.Encode(s); err != nil {
				return err
			}
			return flush.Flush()
		})
		switch {
		case err == nil || r.Context().Err() != nil:
		case !begun:
			fault.Write(w, fault.Of(err))
		default:
			_ = out.Encode(Seen{Missed: err.Error()}) // the client is gone, and knows
		}
	}
}

// Tail implements Backend.
func (c *Client) Tail(ctx context.Context, t Tail, fn func(Seen) error) error {
	query := url.Values{"site": {t.Site}, "refused": {strconv.FormatBool(t.Refused)}}
	req, err := http.NewRequestWithContext(ctx, "GET", "http://holdfast/tail?"+query.Encode(), http.NoBody)
	if err != nil {
		return err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return unanswered(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return failure(res)
	}
	for dec := json.NewDecoder(res.Body); ; {
		var s Seen
		if err := dec.Decode(&s); err != nil {
			if ctx.Err() != nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				return ctx.Err() // or the server has stopped
			}
			return fmt.Errorf("read the server's answer: %w", err)
		}
		if err := fn(s); err != nil {
			return err
		}
	}
}
