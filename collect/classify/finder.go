package classify

import "slices"

// finder finds the words of several lists in one pass over a text, in a time
// that is a few nanoseconds a byte whatever the text is. It is the automaton
// of Aho and Corasick, with the steps of every state written out.
type finder struct {
	class   [256]uint8 // bytes that no word tells apart are one class; 0: in no word
	classes int
	next    []uint16 // the state after one, by state*classes+class
	ends    []uint16 // by state, which of sights its words are; 0: none end here
	sights  []sight
}

// list is a list of words that a finder looks for together.
type list int

// sight is what a finder saw: of each list the first word, in the list's
// order, that is in the text.
type sight struct {
	first [maxLists]uint16 // its number from 1; 0: none
	marks marks
}

// maxLists is the most lists a finder can hold.
const maxLists = 5

// marks are words of which several are asked about.
type marks uint32

func (s *sight) has(m marks) bool    { return s.marks&m == m }
func (s *sight) hasAny(m marks) bool { return s.marks&m != 0 }

// add takes what was seen elsewhere in the text.
func (s *sight) add(t *sight) {
	s.marks |= t.marks
	for i, n := range t.first {
		if n != 0 && (s.first[i] == 0 || n < s.first[i]) {
			s.first[i] = n
		}
	}
}

// word is a word to find. Words with marks are in no list.
type word struct {
	text  string
	list  list
	rank  uint16 // in its list, from 1
	marks marks
	hides bool // what ends where this word ends is not seen
}

// newFinder returns a finder of words. With fold, which is for words in lower
// case, it does not mind the case of ASCII letters.
func newFinder(words []word, fold bool) *finder {
	f := &finder{classes: 1}
	for _, w := range words {
		for i := range len(w.text) {
			if c := w.text[i]; f.class[c] == 0 {
				f.class[c] = uint8(f.classes)
				f.classes++
			}
		}
	}
	if fold {
		for c := 'a'; c <= 'z'; c++ {
			f.class[c-'a'+'A'] = f.class[c]
		}
	}
	f.build(words)
	return f
}

func (f *finder) build(words []word) {
	f.next, f.ends, f.sights = make([]uint16, f.classes), make([]uint16, 1), make([]sight, 1)
	hides := []bool{false}
	for _, w := range words {
		state := uint16(0)
		for i := range len(w.text) {
			step := &f.next[int(state)*f.classes+int(f.class[w.text[i]])]
			if *step == 0 {
				*step = uint16(len(f.ends))
				f.ends, hides = append(f.ends, 0), append(hides, false)
				f.next = append(f.next, make([]uint16, f.classes)...)
				step = &f.next[int(state)*f.classes+int(f.class[w.text[i]])]
			}
			state = *step
		}
		seen := sight{marks: w.marks}
		if w.rank > 0 {
			seen.first[w.list] = w.rank
		}
		f.see(state, &seen)
		hides[state] = hides[state] || w.hides
	}
	f.link(hides)
}

// link gives every state all its steps, and the words that end in it as the
// end of a longer text. States are met in the order of their depth.
func (f *finder) link(hides []bool) {
	fails := make([]uint16, len(f.ends))
	var queue []uint16
	for _, to := range f.next[:f.classes] {
		if to != 0 {
			queue = append(queue, to)
		}
	}
	for len(queue) > 0 {
		state := queue[0]
		queue = queue[1:]
		if at := f.ends[fails[state]]; at != 0 && !hides[state] {
			shorter := f.sights[at]
			f.see(state, &shorter)
		}
		row, failed := f.row(state), f.row(fails[state])
		for c, to := range row {
			if to == 0 {
				row[c] = failed[c]
				continue
			}
			fails[to] = failed[c]
			queue = append(queue, to)
		}
	}
	f.sights = slices.Clip(f.sights)
}

func (f *finder) row(state uint16) []uint16 {
	return f.next[int(state)*f.classes:][:f.classes]
}

func (f *finder) see(state uint16, seen *sight) {
	if f.ends[state] == 0 {
		f.ends[state] = uint16(len(f.sights))
		f.sights = append(f.sights, sight{})
	}
	f.sights[f.ends[state]].add(seen)
}

// end is what stands after the last byte of a text, for words that are looked
// for there.
const end = '\x00'

// find returns what is in text.
func (f *finder) find(text string) (seen sight) {
	state := 0
	for i := range len(text) {
		state = int(f.next[state*f.classes+int(f.class[text[i]])])
		if at := f.ends[state]; at != 0 {
			seen.add(&f.sights[at])
		}
	}
	state = int(f.next[state*f.classes+int(f.class[end])])
	seen.add(&f.sights[f.ends[state]])
	return seen
}
