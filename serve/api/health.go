package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"holdfast"
	"holdfast/serve/fault"
)

// receipt answers GET /r/{receipt}. It is public: a receipt says nothing but
// to who holds it.
func (a *API) receipt(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	if f := a.allow(r); f != nil {
		fault.Write(w, f)
		return
	}
	fate, err := a.Receipts.Fate(r.PathValue("receipt"))
	if err != nil {
		fault.Write(w, fault.Public(fmt.Errorf("look up the receipt: %w", err)))
		return
	}
	status := http.StatusOK
	if fate == holdfast.NotOurs {
		status = http.StatusNotFound
	}
	fault.WriteJSON(w, status, struct {
		Fate holdfast.Fate `json:"fate"`
	}{fate})
}

type health struct {
	Status string `json:"status"`
	Reason string `json:"reason,omitempty"`
}

// healthz says that the process is up.
func (a *API) healthz(w http.ResponseWriter, _ *http.Request) {
	fault.WriteJSON(w, http.StatusOK, health{Status: "ok"})
}

// readyTime is how long the store may take to say that it is ready.
const readyTime = 2 * time.Second

// readyz says whether events would be acknowledged.
func (a *API) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readyTime)
	defer cancel()
	if err := a.Ready(ctx); err != nil {
		w.Header().Set("Retry-After", "5")
		fault.WriteJSON(w, http.StatusServiceUnavailable, health{Status: "unavailable", Reason: err.Error()})
		return
	}
	fault.WriteJSON(w, http.StatusOK, health{Status: "ok"})
}
