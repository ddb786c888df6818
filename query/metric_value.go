package query

import "holdfast"

// cell is a metric's number in a row, if there is one.
type cell struct {
	known bool
	value
}

func (c cell) any() any {
	if !c.known {
		return nil
	}
	return c.value.any()
}

func whole(n int64) cell { return cell{true, value{i: n}} }

// ratio returns a ÷ b, which is not known if b is 0.
func ratio(a, b float64) cell {
	if b == 0 {
		return cell{}
	}
	return cell{true, value{float: true, f: a / b}}
}

// value returns the metric's number in a group, of which none is -1.
func (m *metric) value(states []state, group int) cell {
	switch s := states[m.agg].(type) {
	case *counts:
		if m.fn == holdfast.ConversionRate {
			return ratio(float64(at(s.n, group)), float64(at(states[m.of].(*counts).n, group)))
		}
		return whole(at(s.n, group))
	case *peaks:
		if m.fn == holdfast.PeakNetworks {
			return whole(at(s.of, group).networks)
		}
		return whole(at(s.of, group).visitors)
	case *visitSums:
		return m.ofVisits(at(s.of, group))
	case *sums:
		return m.ofSum(at(s.of, group))
	case *ends:
		v := at(s.of, group)
		if m.fn == holdfast.Min {
			return cell{v.any, v.least}
		}
		return cell{v.any, v.greatest}
	case *distinct:
		return whole(s.of(group))
	}
	return cell{}
}

// at returns what a state has of a group, or nothing.
func at[T any](s []T, group int) (v T) {
	if group >= 0 && group < len(s) {
		v = s[group]
	}
	return v
}

func (m *metric) ofVisits(s visitSum) cell {
	switch m.fn {
	case holdfast.BounceRate:
		return ratio(float64(s.bounces), float64(s.visits))
	case holdfast.VisitDuration:
		return ratio(float64(s.millis)/1000, float64(s.visits))
	case holdfast.ViewsPerVisit:
		return ratio(float64(s.views), float64(s.visits))
	}
	return whole(s.visits)
}

func (m *metric) ofSum(s sum) cell {
	v, ok := s.value()
	if m.fn == holdfast.Sum || !ok {
		return cell{ok, v}
	}
	f := v.f
	if !v.float {
		f = float64(v.i)
	}
	return ratio(f, float64(s.n))
}
