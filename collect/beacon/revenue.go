package beacon

import (
	"math"
	"strconv"
	"strings"

	"holdfast/collect"
)

// readRevenue reads an amount of money, like {"amount": 19.99, "currency":
// "EUR"}. What is none is dropped.
func (d *decoder) readRevenue(m *message) {
	if !d.inner(d.sent[fRevenue]) {
		return
	}
	var amount, currency given
	isObject := d.object(func(name string, v given) bool {
		switch name {
		case "amount":
			amount = v
		case "currency":
			currency = v
		}
		return true
	})
	if !isObject || currency.kind != '"' || !isCurrency(currency.text) || amount.kind != '0' && amount.kind != '"' {
		return
	}
	f, err := strconv.ParseFloat(amount.text, 64)
	minor := math.Round(f * math.Pow10(decimals(currency.text)))
	if err != nil || !(math.Abs(minor) <= maxMinor) {
		return
	}
	m.Value, m.Currency = int64(minor), currency.text
	m.Sent |= collect.SentValue
}

// maxMinor is the largest amount, in minor units: up to it a float64 has every
// one of them.
const maxMinor = 1 << 51

func isCurrency(code string) bool {
	if len(code) != 3 {
		return false
	}
	for i := range len(code) {
		if c := code[i] | 0x20; c < 'a' || c > 'z' {
			return false
		}
	}
	return true
}

// decimals returns how many decimal places a currency's minor unit is, by ISO
// 4217.
func decimals(currency string) int {
	switch strings.ToUpper(currency) {
	case "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF":
		return 0
	case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND":
		return 3
	case "CLF", "UYW":
		return 4
	}
	return 2
}
