package classify_test

import (
	"bytes"
	"encoding/csv"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"holdfast"
	"holdfast/collect"
	"holdfast/collect/classify"
)

// from returns what is made of a visitor who comes from a host.
func from(c *classify.Classifier, host string) (e holdfast.Event) {
	e.Name = holdfast.Pageview
	c.Classify(&e, collect.Hints{ReferrerHost: collect.BareHost(host)})
	return e
}

// How much of what others know of is known here. Half of the search engines of
// the list are portals of the years around 2005, so the bars are low; what
// matters is that little is called something that it is not.
func TestCoverageOfListsOfOthers(t *testing.T) {
	c := classify.New()
	for _, k := range []struct {
		file     string
		channels []string
		bar      float64
		hosts    func(t *testing.T, name string) []string
	}{
		{"referrer/matomo_SearchEngines.yml", []string{"Organic Search"}, 0.5, searchHosts},
		{"referrer/matomo_Socials.yml", []string{"Organic Social", "Organic Video"}, 0.5, listedHosts},
		{"referrer/matomo_AIAssistants.yml", []string{"Referral", "Organic Search"}, 0.8, listedHosts},
	} {
		hosts := k.hosts(t, k.file)
		var known, right int
		for _, host := range hosts {
			e := from(c, host)
			named := e.Source != collect.BareHost(host)
			if named || k.channels[0] != "Referral" && slices.Contains(k.channels, e.Channel) {
				known++
			}
			if (named || k.channels[0] != "Referral") && slices.Contains(k.channels, e.Channel) {
				right++
			}
		}
		t.Logf("%s: of %d hosts %d are known, %d of them as the list says", k.file, len(hosts), known, right)
		if float64(right) < k.bar*float64(len(hosts)) {
			t.Errorf("%s: only %d of %d", k.file, right, len(hosts))
		}
	}
}

func listedHosts(t *testing.T, name string) (hosts []string) {
	t.Helper()
	var list yaml.MapSlice
	yamlData(t, name, &list)
	for _, of := range list {
		for _, host := range of.Value.([]any) {
			host, _, _ := strings.Cut(host.(string), "/")
			hosts = append(hosts, host)
		}
	}
	return hosts
}

func searchHosts(t *testing.T, name string) (hosts []string) {
	t.Helper()
	var list map[string][]struct{ URLs []string }
	yamlData(t, name, &list)
	for engine, rules := range list {
		for _, rule := range rules {
			for _, address := range rule.URLs {
				host, _, _ := strings.Cut(strings.TrimPrefix(address, "android-app//"), "/")
				if strings.Contains(engine, "Translat") || engine == "Facebook" || engine == "Digg" {
					continue
				}
				if host = strings.NewReplacer("{}.", "de.", ".{}", ".de").Replace(host); !slices.Contains(hosts, host) {
					hosts = append(hosts, host)
				}
			}
		}
	}
	return hosts
}

// Referrers with what somebody else takes them for. Pages of Wikipedia are
// theirs, and not ours.
func TestReferrersOfOthers(t *testing.T) {
	rows, err := csv.NewReader(bytes.NewReader(data(t, "referrer/wikimedia_referer_test_data.csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	c := classify.New()
	var same, all, invented int
	for _, row := range rows[1:] {
		referrer, class := row[1], row[2]
		from := arrive(t, c, referrer)
		var ok bool
		switch class {
		case "external (search engine)":
			ok = from.Channel == "Organic Search" || from.Channel == "Organic Shopping"
		case "external (media sites)":
			ok = from.Channel == "Organic Social" || from.Channel == "Organic Video" || from.Source != hostOf(referrer) && from.Source != ""
		case "external (AI chatbot)":
			ok = from.Channel == "Referral" && from.Source != hostOf(referrer)
		case "external", "internal":
			ok = from.Channel == "Referral" || from.Channel == "Direct" && from.Source == ""
			if !ok {
				invented++
				t.Logf("%s is %s by %s", referrer, from.Source, from.Channel)
			}
		default:
			ok = from.Source == "" || from.Source == hostOf(referrer)
		}
		all++
		if ok {
			same++
		} else {
			t.Logf("%s, %s there, is %q by %q", referrer, class, from.Source, from.Channel)
		}
	}
	t.Logf("%d of %d referrers are taken for the same", same, all)
	if same*100 < all*94 || invented > 0 {
		t.Errorf("only %d of %d; %d are taken for known ones and are not", same, all, invented)
	}
}

func hostOf(referrer string) string {
	u, err := url.Parse(referrer)
	if err != nil {
		return ""
	}
	return collect.BareHost(strings.ToLower(u.Hostname()))
}
