package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

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

func TestImportingALogThatIsCutOffKeepsWhatCameBefore(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "store")
	verb(t, exitDone, "init", "--data", data, "--site", "shop.example")
	var whole bytes.Buffer
	zip := gzip.NewWriter(&whole)
	for i := range 20_000 {
		fmt.Fprintf(zip, "203.0.113.%d - - [30/Jul/2024:18:%02d:%02d +0200] \"GET /%x HTTP/1.1\" 200 %d \"-\" \"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\"\n", i%256, i/400, i%60, i*7919, i)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	write := func(name string, text []byte) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	half, full := write("half.gz", whole.Bytes()[:whole.Len()/2]), write("full.gz", whole.Bytes())

	read := func(stdout string) (sum accesslog.Summary) {
		t.Helper()
		if err := json.Unmarshal([]byte(stdout), &sum); err != nil {
			t.Fatalf("%v: %s", err, stdout)
		}
		if sum.Difference() != 0 {
			t.Errorf("it does not add up: %+v", sum)
		}
		return sum
	}
	stdout, stderr := verb(t, exitDamage, "import", "log", "--data", data, "--site", "shop.example", "--json", half)
	first := read(stdout)
	if first.PageViews < 5000 || first.PageViews > 15_000 || !strings.Contains(stderr, "half.gz: the compressed log is damaged: it is cut off") {
		t.Errorf("%+v\n%s", first, stderr)
	}
	stdout, _ = verb(t, exitDamage, "import", "log", "--data", data, "--site", "shop.example", "--json", half, full)
	if sum := read(stdout); sum.Duplicates != 2*first.PageViews || sum.PageViews != 20_000-first.PageViews {
		t.Errorf("then %+v", sum)
	}
	verb(t, exitDone, "verify", "--data", data)
	verb(t, exitDone, "audit", "--data", data)
}
