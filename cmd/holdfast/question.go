package main

import (
	"fmt"
	"net/url"
	"strconv"

	"holdfast"
	"holdfast/query"
	"holdfast/serve/api"
)

// questions reads the written form of questions, from addresses and from the
// command line alike.
type questions struct{}

var _ api.Parser = questions{}

// Question makes a question of parameters. What is not given is left to the
// engine, but for the time that is asked about, which must be.
func (questions) Question(site *holdfast.Site, parameters url.Values, now holdfast.Millis) (q holdfast.Question, err error) {
	q = holdfast.Question{Site: site.Name, Zone: parameters.Get("tz"), Kind: holdfast.Kind(parameters.Get("kind"))}
	if q.From, q.To, err = readRange(site, parameters, now); err != nil {
		return q, err
	}
	if text := parameters.Get("metrics"); text != "" {
		if q.Metrics, err = query.ParseMetrics(text); err != nil {
			return q, err
		}
	}
	if text := parameters.Get("by"); text != "" {
		if q.By, err = query.ParseDimensions(text); err != nil {
			return q, err
		}
	}
	if text := parameters.Get("where"); text != "" {
		if q.Where, err = query.ParseFilter(text); err != nil {
			return q, err
		}
	}
	if text := parameters.Get("order"); text != "" {
		if q.Order, err = query.ParseOrders(text); err != nil {
			return q, err
		}
	}
	if q.Limit, err = readLimit(parameters.Get("limit")); err != nil {
		return q, err
	}
	switch text := parameters.Get("other"); text {
	case "", "false":
	case "true":
		q.Other = true
	default:
		return q, &holdfast.FieldError{Field: "other", Reason: fmt.Sprintf("%q is neither true nor false", text)}
	}
	return q, nil
}

// readRange reads a period, or its two ends.
func readRange(site *holdfast.Site, parameters url.Values, now holdfast.Millis) (from, to holdfast.Millis, err error) {
	period, first, last, zone := parameters.Get("period"), parameters.Get("from"), parameters.Get("to"), parameters.Get("tz")
	switch {
	case period != "" && (first != "" || last != ""):
		return 0, 0, &holdfast.FieldError{Field: "period", Reason: "cannot be given together with from and to"}
	case period != "":
		return query.ParsePeriod(period, site, zone, now)
	case first == "" && last == "":
		return 0, 0, &holdfast.FieldError{Field: "period", Reason: "is required, or from and to"}
	case first == "":
		return 0, 0, &holdfast.FieldError{Field: "from", Reason: "is required with to"}
	case last == "":
		last = now.String()
	}
	return query.ParseRange(first, last, site, zone)
}

func readLimit(text string) (int, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > holdfast.MaxLimit {
		return 0, &holdfast.FieldError{Field: "limit", Reason: fmt.Sprintf("%q is not a whole number from 1 to %d", text, holdfast.MaxLimit)}
	}
	return n, nil
}
