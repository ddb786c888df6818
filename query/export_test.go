package query

// Tune makes the engine work in unusual steps: of few rows, and with all or
// none of its groups and pairs in tables.
func (e *Engine) Tune(blockRows, denseSlots int, chunkSlots, pairBits uint64) *Engine {
	e.tuning = tuning{blockRows, denseSlots, chunkSlots, pairBits}
	return e
}
