// Package widget is what shows a site's numbers on the pages of others: a
// script with elements, which asks for the pages that package pages makes for
// embedding and copies what they show. It is a guest there: it has no global
// name, its styles are in shadow trees, and it runs nothing that it was
// answered.
//
// follow.js is what the elements and the embedded pages have in common: how
// they stay up to date, and what they do while the server is down.
// docs/embedding.md is the reference.
package widget

import (
	_ "embed"
	"net/http"

	"holdfast/internal/jsfile"
)

//go:embed follow.js
var follow string

//go:embed element.js
var element string

//go:embed page.js
var page string

// Elements returns the script for the pages of others.
func Elements() string { return made(element) }

// Page returns the script of embedded pages.
func Page() string { return made(page) }

func made(rest string) string {
	return jsfile.Minify("(function (window, document) {\n\"use strict\";\n" + follow + rest + "})(window, document);\n")
}

// Path is where the script for the pages of others is.
const Path = "/widget.js"

// Routes adds the script to a mux. Pages name it for years: it is kept for ten
// minutes, so that they soon have a newer one, and longer only while the server
// does not answer.
func Routes(handle func(pattern string, h http.Handler)) {
	handle("GET "+Path, jsfile.Handler(Elements(), "public, max-age=600, stale-while-revalidate=86400, stale-if-error=604800"))
}
