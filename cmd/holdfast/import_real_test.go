package main

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// realLog returns the name of a real log of 10,000 lines, and its lines.
func realLog(t *testing.T) (name string, lines []string) {
	t.Helper()
	dir := os.Getenv("HOLDFAST_TEST_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	name = filepath.Join(dir, "logs", "semicomplete_scrubbed_sorted_10k.log.gz")
	file, err := os.Open(name)
	if os.IsNotExist(err) {
		t.Skipf("the test data is not there: set HOLDFAST_TEST_DATA to the folder that %s is in", "logs/semicomplete_scrubbed_sorted_10k.log.gz")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	zip, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	text := bufio.NewScanner(zip)
	for text.Scan() {
		lines = append(lines, text.Text())
	}
	if err := text.Err(); err != nil {
		t.Fatal(err)
	}
	return name, lines
}

var (
	aPageView = regexp.MustCompile(`\[(\S+) \+0000\] "GET ([^" ?]*)(\?\S*)? HTTP/1\.[01]" (?:2\d\d|304) \S+ ".*" ".*"$`)
	noPage    = regexp.MustCompile(`(?i)\.(png|css|ico|jpe?g|js|txt|gif|jar|ttf|woff|pdf|xml|xsl|svg|pyc?|log|conf|exe|c|cpp|gz|sh|tex|deb|swf|spec|rb|patch|lua|doc|vim|pcap|java|gem|diff)$` +
		`|/\.|^/wp-|/rss/$|/xmlrpc\.php$|^/phpmyadmin`)
	ofFeed = regexp.MustCompile(`[?&]flav=(rss|atom)`)
)

// From the file to the answer: a real log comes to what it comes to if its lines
// are counted one by one, however often it is imported.
func TestARealLogComesToWhatItsLinesDo(t *testing.T) {
	name, lines := realLog(t)
	hours, days, first := map[string]int64{}, map[string]int64{}, map[string]bool{}
	for _, l := range lines {
		m := aPageView.FindStringSubmatch(l)
		if i := strings.IndexByte(l, '['); i > 0 {
			at, err := time.Parse("02/Jan/2006:15", l[i+1:i+15])
			if err != nil {
				t.Fatal(err)
			}
			first[at.Format(time.RFC3339)] = true
		}
		if m == nil || noPage.MatchString(m[2]) || ofFeed.MatchString(m[3]) {
			continue
		}
		at, err := time.Parse("02/Jan/2006:15:04:05", m[1])
		if err != nil {
			t.Fatal(err)
		}
		hours[at.Truncate(time.Hour).Format(time.RFC3339)]++
		days[at.Format(time.DateOnly)]++
	}

	dir := t.TempDir()
	data := filepath.Join(dir, "store")
	verb(t, exitDone, "init", "--data", data, "--site", "semicomplete.com")
	answer := func(question string) (rows [][2]any, unknown int) {
		t.Helper()
		stdout, _ := verb(t, exitDone, "query", "--data", data, "--json", question)
		var a struct{ Rows [][2]any }
		if err := json.Unmarshal([]byte(stdout), &a); err != nil {
			t.Fatal(err)
		}
		for _, row := range a.Rows {
			if row[1] == nil {
				unknown++
				continue
			}
			rows = append(rows, row)
		}
		return rows, unknown
	}
	counted := func(by string) map[string]int64 {
		t.Helper()
		sum := map[string]int64{}
		for _, what := range []string{"views by " + by, "events by " + by + " where flag exists"} { // those of bots are kept too
			rows, _ := answer(what + " from 2015-05-17 to 2015-05-20")
			for _, row := range rows {
				if n := int64(row[1].(float64)); n > 0 {
					sum[row[0].(string)] += n
				}
			}
		}
		return sum
	}
	var before []string
	for round := range 3 {
		stdout, _ := verb(t, exitDone, "import", "log", "--data", data, "--site", "semicomplete.com", "--json", name)
		sum := summaryIn(t, stdout)
		var views int64
		for _, n := range days {
			views += n
		}
		kept := sum.PageViews
		for _, n := range sum.Flagged {
			kept += n
		}
		if sum.Lines != int64(len(lines)) || round == 0 && (kept != views || sum.Duplicates != 0) || round > 0 && (kept != 0 || sum.Duplicates != views) {
			t.Errorf("round %d: of %d views in %d lines %+v", round, views, len(lines), sum)
		}
		if diff := cmp.Diff(days, counted("day")); diff != "" {
			t.Errorf("round %d, days: %s", round, diff)
		}
		if diff := cmp.Diff(hours, counted("hour")); diff != "" {
			t.Errorf("round %d, hours: %s", round, diff)
		}
		// What is not known are the hours in which the log has no line.
		rows, unknown := answer("views by hour from 2015-05-17 to 2015-05-20")
		if len(rows) != len(first) || unknown != 4*24-len(first) {
			t.Errorf("round %d: %d hours are known and %d are not, and the log has lines in %d", round, len(rows), unknown, len(first))
		}
		for _, row := range rows {
			if !first[row[0].(string)] {
				t.Errorf("%s is known", row[0])
			}
		}
		out, _ := verb(t, exitDone, "query", "--data", data, "views, visitors, visits, bounce_rate by source from 2015-05-17 to 2015-05-20")
		body, _, _ := strings.Cut(out, "\n\n")
		if before = append(before, body); before[0] != body {
			t.Errorf("round %d: %s", round, cmp.Diff(before[0], body))
		}
	}
	verb(t, exitDone, "verify", "--data", data)
	verb(t, exitDone, "audit", "--data", data)
}
