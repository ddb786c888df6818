package fault

import "net/http"

// Public returns err as somebody sees it who may know that something went
// wrong here, and not what: the errors of a store name its files and places in
// them, and other sites' days.
func Public(err error) *Fault {
	f := Of(err)
	if f.Status != http.StatusInternalServerError && f.Code != Unavailable {
		return f
	}
	return &Fault{Status: f.Status, Code: f.Code, Retry: f.Retry, Message: "it cannot be told at the moment"}
}
