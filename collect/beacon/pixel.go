package beacon

import (
	"net/http"
	"net/url"
	"strconv"

	"holdfast"
	"holdfast/collect/door"
)

// gif is one transparent pixel.
var gif = []byte("GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff" +
	"\x21\xf9\x04\x01\x00\x00\x00\x00\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00\x3b")

var (
	gifType   = []string{"image/gif"}
	gifLength = []string{strconv.Itoa(len(gif))}
)

// pixel answers GET /pixel.gif: with the picture whatever becomes of the
// event, since a page that shows a broken one would be the worse for it. The
// status tells.
func (d *Door) pixel(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	allowOrigins(w, r)
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h["Content-Type"], h["Content-Length"], h["Cache-Control"] = gifType, gifLength, door.NoStore
	w.WriteHeader(d.status(h, r))
	_, _ = w.Write(gif) // the client is gone, and knows
}

// status takes the event of a pixel, and returns the status of the answer.
func (d *Door) status(h http.Header, r *http.Request) int {
	if r.Method == http.MethodHead {
		return http.StatusOK // who looks whether there is a picture has seen no page
	}
	work := d.borrow()
	defer d.giveBack(work)
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		work.message.refuse(holdfast.RefusedMalformed, "request", "the query is none: "+err.Error())
	} else {
		work.decoder.query(&work.message, values)
	}
	key := d.keyOf(r)
	if wait, ok := d.admit(r, &work.message, key); !ok {
		d.refuse(&work.message)
		fault := door.TooMany(wait)
		fault.SetHeader(h)
		return fault.Status
	}
	d.complete(&work.message, r, len(r.URL.RawQuery))
	res := d.take(r, &work.message, key)
	code, _ := d.judge(h, &res)
	return code
}
