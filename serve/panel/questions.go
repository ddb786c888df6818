package panel

import (
	"fmt"

	"holdfast"
)

// Named is how many sources the referral graph names.
const Named = 6

// candidates is how many names are asked for, so that enough are left when
// those not seen by several are taken away.
const candidates = 64

// referrers asks which sources sent most visits until the last full hour: the
// names of the referral graph, which so change on the hour only.
func referrers(site *holdfast.Site, w Window) holdfast.Question {
	to := w.Hour
	if to <= w.From {
		to = w.To
	}
	return holdfast.Question{
		Site: site.Name, From: w.From, To: to, By: []holdfast.Dimension{"source"}, Limit: candidates,
		Metrics: []holdfast.Metric{{Func: holdfast.Entries}, {Func: holdfast.PeakVisitors}, {Func: holdfast.PeakNetworks}},
		Where:   &holdfast.Filter{Op: holdfast.Exists, Column: "source"},
	}
}

// figures asks for the totals of a stretch of the site's time.
func figures(site *holdfast.Site, from, to holdfast.Millis) holdfast.Question {
	return holdfast.Question{Site: site.Name, From: from, To: to, Metrics: []holdfast.Metric{
		{Func: holdfast.Visitors}, {Func: holdfast.Views}, {Func: holdfast.ViewsPerVisit}, {Func: holdfast.BounceRate}, {Func: holdfast.Entries},
	}}
}

// course asks for views and visits in each bucket, and for how many of the
// visits came directly and from each of the names.
func course(site *holdfast.Site, w Window, names []string) holdfast.Question {
	metrics := []holdfast.Metric{{Func: holdfast.Views}, {Func: holdfast.Entries}}
	from := func(as, source string) holdfast.Metric {
		return holdfast.Metric{Func: holdfast.Entries, As: as, Where: &holdfast.Filter{Op: holdfast.Is, Column: "source", Values: []string{source}}}
	}
	metrics = append(metrics, from("direct", ""))
	for i, name := range names {
		metrics = append(metrics, from(fmt.Sprintf("source_%d", i), name))
	}
	return holdfast.Question{Site: site.Name, From: w.From, To: w.To, By: []holdfast.Dimension{w.By}, Metrics: metrics}
}

// most asks which values of a column have most of a metric.
func most(site *holdfast.Site, w Window, column holdfast.Dimension, of holdfast.Func) holdfast.Question {
	return holdfast.Question{
		Site: site.Name, From: w.From, To: w.To, By: []holdfast.Dimension{column}, Limit: candidates,
		Metrics: []holdfast.Metric{{Func: of}, {Func: holdfast.PeakVisitors}, {Func: holdfast.PeakNetworks}},
	}
}
