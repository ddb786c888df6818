// Package salts keeps the random numbers under which visitors are hashed, one
// for each site day, and sees to it that they die.
//
// A salt is made when its day is first asked for, also if that day is long
// past, and is durable before anybody gets it, so that a restart in the middle
// of a day counts nobody twice. It dies 48 hours after the later of its making
// and the end of its day. From then on nobody gets it any more, and with the
// next Expire it is in no file: what was hashed with it can not be told from
// random numbers, by anybody. That a day had a salt is remembered, so that
// none is ever made for it again.
//
// Salts are in one file, which belongs to no log, no snapshot and no second
// copy. Damage to it costs the salts it hits and no others.
package salts

import (
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"sync"
	"time"

	"holdfast"
	"holdfast/internal/fsx"
)

// Life is how long a salt outlives the later of its making and its day.
// Events that were late for up to as long still meet their visitor.
const Life = 48 * time.Hour

// Salt is a random number.
type Salt [16]byte

// SiteDay is a day of a site.
type SiteDay struct {
	Site holdfast.SiteID
	Day  holdfast.Day
}

func (d SiteDay) String() string { return fmt.Sprintf("site %d, %s", d.Site, d.Day) }

// Request asks for the salt of a day of a site.
type Request struct {
	Site    holdfast.SiteID
	Day     holdfast.Day
	DayEnds holdfast.Millis // the first moment after the day
}

func (r Request) siteDay() SiteDay { return SiteDay{r.Site, r.Day} }

// Answer is what became of a Request.
type Answer struct {
	Salt  Salt
	Alive bool // false: the day's salt is dead, and Salt is zero
}

// Options says where salts are kept, and what they are made of.
type Options struct {
	FS   fsx.FS
	Name string           // of the file: "secrets/salts"
	Now  func() time.Time // time.Now
	Rand io.Reader        // crypto/rand.Reader
}

// Salts are the salts of a store. All methods may be called by many goroutines
// at once.
type Salts struct {
	o Options

	disk sync.Mutex // held while the file changes
	// file is open for adding at size. It is nil when what the file holds is
	// not known for certain: then it is written anew before it is relied on.
	file fsx.File
	size int64

	mu     sync.RWMutex
	alive  map[SiteDay]entry
	dead   map[holdfast.SiteID]days // those that had a salt
	wanted map[SiteDay]Request      // of callers that wait for disk
}

type entry struct {
	salt Salt
	made holdfast.Millis
	ends holdfast.Millis // its day
}

func (e *entry) dies() holdfast.Millis { return max(e.made, e.ends).Add(Life) }

// Recovery says what Open found.
type Recovery struct {
	New     bool      // there was no file: this store, or this copy of it, never had a salt
	Torn    int64     // bytes at the end that were never synced, and so never used
	Damaged []Damage  // salts that are lost
	Died    []SiteDay // days whose salt died since the store was last open
}

// Damage is a record that can not be read. Its salt counts as dead.
type Damage struct {
	// Day is the day whose salt it was; if that can not be read either, Known
	// is false, and the day gets a new salt when it is asked for, under which
	// its visitors may be counted twice.
	Day   SiteDay
	Known bool
	Err   *holdfast.DamagedError
}

// Open reads the salts, and makes their folder if it is not there. Salts that
// are dead, cut off or damaged are out of the file when it returns.
func Open(o Options) (*Salts, Recovery, error) {
	s := &Salts{o: o, alive: map[SiteDay]entry{}, dead: map[holdfast.SiteID]days{}, wanted: map[SiteDay]Request{}}
	if err := fsx.MkdirAll(o.FS, path.Dir(o.Name), 0o700); err != nil {
		return nil, Recovery{}, fmt.Errorf("open salts: %w", err)
	}
	if err := s.removeTemp(); err != nil {
		return nil, Recovery{}, fmt.Errorf("open salts: %w", err)
	}
	r, err := s.load()
	if err != nil {
		return nil, r, fmt.Errorf("open salts: %w", err)
	}
	for i := range r.Damaged {
		if d := &r.Damaged[i]; d.Known {
			contents{s.alive, s.dead}.bury(d.Day)
		}
	}
	if r.Died, err = s.Expire(); err == nil && s.file == nil && !r.New {
		err = s.rewrite(s.snapshot()) // something was cut off or damaged
	}
	if err != nil {
		s.giveUp()
		return nil, r, fmt.Errorf("open salts: %w", err)
	}
	return s, r, nil
}

// Salt returns the salt of a day, which ends at dayEnds, or false if it is
// dead.
func (s *Salts) Salt(site holdfast.SiteID, day holdfast.Day, dayEnds holdfast.Millis) ([16]byte, bool, error) {
	r := Request{site, day, dayEnds}
	s.mu.RLock()
	a, known := s.answerLocked(r, s.now())
	s.mu.RUnlock()
	if known {
		return a.Salt, a.Alive, nil
	}
	answers, err := s.Salts([]Request{r})
	if err != nil {
		return Salt{}, false, err
	}
	return answers[0].Salt, answers[0].Alive, nil
}

// Made returns the salt of a day if one was ever made, and makes none. It is
// not alive when it is dead.
func (s *Salts) Made(site holdfast.SiteID, day holdfast.Day) (salt [16]byte, alive, made bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	a, made := s.answerLocked(Request{Site: site, Day: day}, s.now())
	return a.Salt, a.Alive, made
}

// Salts answers requests, in their order. Salts that have to be made are made
// with one sync, which callers at the same time share. An error, which is a
// holdfast.ErrUnavailable, means that they could not be made durable.
func (s *Salts) Salts(requests []Request) ([]Answer, error) {
	answers := make([]Answer, len(requests))
	if s.answer(requests, answers) {
		return answers, nil
	}
	s.want(requests)
	s.disk.Lock()
	defer s.disk.Unlock()
	if s.answer(requests, answers) {
		return answers, nil // somebody made them together with their own
	}
	s.want(requests) // whoever took them did not succeed
	if err := s.makeWanted(); err != nil {
		return nil, fmt.Errorf("make salts: %w: %w", holdfast.ErrUnavailable, err)
	}
	s.answer(requests, answers)
	return answers, nil
}

// Alive says whether the day has a salt that is not dead: whether events of
// that day that are hashed alike may still come.
func (s *Salts) Alive(site holdfast.SiteID, day holdfast.Day) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	e, ok := s.alive[SiteDay{site, day}]
	return ok && s.now() < e.dies()
}

// Count returns how many salts are alive.
func (s *Salts) Count() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	now, n := s.now(), 0
	for _, e := range s.alive {
		if now < e.dies() {
			n++
		}
	}
	return n
}

// Expire deletes the salts that are dead, and returns their days. When it
// returns without error they are in no file.
func (s *Salts) Expire() (died []SiteDay, err error) {
	s.disk.Lock()
	defer s.disk.Unlock()
	died, early := s.due()
	if len(died) == 0 && len(early) == 0 {
		return nil, nil
	}
	after := s.snapshot()
	for _, day := range died {
		after.bury(day)
	}
	for _, day := range early {
		e := after.alive[day]
		e.made = s.now()
		after.alive[day] = e
	}
	if err := s.rewrite(after); err != nil {
		return nil, fmt.Errorf("delete %d dead salts: %w", len(died), err)
	}
	return died, nil
}

// due returns the days whose salt is dead and still there, and those whose
// salt was made while the clock was ahead, as it is no more: they must not
// live as long as the clock was wrong.
func (s *Salts) due() (died, early []SiteDay) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	now := s.now()
	for day, e := range s.alive {
		switch {
		case now >= e.dies():
			died = append(died, day)
		case e.made > now:
			early = append(early, day)
		}
	}
	slices.SortFunc(died, compareSiteDays)
	return died, early
}

// Close closes the file.
func (s *Salts) Close() error {
	s.disk.Lock()
	defer s.disk.Unlock()
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	s.file = nil
	return err
}

func (s *Salts) now() holdfast.Millis { return holdfast.MillisOf(s.o.Now()) }

// answer fills in answers as far as salts exist or are dead, and says whether
// that was all.
func (s *Salts) answer(requests []Request, answers []Answer) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	now, all := s.now(), true
	for i, r := range requests {
		a, known := s.answerLocked(r, now)
		answers[i], all = a, all && known
	}
	return all
}

func (s *Salts) answerLocked(r Request, now holdfast.Millis) (a Answer, known bool) {
	if e, ok := s.alive[r.siteDay()]; ok {
		if now >= e.dies() {
			return Answer{}, true // before Expire saw it
		}
		return Answer{e.salt, true}, true
	}
	return Answer{}, s.dead[r.Site].has(r.Day)
}

// want asks whoever has disk next to make the salts that are missing.
func (s *Salts) want(requests []Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range requests {
		if _, known := s.answerLocked(r, s.now()); !known {
			s.wanted[r.siteDay()] = r
		}
	}
}

// takeWanted returns what is to be made. Some of what was asked for while disk
// was held may be made by now.
func (s *Salts) takeWanted() map[SiteDay]Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	wanted, now := s.wanted, s.now()
	s.wanted = map[SiteDay]Request{}
	maps.DeleteFunc(wanted, func(_ SiteDay, r Request) bool {
		_, known := s.answerLocked(r, now)
		return known
	})
	return wanted
}

// makeWanted makes all wanted salts durable, and then known. The caller holds
// disk.
func (s *Salts) makeWanted() error {
	wanted, now := s.takeWanted(), s.now()
	made := make(map[SiteDay]entry, len(wanted))
	for day, r := range wanted {
		e := entry{made: now, ends: r.DayEnds}
		if _, err := io.ReadFull(s.o.Rand, e.salt[:]); err != nil {
			return fmt.Errorf("read random numbers: %w", err)
		}
		made[day] = e
	}
	if s.file != nil && s.add(made) == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		for day, e := range made {
			s.alive[day] = e
		}
		return nil
	}
	// A file that failed once is not trusted again.
	after := s.snapshot()
	for day, e := range made {
		after.alive[day] = e
	}
	return s.rewrite(after)
}
