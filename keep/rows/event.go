package rows

import "holdfast"

// TextsOf returns the text columns of an event.
func TextsOf(e *holdfast.Event) [NumText]string {
	return [NumText]string{
		e.Name, e.Host, e.Path, e.Title, e.Referrer, e.Source, e.Channel,
		e.UTM.Source, e.UTM.Medium, e.UTM.Campaign, e.UTM.Term, e.UTM.Content,
		e.Click, e.Country, string(e.CountryBy), e.Region, e.City, e.Language,
		e.Screen, e.Device, e.Browser, e.OS, e.UserAgent,
		e.Currency, string(e.Door), string(e.Origin), string(e.Flag),
	}
}

// NumbersOf returns the number columns of an event. No visit is folded yet.
func NumbersOf(e *holdfast.Event) [NumNumber]int64 {
	n := [NumNumber]int64{
		Site: int64(e.Site), Day: int64(e.Day), Time: int64(e.Time), Lag: int64(e.Received - e.Time),
		Visitor: int64(e.Visitor), Visit: int64(e.Visit), ID: int64(e.ID),
		Engaged: int64(e.Engaged), Scroll: int64(e.Scroll), Value: e.Value,
	}
	if e.Interactive {
		n[Interactive] = 1
	}
	return n
}

// Gatherer is a Table that reads scattered rows of a number column without
// reading all of it.
type Gatherer interface {
	GatherInts(c Number, sel []uint32, into []int64) ([]int64, error)
}
