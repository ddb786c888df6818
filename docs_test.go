package holdfast_test

import (
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	link    = regexp.MustCompile(`\]\(([^()\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ +(.+?) *$`)
	fenced  = regexp.MustCompile("(?ms)^```.*?^```$")
	code    = regexp.MustCompile("`[^`\n]+`")
	// inTree is a file or folder of the source that a page names.
	inTree = regexp.MustCompile("`((?:cmd|collect|docs|etc|internal|keep|query|serve|testdata)/[A-Za-z0-9_./-]+)`")
)

// Every link from one page to another, or to a part of one, leads somewhere,
// and every file that a page names is there.
func TestLinksLeadSomewhere(t *testing.T) {
	pages := map[string]string{}
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && strings.HasPrefix(d.Name(), "."):
			return filepath.SkipDir
		case d.IsDir() && name != "." && isModule(name):
			return filepath.SkipDir // its pages are its own tests' concern
		case !d.IsDir() && strings.HasSuffix(name, ".md"):
			text, err := os.ReadFile(name)
			pages[name] = fenced.ReplaceAllString(string(text), "")
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(pages) < 10 {
		t.Fatalf("there are only %d pages", len(pages))
	}
	for name, text := range pages {
		for _, m := range link.FindAllStringSubmatch(code.ReplaceAllString(text, ""), -1) {
			checkLink(t, pages, name, m[1])
		}
		for _, m := range inTree.FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat(m[1]); err != nil {
				t.Errorf("%s names %s, which is not there", name, m[1])
			}
		}
	}
}

func isModule(folder string) bool {
	_, err := os.Stat(filepath.Join(folder, "go.mod"))
	return err == nil
}

func checkLink(t *testing.T, pages map[string]string, page, target string) {
	t.Helper()
	to, err := url.Parse(target)
	if err != nil || to.IsAbs() {
		if err != nil {
			t.Errorf("%s links to %q: %v", page, target, err)
		}
		return // what others have is theirs
	}
	name := page
	if to.Path != "" {
		name = filepath.Join(filepath.Dir(page), to.Path)
	}
	if _, err := os.Stat(name); err != nil {
		t.Errorf("%s links to %s, which is not there", page, target)
		return
	}
	if to.Fragment == "" {
		return
	}
	for _, m := range heading.FindAllStringSubmatch(pages[name], -1) {
		if anchor(m[1]) == to.Fragment {
			return
		}
	}
	t.Errorf("%s links to %s, which has no such part", page, target)
}

// anchor is what a heading's address is made of by those who show Markdown.
func anchor(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r > 127:
			return r
		}
		return -1
	}, strings.ToLower(heading))
}
