package events

import (
	"strings"
	"testing"

	"holdfast/collect"
)

// FuzzDecoder feeds the decoder anything: it neither panics nor goes on for
// ever, reports each event once, and is not left in a state that spoils the
// next body.
func FuzzDecoder(f *testing.F) {
	const event = `{"site":"a.example","name":"x","url":"/","props":{"a":1,"b":"\u00e4"},"time":1785499200000}`
	for _, seed := range []string{
		event, event + "\n" + event, "[" + event + "," + event + "]", "[]", "", "[1,{},[{}]]", "{}\n\n{", `{"props":{"a":{}}}` + "\n" + event,
		`[{"site":1,"x":{"y":[1,2]}},` + event + `]`, "{\"title\":\"\xff\"}", "\r\n{}\r\n", `{"time":"2026-07-31T00:00:00Z","age":-1e9}`, "[" + strings.Repeat("[", 200),
		`["a,b", "\\", {"x":[1,2],"y":"],"} , [3,[4]],` + event + ` ]`,
	} {
		f.Add([]byte(seed))
	}
	var d decoder
	f.Fuzz(func(t *testing.T, body []byte) {
		var in collect.Input
		if err := d.start(body); err == nil {
			last, left := 0, int64(-1)
			for {
				in.Reset()
				line, ok, err := d.next(&in)
				if left >= 0 && ok != (left > 0) {
					t.Fatalf("%d were left before this, line %d: %v", left, line, ok)
				}
				if !ok {
					break
				}
				left = d.left()
				if line <= last {
					t.Fatalf("line %d after line %d", line, last)
				}
				if last = line; in.Size <= 0 || in.Size > len(body)+1 {
					t.Fatalf("line %d is %d bytes of %d", line, in.Size, len(body))
				}
				if err == nil && len(in.Site)+len(in.Name)+len(in.URL) > len(body) {
					t.Fatal("more came out than went in")
				}
			}
		}
		if err := d.start([]byte(event)); err != nil {
			t.Fatal(err)
		}
		in.Reset()
		if _, ok, err := d.next(&in); !ok || err != nil || in.Name != "x" || len(in.Props) != 2 {
			t.Fatalf("the next body is read as %+v, %v", in, err)
		}
	})
}
