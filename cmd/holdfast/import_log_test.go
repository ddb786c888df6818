package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"holdfast"
	"holdfast/collect/accesslog"
)

// verb runs a command line that must exit with a status.
func verb(t *testing.T, want int, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, talk bytes.Buffer
	if status := run(t.Context(), args, &out, &talk); status != want {
		t.Fatalf("holdfast %s: exit status %d, not %d\n%s", strings.Join(args, " "), status, want, &talk)
	}
	return out.String(), talk.String()
}

// zippedLog is a log of n page views.
func zippedLog(t *testing.T, n int) []byte {
	t.Helper()
	var whole bytes.Buffer
	zip := gzip.NewWriter(&whole)
	for i := range n {
		fmt.Fprintf(zip, "203.0.113.%d - - [30/Jul/2024:18:%02d:%02d +0200] \"GET /%x HTTP/1.1\" 200 %d \"-\" \"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\"\n", i%256, i/60%60, i%60, i*7919, i)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	return whole.Bytes()
}

func write(t *testing.T, dir, name string, text []byte) string {
	t.Helper()
	name = filepath.Join(dir, name)
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func summaryIn(t *testing.T, stdout string) (sum accesslog.Summary) {
	t.Helper()
	if err := json.Unmarshal([]byte(stdout), &sum); err != nil {
		t.Fatalf("%v: %s", err, stdout)
	}
	if sum.Difference() != 0 {
		t.Errorf("it does not add up: %+v", sum)
	}
	return sum
}

func TestImportingALogThatIsCutOffKeepsWhatCameBefore(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "store")
	verb(t, exitDone, "init", "--data", data, "--site", "shop.example")
	whole := zippedLog(t, 20_000)
	half, full := write(t, dir, "half.gz", whole[:len(whole)/2]), write(t, dir, "full.gz", whole)
	stdout, stderr := verb(t, exitDamage, "import", "log", "--data", data, "--site", "shop.example", "--json", half)
	first := summaryIn(t, stdout)
	if first.PageViews < 5000 || first.PageViews > 15_000 || !strings.Contains(stderr, fmt.Sprintf("half.gz, behind line %d: the compressed log is damaged at byte %d: cut off", first.PageViews, len(whole)/2)) ||
		!strings.Contains(stderr, "the same command adds the rest, and nothing twice") {
		t.Errorf("%+v\n%s", first, stderr)
	}
	stdout, _ = verb(t, exitDamage, "import", "log", "--data", data, "--site", "shop.example", "--json", half, full)
	if sum := summaryIn(t, stdout); sum.Duplicates != 2*first.PageViews || sum.PageViews != 20_000-first.PageViews {
		t.Errorf("then %+v", sum)
	}
	verb(t, exitDone, "verify", "--data", data)
	verb(t, exitDone, "audit", "--data", data)
}

// Whatever becomes of the server on the way, the import is done by doing it
// again, and counts nothing twice.
func TestAnImportIsDoneAgainWhenItsServerWasKilled(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "store")
	verb(t, exitDone, "init", "--data", data, "--site", "shop.example")
	const views = 60_000
	name := write(t, dir, "access.log.gz", zippedLog(t, views))
	args := []string{"import", "log", "--data", data, "--site", "shop.example", "--json", name}
	for kill := range 3 {
		s, _, err := startServer(os.Getenv("PATH"), dir, "--data", data, "--listen", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		killed := time.AfterFunc(time.Duration(kill)*150*time.Millisecond, func() { s.cmd.Process.Kill() })
		var stdout, stderr bytes.Buffer
		status := run(t.Context(), args, &stdout, &stderr)
		t.Logf("status %d: %s%s", status, &stdout, &stderr)
		if stdout.Len() > 0 {
			summaryIn(t, stdout.String())
		}
		killed.Stop()
		s.cmd.Process.Kill()
		<-s.read
		s.cmd.Wait()
	}
	verb(t, exitDone, args...)
	stdout, _ := verb(t, exitDone, args...)
	if sum := summaryIn(t, stdout); sum.Duplicates != views {
		t.Errorf("in the end: %+v", sum)
	}
	stdout, _ = verb(t, exitDone, "audit", "--data", data, "--json")
	var books map[string]holdfast.Account
	if err := json.Unmarshal([]byte(stdout), &books); err != nil {
		t.Fatal(err)
	}
	if a := books["shop.example"]; a.Counted != views || len(a.Refused) != 0 {
		t.Errorf("the books have %+v", a)
	}
	verb(t, exitDone, "verify", "--data", data)
}

// Who imports a log of a time in which browsers reported themselves is told so,
// before it is done and after.
func TestAnImportSaysWhatItCountsTwice(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "store")
	stdout, _ := verb(t, exitDone, "init", "--data", data, "--site", "shop.example", "--json")
	var made struct{ Key string }
	if err := json.Unmarshal([]byte(stdout), &made); err != nil {
		t.Fatal(err)
	}
	line := func(at time.Time) string {
		return fmt.Sprintf("203.0.113.7 - - [%s] \"GET / HTTP/1.1\" 200 9 \"-\" \"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\"\n", at.Format("02/Jan/2006:15:04:05 -0700"))
	}
	before := write(t, dir, "before.log", []byte(line(time.Now().Add(-2*time.Hour))+line(time.Now().Add(-time.Hour))))
	during := write(t, dir, "during.log", []byte(line(time.Now().Add(-2*time.Hour))+line(time.Now().Add(5*time.Minute))))
	s, url, err := startServer(os.Getenv("PATH"), dir, "--data", data, "--listen", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		s.cmd.Process.Kill()
		<-s.read
		s.cmd.Wait()
	}()
	req, err := http.NewRequestWithContext(t.Context(), "POST", url+"/api/v1/events", strings.NewReader(`{"site":"shop.example","name":"pageview","url":"/a"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+made.Key)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	for _, flags := range [][]string{{"--dry-run"}, {}} {
		for name, want := range map[string]bool{before: false, during: true} {
			_, stderr := verb(t, exitDone, append([]string{"import", "log", "--data", data, "--site", "shop.example", name}, flags...)...)
			if strings.Contains(stderr, "shop.example: 1 page view of that time came through other doors") != want {
				t.Errorf("of %s %v it says %s", filepath.Base(name), flags, stderr)
			}
		}
	}
}
