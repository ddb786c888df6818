package main

// The paths of the script for pages and of the endpoint that it sends to. They
// can be named, as those that block everything called so know the usual names.
// Under those both are found all the same: other scripts send there, and pages
// may have been told before.
const (
	usualScript   = "/js/script.js"
	usualEndpoint = "/api/event"
)

// script returns the path of the script.
func (s *settings) script() string { return "/js/" + s.scriptName }

// scripts returns the paths under which it is served.
func (s *settings) scripts() []string {
	if s.script() == usualScript {
		return []string{usualScript}
	}
	return []string{usualScript, s.script()}
}

// endpoint returns the path to which the script sends.
func (s *settings) endpoint() string { return "/api/" + s.endpointName }

// otherEndpoint returns it if it is not the usual one.
func (s *settings) otherEndpoint() string {
	if s.endpoint() == usualEndpoint {
		return ""
	}
	return s.endpoint()
}
