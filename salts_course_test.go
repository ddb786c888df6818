package holdfast_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"holdfast"
	"holdfast/internal/fsx/faultfs"
)

// Events of today, late ones, and imported ones come in any order, while time
// goes by in small and large steps, the store is tended or not, stopped, and
// cut off, also in the middle of what it does. What salts there are, and how
// many visitors each day had, follows from the rules alone.
func TestSaltsInAnyCourse(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprintf("seed=%d", seed+1), func(t *testing.T) {
			t.Parallel()
			c := newSaltCourse(t, seed+1)
			for range 60 {
				c.step()
				c.compare()
				if t.Failed() {
					return
				}
			}
			c.tendDays()
			c.swept = true
			c.compare()
			for day := range c.days {
				if c.dead(c.days[day]) {
					c.settled(day)
				}
			}
			c.check()
		})
	}
}

// saltCourse is a shop, and what is to be expected of it.
type saltCourse struct {
	*shop
	r     *rand.Rand
	days  map[holdfast.Day]*saltDay
	early []holdfast.Day // those that may be imported
	sent  int
	swept bool // dead salts are gone: the store was tended or opened just now
}

// saltDay is a day that had events.
type saltDay struct {
	made, ends time.Time
	salt       []byte // once seen
	views      int
	visitors   map[string]bool
}

func newSaltCourse(t *testing.T, seed uint64) *saltCourse {
	const zone = "America/Havana"
	s := newShop(t, zone, zoned(t, zone, "2026-10-29 12:00")) // the 1st has 25 hours
	s.chance = rand.New(rand.NewPCG(seed, 3))
	return &saltCourse{
		shop: s, r: rand.New(rand.NewPCG(seed, 4)), days: map[holdfast.Day]*saltDay{},
		early: []holdfast.Day{holdfast.DayOf(2014, 3, 8), holdfast.DayOf(2014, 3, 9), holdfast.DayOf(2026, 9, 30)},
	}
}

func (c *saltCourse) dies(d *saltDay) time.Time {
	if d.made.After(d.ends) {
		return d.made.Add(48 * time.Hour)
	}
	return d.ends.Add(48 * time.Hour)
}

func (c *saltCourse) dead(d *saltDay) bool { return !c.now.Before(c.dies(d)) }

func (c *saltCourse) step() {
	c.t.Helper()
	what := c.r.IntN(16)
	c.swept = what <= 4
	switch what {
	case 0:
		c.restart()
	case 1:
		c.cut()
	case 2, 3:
		c.tend()
	case 4: // the power fails while the store tends to itself
		c.disk.Inject(faultfs.PowerOffAt(c.disk.Ops() + 1 + c.r.IntN(60)))
		for _, err := range []error{c.store.SealNow(c.t.Context()), c.store.Tend(c.t.Context())} {
			if err != nil && !errors.Is(err, faultfs.ErrPowerOff) && !errors.Is(err, holdfast.ErrUnavailable) {
				c.t.Fatal(err)
			}
		}
		c.cut()
	case 5, 6, 7:
		c.now = c.now.Add(time.Duration(c.r.IntN(90)) * time.Minute)
	case 8:
		c.now = c.now.Add(time.Duration(c.r.IntN(30)) * time.Hour)
	case 9, 10: // an old day
		site, _ := c.store.Site(shopName)
		from, to := site.Bounds(c.early[c.r.IntN(len(c.early))])
		c.event(holdfast.ScopeImport, (from + holdfast.Millis(c.r.Int64N(int64(to-from)))).Time())
	case 11, 12, 13: // late
		c.event(holdfast.ScopeCollect, c.now.Add(-time.Duration(c.r.Int64N(int64(5*24*time.Hour)))))
	default:
		c.event(holdfast.ScopeCollect, c.now)
	}
}

// event sends an event of one of four visitors, and enters what must follow.
func (c *saltCourse) event(scope holdfast.Scope, at time.Time) {
	c.t.Helper()
	ip := fmt.Sprintf("203.0.113.%d", c.r.IntN(4))
	c.send(scope, pageOf(ip, "/").at(at))
	c.sent++
	site, _ := c.store.Site(shopName)
	day := site.Day(holdfast.MillisOf(at))
	d := c.days[day]
	if d == nil {
		_, ends := site.Bounds(day)
		d = &saltDay{made: c.now, ends: ends.Time(), visitors: map[string]bool{}}
		c.days[day] = d
	}
	d.views++
	if c.dead(d) {
		ip = fmt.Sprint("a visitor of his own: ", c.sent)
	}
	d.visitors[ip] = true
}

func (c *saltCourse) compare() {
	c.t.Helper()
	var want []string
	for _, day := range slices.Sorted(maps.Keys(c.days)) {
		d := c.days[day]
		q := asked{period: fmt.Sprintf("%s..%s", day, day), metrics: "views,visitors"}
		c.want(q, fmt.Sprintf("%d %d", d.views, len(d.visitors)))
		if c.dead(d) {
			c.buried(day, d)
			continue
		}
		want = append(want, day.String())
		salt := c.salt(day)
		if d.salt != nil && !bytes.Equal(d.salt, salt) {
			c.t.Errorf("at %s, %s has another salt", c.now, day)
		}
		d.salt = salt
	}
	c.wantLiving(len(want))
}

// buried makes sure that a dead salt is out of use and, once the store was
// tended or opened, out of every file.
func (c *saltCourse) buried(day holdfast.Day, d *saltDay) {
	c.t.Helper()
	site, _ := c.store.Site(shopName)
	if _, ok, err := c.store.Salt(site.ID, day, holdfast.MillisOf(d.ends)); ok || err != nil {
		c.t.Errorf("at %s, %s is given a salt: %v, %v", c.now, day, ok, err)
	}
	if d.salt != nil && c.swept {
		c.gone(day, d.salt)
	}
}
