package main

import (
	"holdfast/keep"
	"holdfast/serve"
	"holdfast/serve/live"
	"holdfast/serve/pages"
	"holdfast/serve/panel"
	"holdfast/serve/widget"
)

// addPages adds what the public may see, also on the pages of others.
func (s *server) addPages(mux *serve.Server, store *keep.Store, b *backend, watched *live.Live) {
	pages.New(pages.Options{
		Panels:  panel.New(panel.Options{Sites: store, Asker: b.asker, Deals: store, Since: store.Since}),
		Watcher: watched.Hub(),
		Note:    s.note,
	}).Routes(mux.Handle)
	widget.Routes(mux.Handle)
}
