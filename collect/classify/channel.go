package classify

import "strings"

// The channels, with the names and by the rules of Google Analytics 4's default
// channel group, in its order: the first that fits.
const (
	direct          = "Direct"
	crossNetwork    = "Cross-network"
	paidShopping    = "Paid Shopping"
	paidSearch      = "Paid Search"
	paidSocial      = "Paid Social"
	paidVideo       = "Paid Video"
	display         = "Display"
	paidOther       = "Paid Other"
	organicShopping = "Organic Shopping"
	organicSocial   = "Organic Social"
	organicVideo    = "Organic Video"
	organicSearch   = "Organic Search"
	email           = "Email"
	affiliates      = "Affiliates"
	referral        = "Referral"
	audio           = "Audio"
	sms             = "SMS"
	push            = "Mobile Push Notifications"
	unassigned      = "Unassigned"
)

// visit is what a channel follows from. All texts are in lower case.
type visit struct {
	source                source
	tag, medium, campaign string
	click                 string
	referred              bool
}

func channel(v visit) string {
	kind, paid := v.source.kind, isPaid(v.medium) || v.medium == "" && (isPaidClick(v.click, v.source.name) || isPaidTag(v.tag))
	shopping := kind == shop || isShopping(v.campaign)
	switch {
	case strings.Contains(v.campaign, "cross-network"):
		return crossNetwork
	case paid && shopping:
		return paidShopping
	case paid && kind == search:
		return paidSearch
	case paid && kind == social:
		return paidSocial
	case paid && kind == video:
		return paidVideo
	case isOne(v.medium, "display", "banner", "expandable", "interstitial", "cpm"):
		return display
	case paid:
		return paidOther
	case shopping:
		return organicShopping
	case kind == social, isOne(v.medium, "social", "social-network", "social-media", "sm", "social network", "social media"):
		return organicSocial
	case kind == video, strings.Contains(v.medium, "video"):
		return organicVideo
	case kind == search, v.medium == "organic":
		return organicSearch
	case kind == mail, isMail(v.tag), isMail(v.medium):
		return email
	case isOne(v.medium, "affiliate", "affiliates"):
		return affiliates
	case isOne(v.medium, "referral", "app", "link"):
		return referral
	case v.medium == "audio":
		return audio
	case v.tag == "sms", v.medium == "sms":
		return sms
	case strings.HasSuffix(v.medium, "push"), strings.Contains(v.medium, "mobile"),
		strings.Contains(v.medium, "notification"), v.tag == "firebase":
		return push
	case v.referred, v.medium == "" && v.source.name != "":
		return referral
	}
	return unassigned
}

func isOne(s string, of ...string) bool {
	for _, t := range of {
		if s == t {
			return true
		}
	}
	return false
}

func isMail(s string) bool { return isOne(s, "email", "e-mail", "e_mail", "e mail", "newsletter") }

// isPaid is Google's ^(.*cp.*|ppc|retargeting|paid.*)$.
func isPaid(medium string) bool {
	return strings.Contains(medium, "cp") || medium == "ppc" || medium == "retargeting" || strings.HasPrefix(medium, "paid")
}

// isPaidTag says whether a source is called so that it was paid.
func isPaidTag(tag string) bool {
	return tag == "adwords" || tag == "googleads" || strings.HasSuffix(tag, "-ads") || strings.HasSuffix(tag, "_ads")
}

// isPaidClick says whether a click id is one that only advertisements have.
// Facebook's, for one, is on every link.
func isPaidClick(click, source string) bool {
	switch click {
	case "gclid", "gbraid", "wbraid":
		return source == "Google" || source == "YouTube"
	case "msclkid":
		return source == "Bing"
	}
	return false
}

// isShopping is Google's ^(.*(([^a-df-z]|^)shop|shopping).*)$: so a campaign
// named "workshop" is not.
func isShopping(campaign string) bool {
	if strings.Contains(campaign, "shopping") {
		return true
	}
	for from := 0; ; {
		i := strings.Index(campaign[from:], "shop")
		if i < 0 {
			return false
		}
		i += from
		if i == 0 {
			return true
		}
		if c := campaign[i-1]; c < 'a' || c > 'z' || c == 'e' {
			return true
		}
		from = i + 1
	}
}
