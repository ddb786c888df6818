package classify_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/goccy/go-yaml"
)

// data returns a file of real inputs, which lie beside the project and not in
// it.
func data(tb testing.TB, name string) []byte {
	tb.Helper()
	dir := os.Getenv("HOLDFAST_TEST_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	text, err := os.ReadFile(filepath.Join(dir, name))
	if os.IsNotExist(err) {
		tb.Skipf("the test data is not there: %v", err)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

// yamlData reads a file of real inputs into v.
func yamlData(tb testing.TB, name string, v any) {
	tb.Helper()
	if err := yaml.Unmarshal(data(tb, name), v); err != nil {
		tb.Fatalf("%s: %v", name, err)
	}
}

// half returns every second of list, from the first on or from the second.
func half[T any](list []T, from int) []T {
	var h []T
	for i := from; i < len(list); i += 2 {
		h = append(h, list[i])
	}
	return h
}
