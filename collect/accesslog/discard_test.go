package accesslog_test

import (
	"context"

	"holdfast"
	"holdfast/collect"
	"holdfast/collect/classify"
)

// discard is a store that keeps nothing.
type discard struct{ *store }

func (discard) Import(context.Context, []holdfast.Event) (holdfast.Receipt, []bool, error) {
	return holdfast.Receipt{Seq: 1}, nil, nil
}

func classifier() collect.Classifier { return classify.New() }
