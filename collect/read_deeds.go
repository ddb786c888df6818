package collect

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"holdfast"
)

// MaxEngaged is the longest, in ms, that a page may have been looked at: a day.
const MaxEngaged = 24 * 60 * 60 * 1000

// readDeeds reads what the visitor did: looked, scrolled, spent.
func (b *Batch) readDeeds(e *holdfast.Event, in *Input) *refusal {
	e.Scroll = holdfast.NoScroll
	switch {
	case e.Name == holdfast.Engagement:
		if !in.Has(SentEngaged) && !in.Has(SentScroll) {
			return malformed("engaged", "or scroll is required with engagement")
		}
	case in.Has(SentEngaged):
		return malformed("engaged", "is only for events named engagement")
	case in.Has(SentScroll):
		return malformed("scroll", "is only for events named engagement")
	case e.Name != holdfast.Pageview:
		e.Interactive = !in.Has(SentInteractive) || in.Interactive
	}
	if in.Has(SentEngaged) {
		if in.Engaged < 0 || in.Engaged > MaxEngaged {
			return malformed("engaged", "is not within 0 and 86400000 ms")
		}
		e.Engaged = int32(in.Engaged)
	}
	if in.Has(SentScroll) {
		if in.Scroll < 0 || in.Scroll > 100 {
			return malformed("scroll", "is not within 0 and 100 per cent")
		}
		e.Scroll = int8(in.Scroll)
	}
	if !in.Has(SentValue) {
		return nil
	}
	var ok bool
	e.Value = in.Value
	if e.Currency, ok = b.capitals(in.Currency, 3); !ok {
		return malformed("currency", "is no currency like EUR (ISO 4217)")
	}
	if e.Currency == "" {
		return malformed("currency", "is required with value")
	}
	return nil
}

// readProps keeps the properties, sorted by key.
func (b *Batch) readProps(e *holdfast.Event, props []holdfast.Prop) *refusal {
	if len(props) == 0 {
		return nil
	}
	if len(props) > holdfast.MaxProps {
		return refuse(holdfast.RefusedTooLarge, "props", fmt.Sprintf("has more than %d properties", holdfast.MaxProps))
	}
	for i := range props {
		if err := checkProp(&props[i]); err != nil {
			return err
		}
	}
	slices.SortFunc(props, func(p, q holdfast.Prop) int { return strings.Compare(p.Key, q.Key) })
	e.Props = make([]holdfast.Prop, len(props))
	for i, p := range props {
		if i > 0 && p.Key == props[i-1].Key {
			return malformed("props."+own(p.Key), "is given twice")
		}
		p.Key, p.Str = b.strings.keep(p.Key), b.strings.keep(p.Str)
		e.Props[i] = p
	}
	return nil
}

func checkProp(p *holdfast.Prop) *refusal {
	switch {
	case strings.TrimSpace(p.Key) == "":
		return malformed("props", "has a property without a name")
	case len(p.Key) > holdfast.MaxPropKey:
		return tooLong("props."+own(cut(p.Key, 40))+"…", holdfast.MaxPropKey)
	case len(p.Str) > holdfast.MaxPropValue:
		return tooLong("props."+own(p.Key), holdfast.MaxPropValue)
	case p.Kind == holdfast.PropFloat && (math.IsNaN(p.Float) || math.IsInf(p.Float, 0)):
		return malformed("props."+own(p.Key), "is not a finite number")
	}
	return nil
}
