package fault_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"holdfast"
	"holdfast/serve/fault"
)

func TestThePublicIsNotToldWhatIsBroken(t *testing.T) {
	const secret = "read files/00000012.seg at 4711"
	cases := []struct {
		name, code string
		err        error
		status     int
		retry      time.Duration
		told       bool
	}{
		{"damage", fault.Damaged, fmt.Errorf("%s: %w", secret, holdfast.ErrDamaged), 500, 0, false},
		{"anything else", fault.Internal, errors.New(secret), 500, 0, false},
		{"with a hint", fault.Internal, holdfast.Hint(errors.New(secret), secret), 500, 0, false},
		{"what cannot be kept", fault.Unavailable, fmt.Errorf("%s: %w", secret, holdfast.ErrUnavailable), 503, 5 * time.Second, false},
		{"what the client did", fault.Busy, fault.New(503, fault.Busy, secret), 503, 0, true},
		{"a field", fault.Malformed, &holdfast.FieldError{Field: "range", Reason: secret}, 400, 0, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := fault.Public(c.err)
			if got.Code != c.code || got.Status != c.status || got.Retry != c.retry || strings.Contains(fmt.Sprint(*got), secret) != c.told {
				t.Errorf("got %+v", *got)
			}
		})
	}
}
