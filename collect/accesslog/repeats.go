package accesslog

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strconv"

	"holdfast"
)

// digest stands for all of a line that its id is made of.
type digest [16]byte

// digestOf hashes what does not name the client. Each text has its length
// before it, so that no two lines are written alike.
func digestOf(l *Line, scratch []byte) (digest, []byte) {
	b := append(scratch[:0], "holdfast access log 1\n"...)
	b = binary.AppendVarint(b, int64(l.Time))
	b = binary.AppendUvarint(b, uint64(l.Status))
	for _, s := range [...]string{l.Method, l.Target, l.Bytes, l.Referrer, l.Agent} {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	sum := sha256.Sum256(b)
	return digest(sum[:16]), b
}

// id returns what names the k-th of the lines with one digest, from 0.
func (d digest) id(k uint32) string {
	var text [2*len(d) + 1 + 10]byte
	n := hex.Encode(text[:], d[:])
	if k == 0 {
		return string(text[:n])
	}
	text[n] = '-'
	return string(strconv.AppendUint(text[:n+1], uint64(k), 10))
}

// repeats counts the equal lines that a log has of a site. It remembers the lines of the last
// minutes, since servers write a line when its request is over, and may date
// it when that began. The time it remembers, and how many lines, are bounded:
// beyond that an equal line has the number, and so the id, of an earlier one.
type repeats struct {
	now, before map[lineOf]uint32
	latest      holdfast.Millis // of the lines so far
	began       holdfast.Millis // latest when now was empty
}

// lineOf is a line of a site. What a log has of other sites changes nothing, so
// that a log of all and a log of each come to the same ids.
type lineOf struct {
	site string
	digest
}

const (
	remembered      = 10 * 60_000 // ms of log
	rememberedLines = 1 << 18     // twice; 20 MB
)

// next returns how many lines like this one came before it.
func (r *repeats) next(l lineOf, t holdfast.Millis) uint32 {
	if r.now == nil || t < r.latest-remembered { // a log behind a later one
		r.now, r.before = make(map[lineOf]uint32), nil
		r.latest, r.began = t, t
	}
	if r.latest = max(r.latest, t); r.latest-r.began > remembered || len(r.now) >= rememberedLines {
		r.before, r.now = r.now, make(map[lineOf]uint32, len(r.now)/2)
		r.began = r.latest
	}
	k, ok := r.now[l]
	if !ok {
		k = r.before[l]
	}
	r.now[l] = k + 1
	return k
}
