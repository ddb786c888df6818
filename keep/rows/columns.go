package rows

import "fmt"

// Text is a column of strings.
type Text uint8

// The text columns, in the order in which equal moments are told apart.
const (
	Name Text = iota
	Host
	Path
	Title
	Referrer
	Source
	Channel
	UTMSource
	UTMMedium
	UTMCampaign
	UTMTerm
	UTMContent
	Click
	Country
	CountryBy
	Region
	City
	Language
	Screen
	Device
	Browser
	OS
	UserAgent
	Currency
	Door
	Origin
	Flag

	NumText = int(Flag) + 1
)

var textNames = [NumText]string{
	"name", "host", "path", "title", "referrer", "source", "channel",
	"utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "click",
	"country", "country_by", "region", "city", "language", "screen", "device", "browser", "os", "user_agent",
	"currency", "door", "origin", "flag",
}

// String returns the column's name, on disk and in questions.
func (c Text) String() string {
	if int(c) < NumText {
		return textNames[c]
	}
	return fmt.Sprintf("Text(%d)", uint8(c))
}

// TextNamed returns the text column with this name.
func TextNamed(name string) (Text, bool) {
	for c, n := range textNames {
		if n == name {
			return Text(c), true
		}
	}
	return 0, false
}

// Number is a column of integers.
type Number uint8

// The number columns.
const (
	Site        Number = iota
	Day                // holdfast.Day
	Time               // ms since 1970
	Lag                // ms from time to receipt; negative for a clock ahead
	Visitor            // holdfast.VisitorID
	Visit              // holdfast.VisitID, declared; 0: none
	ID                 // holdfast.EventID; 0: none
	Interactive        // 0 or 1
	Engaged            // ms
	Scroll             // per cent, or holdfast.NoScroll
	Value              // minor units
	VisitNo            // number of the visit within its site day, from 1; 0: not counted. See Run.Folded
	VisitEnds          // bit 0: the visit's entry, bit 1: its exit

	NumNumber = int(VisitEnds) + 1
)

var numberNames = [NumNumber]string{
	"site", "day", "time", "lag", "visitor", "visit", "id",
	"interactive", "engaged", "scroll", "value", "visit_no", "visit_ends",
}

// String returns the column's name, on disk and in questions.
func (c Number) String() string {
	if int(c) < NumNumber {
		return numberNames[c]
	}
	return fmt.Sprintf("Number(%d)", uint8(c))
}

// Bits of VisitEnds.
const (
	IsEntry = 1 << iota
	IsExit
)
