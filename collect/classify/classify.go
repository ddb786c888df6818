// Package classify says what kind of visitor an event comes from: through
// which source and channel, with which device, browser and system, and whether
// it is a bot.
//
// It knows the sources, browsers and crawlers that most sites meet, from small
// tables of its own. What it does not know it says so: a source is then called
// by its host, and a browser has no name. It promises nothing that cannot be
// judged again later, as user agent and referrer are kept.
package classify

import (
	"hash/maphash"
	"strings"

	"holdfast"
	"holdfast/collect"
)

// Classifier classifies events. Its memory is bounded.
type Classifier struct {
	agents cache[agent]
	hosts  cache[source]
}

var _ collect.Classifier = (*Classifier)(nil)

// New returns a Classifier.
func New() *Classifier {
	seed := maphash.MakeSeed()
	return &Classifier{
		agents: cache[agent]{seed: seed, read: agentReader().read},
		hosts:  cache[source]{seed: seed, read: sourceOfHost},
	}
}

// Classify sets Source, Channel, Device, Browser, OS and Flag of e.
func (c *Classifier) Classify(e *holdfast.Event, in collect.Hints) {
	if e.UserAgent != "" {
		a := c.agents.get(e.UserAgent)
		e.Device, e.Browser, e.OS, e.Flag = a.device, a.browser, a.os, a.flag
	}
	c.arrival(e, in)
}

// arrival says where the visitor came from, if the event says so.
func (c *Classifier) arrival(e *holdfast.Event, in collect.Hints) {
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
func (c *Classifier) source(e *holdfast.Event, in collect.Hints) source {
	switch {
	case in.Tag != "":
		return sourceOfTag(in.Tag)
	case in.ReferrerHost != "":
		return *c.hosts.get(in.ReferrerHost)
	}
	return clicks[e.Click]
}
