package main

import (
	"encoding/hex"
	"math"

	"holdfast"
	"holdfast/keep/record"
)

// What records and checkpoints hold, as JSON.

func dumpedChange(c *record.CatalogChange) *object {
	o := &object{}
	switch {
	case c.PutSite != nil:
		o.put("put_site", dumpedSite(c.PutSite))
	case c.PutKey != nil:
		o.put("put_key", dumpedKey(c.PutKey))
	case c.RevokeKey != "":
		o.put("revoke_key", c.RevokeKey)
	case c.PutDeal != nil:
		o.put("put_deal", dumpedDeal(c.PutDeal))
	case c.DeleteDeal != nil:
		name := &object{}
		name.put("site", c.DeleteDeal.Site)
		name.put("id", c.DeleteDeal.ID)
		o.put("delete_deal", name)
	}
	return o
}

func dumpedSite(s *holdfast.Site) *object {
	o := &object{}
	o.put("number", s.ID)
	o.put("site", s.Name)
	o.put("public", s.Public)
	o.put("created", s.Created.String())
	zones := make([]*object, 0, len(s.Zones))
	for _, z := range s.Zones {
		zone := &object{}
		zone.put("zone", z.Zone)
		if z.From != math.MinInt64 {
			zone.put("from", z.From.String())
		}
		zones = append(zones, zone)
	}
	o.put("zones", zones)
	o.put("hosts", append([]string{}, s.Hosts...))
	return o
}

func dumpedKey(k *holdfast.Key) *object {
	o := &object{}
	o.put("id", k.ID)
	o.put("hash", hex.EncodeToString(k.Hash[:]))
	o.put("scopes", k.Scopes)
	o.put("sites", append([]holdfast.SiteID{}, k.Sites...))
	o.put("label", k.Label)
	o.put("created", k.Created.String())
	return o
}

func dumpedDeal(d *record.SiteDeal) *object {
	o := &object{}
	o.put("site", d.Site)
	o.put("id", d.ID)
	o.put("title", d.Title)
	o.put("starts", d.Starts.String())
	if d.Ends != 0 {
		o.put("ends", d.Ends.String())
	}
	o.put("paths", append([]string{}, d.Paths...))
	o.put("goal", d.Goal)
	o.put("link", d.Link)
	return o
}

func dumpedEntry(e *record.LedgerEntry) *object {
	o := &object{}
	if f := e.Files; f != nil {
		o.put("cause", f.Cause)
		o.put("add", dumpedFiles(f.Add))
		o.put("remove", append([]string{}, f.Remove...))
		o.put("sealed_to", f.SealedTo)
	}
	if e.Damage != nil {
		o.put("damage", dumpedDamage(e.Damage))
	}
	if len(e.Imported) > 0 {
		o.put("imported", dumpedImports(e.Imported))
	}
	return o
}

func dumpedImports(imports []record.Imported) []*object {
	list := make([]*object, 0, len(imports))
	for i := range imports {
		im := &imports[i]
		o := &object{}
		o.put("site", im.Site)
		o.put("source", im.Source)
		o.put("by", im.By)
		o.put("on", im.On.String())
		o.put("written", dumpedStretches(im.Written))
		o.put("told", dumpedStretches(im.Told))
		cut := make([]string, 0, len(im.Cut))
		for _, at := range im.Cut {
			cut = append(cut, at.String())
		}
		o.put("cut", cut)
		list = append(list, o)
	}
	return list
}

func dumpedStretches(stretches []holdfast.Stretch) []*object {
	list := make([]*object, 0, len(stretches))
	for _, s := range stretches {
		o := &object{}
		o.put("from", s.From.String())
		o.put("to", s.To.String())
		list = append(list, o)
	}
	return list
}

func dumpedDamage(d *record.Damage) *object {
	o := &object{}
	o.put("from", d.From.String())
	o.put("to", d.To.String())
	o.put("first", d.First)
	o.put("last", d.Last)
	o.put("what", d.What)
	return o
}

func dumpedFiles(files []record.File) []*object {
	list := make([]*object, 0, len(files))
	for i := range files {
		f := &files[i]
		o := &object{}
		o.put("name", f.Name)
		o.put("kind", f.Kind)
		o.put("rows", f.Rows)
		o.put("counted", f.Counted)
		o.put("bytes", f.Bytes)
		o.put("sha256", hex.EncodeToString(f.Hash[:]))
		o.put("from", f.MinTime.String())
		o.put("to", f.MaxTime.String())
		o.put("first_day", f.MinDay.String())
		o.put("last_day", f.MaxDay.String())
		if f.Site != 0 {
			o.put("site", f.Site)
		}
		o.put("hashed", f.Hashed)
		list = append(list, o)
	}
	return list
}

func dumpedTallies(list []record.Tally) []*object {
	out := make([]*object, 0, len(list))
	for _, t := range list {
		o := &object{}
		o.put("site", t.Site)
		o.put("reason", t.Reason)
		o.put("minute", holdfast.Millis(t.Minute*60_000).String())
		o.put("events", t.Events)
		out = append(out, o)
	}
	return out
}
