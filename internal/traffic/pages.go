package traffic

import (
	"fmt"
	"strings"

	"holdfast"
)

// page is a page of a site. All sites have the same ones, but for deals.
type page struct {
	path, title string
}

var (
	adjectives = strings.Fields(`amber bold brave bright brisk calm clever coastal cosmic crisp curious dapper
		eager early electric fancy fearless feral fluffy frosty gentle giant golden grand handy happy hidden humble
		icy jolly keen late lazy little loud lucky lunar mellow mighty modern noble odd patient plain plush polite
		proud quick quiet rapid rare retro royal rusty salty savory sharp shiny silent silver simple sleek slow smart
		snug soft solar solid sonic spare speedy sturdy sunny super swift tidy tiny tough urban vintage vivid warm wild wise`)
	nouns = strings.Fields(`anvil backpack basket blanket blender bottle bread briefcase broom camera candle chair charger
		clock coat coffee cooler couch desk doorbell drill drone fan flashlight fork freezer grill guitar hammer headphones
		heater hoodie hose jacket kettle keyboard kite knife ladder lamp lantern laptop mattress mirror mixer monitor mop
		mouse mug notebook oven pan pillow pizza planter printer projector puzzle radio razor robot rug saw scooter
		shelf shirt shoe skillet sock speaker stapler stool stove suitcase table tablet teapot telescope tent thermostat
		toaster toothbrush towel tracker tripod trowel umbrella vacuum vase wallet watch webcam wrench`)
	topics = strings.Fields(`review guide story rant recall interview roundup teardown history poll recipe thread
		announcement question mystery update shipping warranty giveaway contest`)
)

func word(words []string, random uint64) string { return words[random%uint64(len(words))] }

func capital(w string) string { return strings.ToUpper(w[:1]) + w[1:] }

// Pages with a part of their own.
var (
	home     = &page{"/", "One thing a day"}
	checkout = &page{"/checkout", "Checkout"}
	thanks   = &page{"/checkout/thanks", "Thank you!"}
)

// pages makes n pages, the most popular first.
func pages(seed uint64, n int) []*page {
	list := []*page{home, {"/forum", "Forum"}, {"/deals", "All deals"}, {"/about", "About us"}, {"/faq", "FAQ"},
		{"/account", "Your account"}, {"/contact", "Contact"}}
	for i := uint64(len(list)); len(list) < n; i++ {
		r := mix(seed, i)
		adjective, noun, topic := word(adjectives, r), word(nouns, r>>16), word(topics, r>>32)
		name := capital(adjective) + " " + capital(noun)
		switch r >> 56 % 8 {
		case 0, 1, 2:
			list = append(list, &page{fmt.Sprintf("/forum/topics/%s-%s-%s-%d", adjective, noun, topic, i), name + ": " + topic})
		case 3, 4:
			list = append(list, &page{fmt.Sprintf("/blog/%d/%02d/the-%s-%s", 2015+r>>40%11, 1+r>>44%12, noun, topic), "The " + topic + " of the " + name})
		case 5:
			list = append(list, &page{fmt.Sprintf("/products/%s/%s-%s-%d", noun, adjective, noun, i), fmt.Sprintf("%s, %d\" – Café edition", name, 5+r>>40%30)})
		case 6:
			list = append(list, &page{fmt.Sprintf("/products/%s/%s-%s-%d", noun, adjective, noun, i), name})
		default:
			list = append(list, &page{fmt.Sprintf("/help/%s-%s-%d", noun, topic, i), "Help: " + noun + " " + topic})
		}
	}
	return list[:n]
}

// missing makes addresses that lead nowhere: old ones, mistyped ones, and what
// people try.
func missing(seed uint64, n int) []*page {
	list := make([]*page, n)
	for i := range list {
		r := mix(seed, 1<<40+uint64(i))
		path := fmt.Sprintf("/%s/%s-%s", word(topics, r), word(adjectives, r>>16), word(nouns, r>>32))
		switch r >> 60 {
		case 0:
			path = fmt.Sprintf("/index.php/%d", r>>40%10_000)
		case 1:
			path = "/deals/" + word(nouns, r>>16)
		case 2:
			path = "/favicon-" + word(adjectives, r>>16) + ".ico"
		}
		list[i] = &page{path, "Page not found"}
	}
	return list
}

// deals remembers the pages of some deals. A deal follows from its site and
// day alone.
type deals struct {
	seed uint64
	slot [1 << 12]struct {
		site int32
		day  holdfast.Day
		page *page
	}
}

func (d *deals) on(site int32, day holdfast.Day) *page {
	key := mix(d.seed, uint64(site)<<32|uint64(uint32(day)))
	s := &d.slot[key%uint64(len(d.slot))]
	if s.page == nil || s.site != site || s.day != day {
		s.site, s.day = site, day
		adjective, noun := word(adjectives, key>>12), word(nouns, key>>28)
		s.page = &page{
			path:  fmt.Sprintf("/deals/%s-%s-%d", adjective, noun, int64(day)),
			title: fmt.Sprintf("Deal: %d %s %s", 1+key>>44%4, capital(adjective), capital(noun)),
		}
	}
	return s.page
}

// Deals returns the deals of a site, one for each day of the Config.
func (g *Generator) Deals(site int) []holdfast.Deal {
	list := make([]holdfast.Deal, g.c.Days)
	for i := range list {
		day := g.c.From + holdfast.Day(i)
		p := g.deals.on(int32(site), day)
		from, to := g.c.Sites[site].Bounds(day)
		list[i] = holdfast.Deal{
			ID: strings.TrimPrefix(p.path, "/deals/"), Title: p.title, Starts: from, Ends: to, Goal: "purchase",
			Link: "https://" + g.c.Sites[site].Name + p.path,
		}
	}
	return list
}
