// Package traffic makes up the traffic of web sites: realistic enough that a
// store, its files and its answers can be judged by it, the same again from
// the same Config, and faster than a store takes it.
//
// A Generator gives Hits in the order in which they happen, with all that a
// door gets to see of them. JSON writes one for the API; Event gives it as an
// event that has been collected and classified, for what begins behind the
// doors. Arrivals puts hits in the order in which they arrive.
//
// # What is as in real life
//
// Sites sell one thing a day, and tell about it at midnight. Visits come as a
// Poisson process whose rate follows the hour and the weekday in the site's
// zone, with a rush in the first quarter of an hour of each day. Half of them
// are by people who have been there before: the same day, days ago, or every
// other day. A visit is of one page as often as not, else of four; pages are
// looked at for a time that is distributed log-normally; some visits pause for
// longer than half an hour, and so are two. Pages, searches and the thousands
// of small sites that link are popular by Zipf's law. A phone that was offline
// sends a visit's hits hours later; some hits are sent twice with one id.
// Programs make a tenth of the hits: crawlers that say so, around the clock,
// without script and id.
//
// # Where the shares come from
//
// They are round numbers of the right size, not measurements. Browsers and
// systems are after StatCounter's worldwide figures of 2026, with more iPhones
// in countries that have more; versions move on as they do, Chrome's and
// Firefox's every four weeks, Safari's every year. Crawlers are after
// Cloudflare Radar's of spring 2026. Sources are those of a mid-sized shop
// with a newsletter and regulars: a third direct, a third searching. Countries
// are those of a site in English that ships worldwide. Purchases are 3 % of
// visits, the usual figure for shops. What analytics are spared in real life,
// consent that is refused and scripts that are blocked, is spared here.
//
// Addresses are from ranges that belong to nobody: 240.0.0.0/4 and the /64s of
// 2001:db8::/32.
package traffic
