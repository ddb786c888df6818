package holdfast_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// layers says what each part of the program may import of it. A part is the
// longest of these that a package's folder begins with.
var layers = map[string][]string{
	".":        {},
	"internal": {".", "internal"},
	"collect":  {".", "internal", "collect"},
	"serve":    {".", "internal", "serve"},
	"keep":     {".", "internal", "keep"},
	"guard":    {".", "internal", "guard"},
	"query":    {".", "internal", "keep", "query"},
	"vault":    {".", "internal", "keep", "vault"},
	"mirror":   {".", "internal", "keep", "mirror"},
	"cmd":      {".", "internal", "collect", "serve", "keep", "guard", "query", "vault", "mirror"},
}

// The files are parsed here, not listed by the go tool: what the go tool says
// is cached, and would stay green after a violation.

func TestImportsPointOneWay(t *testing.T) {
	for folder, files := range packages(t) {
		may := layers[part(folder)]
		for _, file := range files {
			for _, imp := range file.Imports {
				name, ours := strings.CutPrefix(strings.Trim(imp.Path.Value, `"`), "holdfast")
				switch {
				case ours && !slices.Contains(may, part(path.Join(".", name))):
					t.Errorf("%s imports %s", folder, imp.Path.Value)
				case folder == "." && strings.Contains(imp.Path.Value, "."):
					t.Errorf("the root package imports %s: it knows only the standard library", imp.Path.Value)
				}
			}
		}
	}
}

func TestEveryPackageHasOneComment(t *testing.T) {
	for folder, files := range packages(t) {
		var comments []string
		for name, file := range files {
			if file.Doc != nil {
				comments = append(comments, name)
			}
		}
		if len(comments) != 1 {
			slices.Sort(comments)
			t.Errorf("%s has %d package comments: %v", folder, len(comments), comments)
		}
	}
}

func part(folder string) string {
	first, _, _ := strings.Cut(folder, "/")
	return first
}

// packages parses all files of the module that are not tests, by folder and
// file name.
func packages(t *testing.T) map[string]map[string]*ast.File {
	t.Helper()
	all := make(map[string]map[string]*ast.File)
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "bench"):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		if !isBuilt(file) {
			return nil
		}
		folder := filepath.ToSlash(filepath.Dir(name))
		if all[folder] == nil {
			all[folder] = make(map[string]*ast.File)
		}
		all[folder][d.Name()] = file
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 || len(slices.Collect(maps.Keys(all["."]))) == 0 {
		t.Fatal("found no packages: the test looks in the wrong folder")
	}
	return all
}

// isBuilt leaves out files that only go generate runs.
func isBuilt(file *ast.File) bool {
	for _, group := range file.Comments {
		for _, c := range group.List {
			if c.Text == "//go:build ignore" {
				return false
			}
		}
	}
	return true
}
