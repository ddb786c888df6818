package traffic

import (
	"strconv"
	"strings"
)

// country is one that visitors come from.
type country struct {
	code     string
	language string // as browsers say it
	lower    string
	currency string
	iPhones  bool // many of them
}

// countryTable holds country, weight, language, and for countries with many
// iPhones an i. All else have a weight of 1 and English.
const countryTable = `
	US 420 en-US i, GB 90 en-GB i, CA 70 en-CA i, DE 62 de-DE i, AU 42 en-AU i, IN 60 en-IN, FR 38 fr-FR i, NL 26 nl-NL i,
	BR 26 pt-BR, ES 20 es-ES, IT 20 it-IT i, SE 17 sv-SE i, PL 15 pl-PL, JP 16 ja-JP i, CH 13 de-CH i, MX 14 es-MX,
	BE 11 nl-BE i, AT 11 de-AT i, IE 11 en-IE i, NO 10 nb-NO i, DK 11 da-DK i, FI 9 fi-FI, NZ 9 en-NZ i, SG 9 en-SG i,
	PH 12 en-PH, ID 12 id-ID, TR 10 tr-TR, RU 10 ru-RU, UA 8 uk-UA, CZ 8 cs-CZ, PT 8 pt-PT, RO 7 ro-RO, HU 6 hu-HU, GR 6 el-GR,
	IL 7 he-IL i, AR 7 es-AR, CL 5 es-CL, CO 6 es-CO, ZA 8 en-ZA, KR 6 ko-KR, TW 6 zh-TW i, HK 6 zh-HK i, CN 8 zh-CN,
	MY 7 ms-MY, TH 6 th-TH, VN 6 vi-VN, PK 6 en-PK, BD 4 bn-BD, EG 4 ar-EG, SA 4 ar-SA i, AE 6 ar-AE i, NG 5 en-NG,
	KE 3 en-KE, BG 3 bg-BG, HR 3 hr-HR, SK 3 sk-SK, SI 2 sl-SI, LT 2 lt-LT, LV 2 lv-LV, EE 2 et-EE, RS 3 sr-RS, PE 3 es-PE,
	EC 2 es-EC, VE 2 es-VE, CR 2 es-CR, DO 2 es-DO, PR 3 es-PR i, LU 1 fr-LU i, IS 1 is-IS i, MT 1 mt-MT, CY 1 el-CY,
	MA 2 fr-MA, DZ 2 fr-DZ, TN 2 fr-TN, LK 2 en-LK, NP 2 ne-NP, KZ 2 ru-KZ, BY 2 ru-BY, GE 1 ka-GE, AM 1 hy-AM, AZ 1 az-AZ,
	AD AF AG AI AL AO AS AW AX BA BB BF BH BI BJ BM BN BO BQ BS BT BW BZ CD CF CG CI CK CM CU CV CW DJ DM ER ET FJ FK FM FO
	GA GD GF GG GH GI GL GM GN GP GQ GT GU GW GY HN HT IM IQ IR JE JM JO KG KH KI KM KN KW KY LA LB LC LI LR LS LY MC MD ME
	MG MH MK ML MM MN MO MP MQ MR MS MU MV MW MZ NA NC NE NI NR OM PA PF PG PM PS PW PY QA RE RW SB SC SD SL SM SN SO SR SS
	ST SV SX SY SZ TC TD TG TJ TL TM TO TT TV TZ UG UY UZ VA VC VG VI VU WF WS XK YE YT ZM ZW`

var currencies = map[string]string{
	"GB": "GBP", "CA": "CAD", "AU": "AUD", "DE": "EUR", "FR": "EUR", "NL": "EUR", "ES": "EUR", "IT": "EUR", "BE": "EUR",
	"AT": "EUR", "IE": "EUR", "FI": "EUR", "PT": "EUR", "GR": "EUR", "JP": "JPY",
}

// countries reads the table.
func countries() (list []country, weights []float64) {
	for _, entry := range strings.Split(countryTable, ",") {
		f := strings.Fields(entry)
		if _, err := strconv.ParseFloat(f[1], 64); err != nil { // the tail
			for _, code := range f {
				list, weights = append(list, newCountry(code, "en-US")), append(weights, 0.4)
			}
			continue
		}
		c := newCountry(f[0], f[2])
		c.iPhones = len(f) > 3
		weight, _ := strconv.ParseFloat(f[1], 64)
		list, weights = append(list, c), append(weights, weight)
	}
	return list, weights
}

func newCountry(code, language string) country {
	c := country{code: code, language: language, lower: strings.ToLower(language), currency: "USD"}
	if currency, ok := currencies[code]; ok {
		c.currency = currency
	}
	return c
}

// places are regions and cities of the countries most visitors come from.
var places = map[string][]string{
	"US": strings.Split("US-NY/New York;US-CA/Los Angeles;US-CA/San Francisco;US-CA/San Diego;US-IL/Chicago;US-TX/Houston;US-TX/Dallas;US-TX/Austin;US-AZ/Phoenix;US-PA/Philadelphia;US-WA/Seattle;US-CO/Denver;US-MA/Boston;US-GA/Atlanta;US-FL/Miami;US-FL/Tampa;US-MI/Detroit;US-MN/Minneapolis;US-OR/Portland;US-NC/Charlotte;US-OH/Columbus;US-MO/Saint Louis;US-TN/Nashville;US-VA/Ashburn;US-NJ/Newark;US-UT/Salt Lake City", ";"),
	"GB": strings.Split("GB-ENG/London;GB-ENG/Manchester;GB-ENG/Birmingham;GB-ENG/Leeds;GB-ENG/Bristol;GB-SCT/Edinburgh;GB-SCT/Glasgow;GB-WLS/Cardiff;GB-NIR/Belfast", ";"),
	"CA": strings.Split("CA-ON/Toronto;CA-ON/Ottawa;CA-QC/Montréal;CA-BC/Vancouver;CA-AB/Calgary;CA-AB/Edmonton;CA-MB/Winnipeg;CA-NS/Halifax", ";"),
	"DE": strings.Split("DE-BE/Berlin;DE-HH/Hamburg;DE-BY/Munich;DE-NW/Cologne;DE-HE/Frankfurt am Main;DE-BW/Stuttgart;DE-NW/Düsseldorf;DE-SN/Leipzig;DE-NI/Hannover", ";"),
	"AU": strings.Split("AU-NSW/Sydney;AU-VIC/Melbourne;AU-QLD/Brisbane;AU-WA/Perth;AU-SA/Adelaide;AU-ACT/Canberra", ";"),
	"IN": strings.Split("IN-MH/Mumbai;IN-DL/Delhi;IN-KA/Bengaluru;IN-TN/Chennai;IN-TS/Hyderabad;IN-MH/Pune;IN-WB/Kolkata", ";"),
	"FR": strings.Split("FR-IDF/Paris;FR-ARA/Lyon;FR-PAC/Marseille;FR-OCC/Toulouse;FR-NAQ/Bordeaux;FR-HDF/Lille", ";"),
	"NL": strings.Split("NL-NH/Amsterdam;NL-ZH/Rotterdam;NL-ZH/The Hague;NL-UT/Utrecht;NL-NB/Eindhoven", ";"),
	"BR": strings.Split("BR-SP/São Paulo;BR-RJ/Rio de Janeiro;BR-MG/Belo Horizonte;BR-DF/Brasília;BR-PR/Curitiba", ";"),
}

// place returns where in a country somebody is, if anybody knows.
func place(code string, who uint64) (region, city string) {
	list := places[code]
	if len(list) == 0 {
		return "", ""
	}
	// The first ones are the largest.
	at := unit(mix(who, 77))
	region, city, _ = strings.Cut(list[int(at*at*float64(len(list)))], "/")
	return region, city
}
