package main

import (
	"context"
	"fmt"
	"time"

	"holdfast"
	"holdfast/collect"
	"holdfast/collect/accesslog"
	"holdfast/collect/classify"
	"holdfast/keep"
	"holdfast/query"
	"holdfast/serve/control"
)

// backend does what verbs ask for with a store that is open in this process.
type backend struct {
	store  *keep.Store
	asker  holdfast.Asker
	intake *accesslog.Intake
	server *control.Server // nil: this process only opened it for the moment
	tokens *collect.Tokens // of the server
	now    func() time.Time
}

var _ control.Backend = (*backend)(nil)

func newBackend(s *keep.Store, server *control.Server) *backend {
	return &backend{store: s, asker: query.New(views{s}, query.Options{}), intake: accesslog.NewIntake(s, classify.New(), time.Now), server: server, now: time.Now}
}

// views gives questions the views of a store.
type views struct{ store *keep.Store }

func (v views) View() (query.View, error) { return v.store.View(), nil }

func (b *backend) Status(context.Context) (control.Status, error) {
	st := control.Status{StoreStatus: control.StoreStatus(b.store.Status())}
	if b.server != nil {
		server, t := *b.server, b.tokens
		server.Tokens = control.Tokens{Used: t.Used.Load(), OtherDay: t.OtherDay.Load(), Expired: t.Expired.Load(), Bad: t.Bad.Load()}
		st.Server = &server
	}
	return st, nil
}

func (b *backend) Sites(context.Context) ([]control.Site, error) {
	sites := []control.Site{}
	for _, s := range b.store.Catalog().Sites() {
		sites = append(sites, b.show(s))
	}
	return sites, nil
}

func (b *backend) show(s *holdfast.Site) control.Site {
	return control.SiteOf(s, holdfast.MillisOf(b.now()))
}

// shown returns the site that a change made, unless it failed.
func (b *backend) shown(s *holdfast.Site, err error) (control.Site, error) {
	if err != nil {
		return control.Site{}, err
	}
	return b.show(s), nil
}

func (b *backend) AddSite(ctx context.Context, s control.NewSite) (control.Site, error) {
	return b.shown(b.store.AddSite(ctx, s.Name, s.Zone, s.Public))
}

func (b *backend) SetZone(ctx context.Context, site, zone string) (control.Site, error) {
	return b.shown(b.store.SetZone(ctx, site, zone))
}

func (b *backend) SetPublic(ctx context.Context, site string, public bool) (control.Site, error) {
	return b.shown(b.store.SetPublic(ctx, site, public))
}

func (b *backend) SetHosts(ctx context.Context, site string, hosts []string) (control.Site, error) {
	return b.shown(b.store.SetHosts(ctx, site, hosts))
}

func (b *backend) Keys(context.Context) ([]control.Key, error) {
	keys := []control.Key{}
	for _, k := range b.store.Catalog().Keys() {
		keys = append(keys, b.showKey(k))
	}
	return keys, nil
}

func (b *backend) showKey(k *holdfast.Key) control.Key {
	shown := control.Key{ID: k.ID, Scopes: k.Scopes, Sites: []string{}, Label: k.Label, Created: k.Created}
	for _, id := range k.Sites {
		if site, ok := b.store.Catalog().SiteByID(id); ok {
			shown.Sites = append(shown.Sites, site.Name)
		}
	}
	return shown
}

func (b *backend) AddKey(ctx context.Context, k control.NewKey) (control.MadeKey, error) {
	token, key, err := b.store.AddKey(ctx, k.Scopes, k.Sites, k.Label)
	if err != nil {
		return control.MadeKey{}, err
	}
	return control.MadeKey{Key: b.showKey(&key), Token: token}, nil
}

func (b *backend) RevokeKey(ctx context.Context, id string) error { return b.store.RevokeKey(ctx, id) }

func (b *backend) Query(ctx context.Context, q control.Query) (holdfast.Answer, error) {
	site, ok := b.store.Site(q.Site)
	if !ok {
		return holdfast.Answer{}, fmt.Errorf("site %q: %w", q.Site, holdfast.ErrNoSite)
	}
	question, err := questions{}.Question(site, q.Parameters, holdfast.MillisOf(b.now()))
	if err != nil {
		return holdfast.Answer{}, err
	}
	answers, err := b.asker.Ask(ctx, question)
	if err != nil {
		return holdfast.Answer{}, err
	}
	return answers[0], nil
}

func (b *backend) Receipt(_ context.Context, receipt string) (holdfast.Fate, error) {
	return b.store.Fate(receipt)
}

func (b *backend) Audit(ctx context.Context) (map[string]holdfast.Account, error) {
	return b.store.Audit(ctx)
}

func (b *backend) Verify(ctx context.Context) (control.Report, error) {
	r, err := b.store.Verify(ctx)
	return control.Report(r), err
}
