package traffic

import (
	"math"
	"time"

	"holdfast"
)

// hours is how busy each hour of a day is: quiet before dawn, busy from ten
// until the evening, with a peak after dinner.
var hours = normal([]float64{
	0.55, 0.35, 0.25, 0.20, 0.20, 0.30, 0.50, 0.80, 1.10, 1.30, 1.40, 1.45,
	1.45, 1.40, 1.35, 1.30, 1.30, 1.25, 1.20, 1.30, 1.45, 1.45, 1.20, 0.90,
})

// weekdays is how busy each day is, from Sunday on.
var weekdays = normal([]float64{0.91, 1.08, 1.08, 1.06, 1.04, 0.98, 0.85})

// normal makes the mean 1.
func normal(w []float64) []float64 {
	sum := 0.0
	for _, v := range w {
		sum += v
	}
	for i := range w {
		w[i] *= float64(len(w)) / sum
	}
	return w
}

const (
	dayMinutes = 24 * 60
	// rushMinutes is the time in which the rush falls to a third.
	rushMinutes = 12.0
	// dayNoise is by how much a day is busier or not than it should be.
	dayNoise = 0.08
)

// calm returns the share of a day's calm traffic that falls in a minute.
func calm(minute int) float64 {
	// From the middle of one hour to the middle of the next in a line.
	at := (float64(minute) + 0.5) / 60
	h, part := math.Modf(at + 23.5)
	i := int(h) % 24
	return (hours[i]*(1-part) + hours[(i+1)%24]*part) / dayMinutes
}

// rush returns the share of a day's rush that falls in a minute.
func rush(minute int) float64 {
	return math.Exp(-float64(minute)/rushMinutes) - math.Exp(-float64(minute+1)/rushMinutes)
}

// group are the sites whose days are the same.
type group struct {
	sites    []int32 // by their index in the Config
	pick     alias
	people   float64 // visits of people a day
	bots     float64 // visits of crawlers a day
	from, to holdfast.Millis

	day      holdfast.Day // the one that holds the present
	dayFrom  holdfast.Millis
	dayTo    holdfast.Millis
	busyness float64 // of the day
}

// groups puts sites with the same calendar together.
func groups(c *Config) []*group {
	var all []*group
	byZone := map[string]*group{}
	weights := map[*group][]float64{}
	for i, s := range c.Sites {
		key := ""
		for _, z := range s.Zones {
			key += holdfast.Millis(z.From).String() + z.Zone + ";"
		}
		g := byZone[key]
		if g == nil {
			g = &group{}
			g.from, _ = s.Bounds(c.From)
			_, g.to = s.Bounds(c.From + holdfast.Day(c.Days) - 1)
			byZone[key] = g
			all = append(all, g)
		}
		g.sites = append(g.sites, int32(i))
		weights[g] = append(weights[g], s.PerDay)
		g.people += s.PerDay * (1 - c.Bots) / c.hitsPerVisit()
		g.bots += s.PerDay * c.Bots * (1 - botGoesOn)
	}
	for _, g := range all {
		g.pick = newAlias(weights[g])
	}
	return all
}

// enter makes the day that holds t the present one, and says in which minute
// of the clock's day t lies.
func (g *group) enter(c *Config, t holdfast.Millis) (minute int) {
	site := c.Sites[g.sites[0]]
	if t >= g.dayTo {
		g.day = site.Day(t)
		g.dayFrom, g.dayTo = site.Bounds(g.day)
		noise := newDice(c.Seed, mix(uint64(g.day), uint64(g.sites[0]))).NormFloat64()
		g.busyness = weekdays[g.day.Weekday()] * math.Exp(dayNoise*noise-dayNoise*dayNoise/2)
	}
	local := time.UnixMilli(int64(t)).In(site.Location(t))
	return local.Hour()*60 + local.Minute()
}
