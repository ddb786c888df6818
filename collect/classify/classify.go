// Package classify says what kind of visitor an event comes from: through
// which source and channel, with which device, browser and system, from which
// country, and whether it is a bot or referrer spam.
//
// It knows the sources, browsers and crawlers that most sites meet, from tables
// of its own. What it does not know it says so: a source is then called by its
// host, and a browser has no name. It promises nothing that cannot be judged
// again later, as user agent and referrer are kept; only the country cannot, as
// the address is not. docs/classification.md says how good it is.
package classify

import (
	"hash/maphash"
	"strings"

	"holdfast"
	"holdfast/collect"
)

// Classifier classifies events. Its memory is bounded.
type Classifier struct {
	// Places, if it is set before the first event comes, knows where addresses
	// are.
	Places Places
	// Networks, if it is set before the first event comes, knows whose networks
	// they are in.
	Networks Networks

	agents        cache[agent]
	hosts         cache[origin]
	organisations cache[bool]
}

var _ collect.Classifier = (*Classifier)(nil)

// New returns a Classifier.
func New() *Classifier {
	seed := maphash.MakeSeed()
	return &Classifier{
		agents:        cache[agent]{seed: seed, read: agentReader().read},
		hosts:         cache[origin]{seed: seed, read: readHost},
		organisations: cache[bool]{seed: seed, read: isHoster},
	}
}

// Classify sets Source, Channel, Device, Browser, OS and Flag of e, and where it
// comes from unless that is known.
func (c *Classifier) Classify(e *holdfast.Event, in collect.Hints) {
	if e.UserAgent != "" {
		a := c.agents.get(e.UserAgent)
		e.Device, e.Browser, e.OS, e.Flag = a.device, a.browser, a.os, a.flag
	}
	c.arrival(e, &in)
	c.locate(e, &in)
	switch {
	case e.Flag != holdfast.Counted:
	case c.isHosted(in.Address):
		e.Flag = holdfast.FlagDatacentre
	case in.ReferrerHost != "" && c.hosts.get(in.ReferrerHost).spam, in.Tag != "" && isSpam(strings.ToLower(in.Tag)):
		e.Flag = holdfast.FlagSpam
	case in.Prefetch:
		e.Flag = holdfast.FlagPrefetch
	}
}

// arrival says where the visitor came from, if the event says so.
func (c *Classifier) arrival(e *holdfast.Event, in *collect.Hints) {
	if in.Tag == "" && in.ReferrerHost == "" && e.Click == "" && e.UTM.Medium == "" && e.UTM.Campaign == "" {
		if e.Name == holdfast.Pageview && !in.Internal {
			e.Channel = direct
		}
		return
	}
	from := c.source(e, in)
	e.Source = from.name
	e.Channel = channel(visit{
		source:   from,
		tag:      strings.ToLower(in.Tag),
		medium:   strings.ToLower(e.UTM.Medium),
		campaign: strings.ToLower(e.UTM.Campaign),
		click:    e.Click,
		referred: in.ReferrerHost != "",
	})
}

// source is what the URL says, or else the referrer, or else the kind of click
// id that the source added.
func (c *Classifier) source(e *holdfast.Event, in *collect.Hints) source {
	switch {
	case in.Tag != "":
		return sourceOfTag(in.Tag)
	case in.ReferrerHost != "":
		return c.hosts.get(in.ReferrerHost).source
	}
	return clicks[e.Click]
}
