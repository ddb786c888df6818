package record

import (
	"fmt"

	"holdfast"

	"google.golang.org/protobuf/encoding/protowire"
)

// CatalogChange is one change of the catalog: exactly one field is set.
type CatalogChange struct {
	PutSite    *holdfast.Site
	PutKey     *holdfast.Key
	RevokeKey  string
	PutDeal    *SiteDeal
	DeleteDeal *DealName
}

// SiteDeal is a deal of a site.
type SiteDeal struct {
	Site holdfast.SiteID
	holdfast.Deal
}

// DealName names a deal.
type DealName struct {
	Site holdfast.SiteID
	ID   string
}

// Catalog is the checkpoint of the catalog.
type Catalog struct {
	Sites    []*holdfast.Site
	Keys     []*holdfast.Key
	Deals    []*SiteDeal
	LastSite holdfast.SiteID
}

// Append appends the change's encoding to b.
func (c *CatalogChange) Append(b []byte) []byte {
	e := enc{b}
	switch {
	case c.PutSite != nil:
		e.message(1, func(e *enc) { e.site(c.PutSite) })
	case c.PutKey != nil:
		e.message(2, func(e *enc) { e.key(c.PutKey) })
	case c.RevokeKey != "":
		e.str(3, c.RevokeKey)
	case c.PutDeal != nil:
		e.message(4, func(e *enc) { e.deal(c.PutDeal) })
	case c.DeleteDeal != nil:
		e.message(5, func(e *enc) {
			e.uint(1, uint64(c.DeleteDeal.Site))
			e.str(2, c.DeleteDeal.ID)
		})
	}
	return e.b
}

// DecodeCatalogChange reads a change.
func DecodeCatalogChange(payload []byte) (CatalogChange, error) {
	var c CatalogChange
	err := fields(string(payload), func(f *field) (err error) {
		switch f.num {
		case 1:
			c.PutSite, err = decodeSite(f.s, new(holdfast.Zones))
		case 2:
			c.PutKey, err = decodeKey(f.s)
		case 3:
			c.RevokeKey = f.s
		case 4:
			c.PutDeal, err = decodeDeal(f.s)
		case 5:
			d, derr := decodeDeal(f.s)
			if derr != nil {
				return derr
			}
			c.DeleteDeal = &DealName{Site: d.Site, ID: d.ID}
		}
		return err
	})
	if err != nil {
		return CatalogChange{}, fmt.Errorf("decode catalog change: %w", err)
	}
	return c, nil
}

// Append appends the checkpoint's encoding to b.
func (c *Catalog) Append(b []byte) []byte {
	e := enc{b}
	for _, s := range c.Sites {
		e.message(1, func(e *enc) { e.site(s) })
	}
	for _, k := range c.Keys {
		e.message(2, func(e *enc) { e.key(k) })
	}
	for _, d := range c.Deals {
		e.message(3, func(e *enc) { e.deal(d) })
	}
	e.uint(4, uint64(c.LastSite))
	return e.b
}

// DecodeCatalog reads a checkpoint.
func DecodeCatalog(payload []byte) (Catalog, error) {
	var c Catalog
	var zones holdfast.Zones
	err := fields(string(payload), func(f *field) error {
		switch f.num {
		case 1:
			s, err := decodeSite(f.s, &zones)
			c.Sites = append(c.Sites, s)
			return err
		case 2:
			k, err := decodeKey(f.s)
			c.Keys = append(c.Keys, k)
			return err
		case 3:
			d, err := decodeDeal(f.s)
			c.Deals = append(c.Deals, d)
			return err
		case 4:
			c.LastSite = holdfast.SiteID(f.u)
		}
		return nil
	})
	if err != nil {
		return Catalog{}, fmt.Errorf("decode catalog: %w", err)
	}
	return c, nil
}

func (e *enc) site(s *holdfast.Site) {
	e.uint(1, uint64(s.ID))
	e.str(2, s.Name)
	e.bool(3, s.Public)
	e.sint(4, int64(s.Created))
	for _, z := range s.Zones {
		e.message(5, func(e *enc) {
			e.sint(1, int64(z.From))
			e.str(2, z.Zone)
		})
	}
	e.strs(6, s.Hosts)
}

// strs appends strings, empty ones too.
func (e *enc) strs(num protowire.Number, list []string) {
	for _, s := range list {
		e.b = protowire.AppendTag(e.b, num, protowire.BytesType)
		e.b = protowire.AppendString(e.b, s)
	}
}

func decodeSite(msg string, zones *holdfast.Zones) (*holdfast.Site, error) {
	s := &holdfast.Site{}
	err := fields(msg, func(f *field) error {
		switch f.num {
		case 1:
			s.ID = holdfast.SiteID(f.u)
		case 2:
			s.Name = f.s
		case 3:
			s.Public = f.bool()
		case 4:
			s.Created = holdfast.Millis(f.sint())
		case 5:
			z := holdfast.ZoneSpan{}
			err := fields(f.s, func(f *field) error {
				switch f.num {
				case 1:
					z.From = holdfast.Millis(f.sint())
				case 2:
					z.Zone = f.s
				}
				return nil
			})
			s.Zones = append(s.Zones, z)
			return err
		case 6:
			s.Hosts = append(s.Hosts, f.s)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if s.ID == 0 || len(s.Zones) == 0 {
		return nil, errMalformed
	}
	return s, s.LoadFrom(zones)
}

func (e *enc) key(k *holdfast.Key) {
	e.str(1, k.ID)
	e.str(2, string(k.Hash[:]))
	for _, s := range k.Scopes {
		e.str(3, string(s))
	}
	for _, s := range k.Sites {
		e.b = protowire.AppendTag(e.b, 4, protowire.VarintType)
		e.b = protowire.AppendVarint(e.b, uint64(s))
	}
	e.str(5, k.Label)
	e.sint(6, int64(k.Created))
}

func decodeKey(msg string) (*holdfast.Key, error) {
	k := &holdfast.Key{}
	err := fields(msg, func(f *field) error {
		switch f.num {
		case 1:
			k.ID = f.s
		case 2:
			if copy(k.Hash[:], f.s) != len(k.Hash) || len(f.s) != len(k.Hash) {
				return errMalformed
			}
		case 3:
			k.Scopes = append(k.Scopes, holdfast.Scope(f.s))
		case 4:
			k.Sites = append(k.Sites, holdfast.SiteID(f.u))
		case 5:
			k.Label = f.s
		case 6:
			k.Created = holdfast.Millis(f.sint())
		}
		return nil
	})
	return k, err
}

func (e *enc) deal(d *SiteDeal) {
	e.uint(1, uint64(d.Site))
	e.str(2, d.ID)
	e.str(3, d.Title)
	e.sint(4, int64(d.Starts))
	e.sint(5, int64(d.Ends))
	e.strs(6, d.Paths)
	e.str(7, d.Goal)
	e.str(8, d.Link)
}

func decodeDeal(msg string) (*SiteDeal, error) {
	d := &SiteDeal{}
	err := fields(msg, func(f *field) error {
		switch f.num {
		case 1:
			d.Site = holdfast.SiteID(f.u)
		case 2:
			d.ID = f.s
		case 3:
			d.Title = f.s
		case 4:
			d.Starts = holdfast.Millis(f.sint())
		case 5:
			d.Ends = holdfast.Millis(f.sint())
		case 6:
			d.Paths = append(d.Paths, f.s)
		case 7:
			d.Goal = f.s
		case 8:
			d.Link = f.s
		}
		return nil
	})
	return d, err
}
