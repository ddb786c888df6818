// Package script is what pages run to be counted: a file of less than 2 KB, as
// it is sent, that the server serves, or that a site serves itself or puts into
// its pages.
//
// script.js is its source, as people read it; what is served is the same
// without comments and white space. docs/script.md is its reference.
package script

import (
	_ "embed"
	"encoding/json"
	"net/http"
	"strings"

	"holdfast/internal/jsfile"
)

//go:embed script.js
var source string

// endpoint is what stands in the source for where events are sent to.
const endpoint = `"/api/event"`

// Text returns the script for pages whose events go to an endpoint. That may be
// a path on the host that the script comes from.
func Text(to string) string {
	quoted, _ := json.Marshal(to) // strings always can be, and < stays no tag
	return strings.Replace(jsfile.Minify(source), endpoint, string(quoted), 1)
}

// Handler serves a script. It is the same for all pages, so that browsers and
// proxies keep it for a day, and use an older one while they ask for the next.
func Handler(text string) http.Handler {
	return jsfile.Handler(text, "public, max-age=86400, stale-while-revalidate=604800, stale-if-error=604800")
}
