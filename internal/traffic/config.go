package traffic

import (
	"fmt"

	"holdfast"
)

// Site is a site that gets traffic.
type Site struct {
	*holdfast.Site
	PerDay float64 // hits a day on average, those of crawlers included
}

// Config says which traffic. Two generators with one Config give the same.
type Config struct {
	Seed  uint64
	Sites []Site
	From  holdfast.Day // of each site's own calendar
	Days  int

	Paths     int // different pages, deals not counted
	Referrers int // small sites that link

	// Shares of all hits.
	Bots float64 // made by crawlers

	// Shares of the visits of people.
	Rush      float64 // in the first minutes of a deal
	Returning float64 // by somebody who was there before
	Purchases float64 // that end with one
	Late      float64 // whose hits were offline for hours

	// Shares of the page views of people.
	Engagement float64 // that end by saying how long the page was looked at
	Custom     float64 // during which something else happens
	Missing    float64 // of pages that are not there

	// Shares of the hits of people.
	IDs     float64 // that have a client's id
	Repeats float64 // that are sent twice, if they have an id; not counted in PerDay

	// Shares of people.
	Visitors float64 // whom the site gives an id
	Members  float64 // who are signed in
}

// Typical returns traffic as it is on most sites: days days of it from from
// on. Nobody is declared by the site.
func Typical(seed uint64, from holdfast.Day, days int, sites ...Site) Config {
	return Config{
		Seed: seed, Sites: sites, From: from, Days: days,
		Paths: 5000, Referrers: 3000,
		Bots: 0.10,
		Rush: 0.10, Returning: 0.50, Purchases: 0.03, Late: 0.01,
		Engagement: 0.50, Custom: 0.06, Missing: 0.01,
		IDs: 1, Repeats: 0.005,
	}
}

func (c *Config) check() error {
	if len(c.Sites) == 0 || c.Days <= 0 || c.Paths < 10 || c.Referrers < 1 {
		return fmt.Errorf("traffic: needs a site, a day, 10 paths and a referrer")
	}
	for _, s := range c.Sites {
		if s.Site == nil || s.PerDay <= 0 {
			return fmt.Errorf("traffic: a site has no hits a day")
		}
	}
	for _, share := range []float64{c.Bots, c.Rush, c.Returning, c.Purchases, c.Late, c.Engagement,
		c.Custom, c.Missing, c.IDs, c.Repeats, c.Visitors, c.Members} {
		if share < 0 || share > 1 {
			return fmt.Errorf("traffic: a share of %v is not between 0 and 1", share)
		}
	}
	if c.Bots == 1 || c.Purchases > 1-bounces {
		return fmt.Errorf("traffic: a share is larger than the rest allows")
	}
	return nil
}

// Of people's visits, those of one page, and how likely each page after the
// second has one more. Together they make 2.7 page views a visit.
const (
	bounces  = 0.45
	goesOn   = 0.68
	maxViews = 60
)

// botGoesOn makes crawlers fetch 12 pages at a time.
const botGoesOn = 11.0 / 12

// hitsPerVisit returns how many hits a visit of a person has on average.
func (c *Config) hitsPerVisit() float64 {
	views := bounces + (1-bounces)*(2+goesOn/(1-goesOn))
	return views*(1+c.Engagement+(1-c.Missing)*c.Custom+c.Missing) + c.Purchases*purchaseHits
}

// purchaseHits are what a purchase adds to its visit: into the cart, checkout,
// thanks, purchase.
const purchaseHits = 4
