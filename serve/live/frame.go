package live

import (
	"encoding/json"
	"fmt"
	"sync"

	"holdfast"
)

// frame is a message to all who watch a site. It is written at most once for
// the public and once for those with a key, however many they are.
type frame struct {
	second holdfast.Second
	public bool // the public may watch the site

	forAll, forKeys written
}

// written is a message in both its forms.
type written struct {
	once  sync.Once
	json  []byte // with a line end
	event []byte
}

// write returns the message as a client may see it.
func (f *frame) write(keyed bool) *written {
	m := &f.forAll
	if keyed {
		m = &f.forKeys
	}
	m.once.Do(func() {
		s := f.second
		if !keyed {
			s = s.Public()
		}
		text, err := json.Marshal(s)
		if err != nil { // numbers and text alone: it cannot be
			text = []byte("{}")
		}
		m.json = append(text, '\n')
		m.event = fmt.Appendf(nil, "id: %d\ndata: %s\n\n", s.At, text)
	})
	return m
}
