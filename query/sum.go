package query

import (
	"cmp"
	"math"
	"math/big"
	"math/bits"
)

// value is a number of an event or of an answer: an integer or a float.
type value struct {
	float bool
	i     int64
	f     float64
}

// any returns the number as an answer holds it.
func (v value) any() any {
	if v.float {
		return v.f
	}
	return v.i
}

// compare orders numbers by what they are, not by how they are kept.
func (v value) compare(o value) int {
	switch {
	case v.float && o.float:
		return cmp.Compare(v.f, o.f)
	case v.float:
		return compareFloat(v.f, o.i)
	case o.float:
		return -compareFloat(o.f, v.i)
	}
	return cmp.Compare(v.i, o.i)
}

func compareFloat(f float64, i int64) int {
	switch {
	case f >= 1<<63:
		return 1
	case f < -1<<63:
		return -1
	}
	whole := math.Trunc(f)
	return cmp.Or(cmp.Compare(int64(whole), i), cmp.Compare(f, whole))
}

// sum adds numbers up exactly, so that their order makes no difference. It is
// rounded once, when it is read.
type sum struct {
	n      int64 // numbers added
	hi     int64 // the integers, in two's complement
	lo     uint64
	floats *floatSum // nil if there were none
}

func (s *sum) addInt(i int64) {
	s.n++
	s.addWide(i>>63, uint64(i))
}

func (s *sum) addWide(hi int64, lo uint64) {
	var carry uint64
	s.lo, carry = bits.Add64(s.lo, lo, 0)
	s.hi += hi + int64(carry)
}

func (s *sum) addFloat(f float64) {
	s.n++
	if s.floats == nil {
		s.floats = &floatSum{}
	}
	s.floats.add(f)
}

func (s *sum) merge(o *sum) {
	s.n += o.n
	s.addWide(o.hi, o.lo)
	if o.floats == nil {
		return
	}
	if s.floats == nil {
		s.floats = &floatSum{}
	}
	s.floats.merge(o.floats)
}

// value returns the sum: an integer if all numbers were and it fits, else the
// nearest float. ok is false if no float is that large.
func (s *sum) value() (v value, ok bool) {
	if s.floats == nil && s.hi == int64(s.lo)>>63 {
		return value{i: int64(s.lo)}, true
	}
	total := new(big.Int).Lsh(big.NewInt(s.hi), 64)
	total.Add(total, new(big.Int).SetUint64(s.lo))
	total.Lsh(total, floatShift)
	if s.floats != nil {
		total.Add(total, s.floats.int())
	}
	exact := new(big.Float).SetInt(total)
	exact.SetMantExp(exact, -floatShift)
	f, _ := exact.Float64()
	return value{float: true, f: f + 0}, !math.IsInf(f, 0)
}

// floatShift makes every float an integer: the least is 2^-1074.
const floatShift = 1074

// floatSum is a sum of floats as a number of 2^-1074ths, in digits of 32 bits
// that are carried only now and then: digit i counts for 2^(32·(low+i)).
// Digits that no number reached are not kept.
type floatSum struct {
	low    int
	digits []int64
	adds   int // since the last carry; each adds less than 2^32 to a digit
}

// carryAfter keeps digits from running over: 2^30 additions of 2^32.
const carryAfter = 1 << 30

func (s *floatSum) add(f float64) {
	if f == 0 {
		return
	}
	b := math.Float64bits(f)
	exp := int(b>>52) & 0x7ff
	mant := b & (1<<52 - 1)
	if exp > 0 {
		mant |= 1 << 52
		exp--
	}
	// f is mant·2^exp in units of 2^-1074.
	at, shift := exp/32, uint(exp%32)
	s.reach(at, at+3)
	d := s.digits[at-s.low:]
	low, mid, high := int64(mant<<shift&(1<<32-1)), int64(mant>>(32-shift)&(1<<32-1)), int64(mant>>(64-shift))
	if b>>63 != 0 {
		low, mid, high = -low, -mid, -high
	}
	d[0] += low
	d[1] += mid
	d[2] += high
	if s.adds++; s.adds >= carryAfter {
		s.carry()
	}
}

// reach makes room for digits from to to.
func (s *floatSum) reach(from, to int) {
	if len(s.digits) == 0 {
		s.low = from
	}
	if from < s.low {
		s.digits = append(make([]int64, s.low-from, s.low-from+len(s.digits)), s.digits...)
		s.low = from
	}
	for s.low+len(s.digits) < to {
		s.digits = append(s.digits, 0)
	}
}

func (s *floatSum) carry() {
	s.adds = 1
	for i := 0; i < len(s.digits); i++ {
		over := s.digits[i] >> 32
		if over == 0 || over == -1 && i+1 == len(s.digits) {
			continue
		}
		s.digits[i] -= over << 32
		s.reach(s.low, s.low+i+2)
		s.digits[i+1] += over
	}
}

func (s *floatSum) merge(o *floatSum) {
	if len(o.digits) == 0 {
		return
	}
	if s.adds+o.adds >= carryAfter {
		s.carry()
	}
	s.reach(o.low, o.low+len(o.digits))
	for i, d := range o.digits {
		s.digits[o.low-s.low+i] += d
	}
	s.adds += o.adds
}

// int returns the sum in units of 2^-1074.
func (s *floatSum) int() *big.Int {
	total := new(big.Int)
	for i := len(s.digits) - 1; i >= 0; i-- {
		total.Lsh(total, 32)
		total.Add(total, big.NewInt(s.digits[i]))
	}
	return total.Lsh(total, uint(32*s.low))
}
