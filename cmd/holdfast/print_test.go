package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast"
)

func TestNumbersAreWrittenForPeople(t *testing.T) {
	for want, got := range map[string]string{
		"0":                     count(0),
		"999":                   count(999),
		"1 000":                 count(1000),
		"-12 345 678":           count(-12345678),
		"999 B":                 size(999),
		"1.0 kB":                size(1000),
		"1.0 MB":                size(999_999),
		"9.2 EB":                size(9223372036854775807),
		"1 file":                counted(1, "file"),
		"2 000 files":           counted(2000, "file"),
		"40.6 %":                measure("ratio", 0.406),
		"1m23s":                 measure("s", 83.2),
		"2.50":                  measure("", 2.5),
		"3":                     measure("", 3.0),
		"100.0 %":               percent(1),
		"almost all":            percent(0.9999),
		"almost none":           percent(0.0001),
		"0.0 %":                 percent(0),
		"a�b":                   plain("a\x1bb"),
		"≥ 12":                  cell(holdfast.Column{Role: holdfast.RoleMetric}, int64(12), true, false),
		"unknown":               cell(holdfast.Column{Role: holdfast.RoleMetric}, nil, false, false),
		"(none)":                cell(holdfast.Column{Role: holdfast.RoleDimension}, "", false, false),
		"(other)":               cell(holdfast.Column{Role: holdfast.RoleDimension}, nil, false, true),
		"; did you mean serve?": nearest("sevre", []string{"site", "serve"}),
	} {
		if got != want {
			t.Errorf("%q is written, not %q", got, want)
		}
	}
	if got := nearest("zebra", []string{"site", "serve"}); got != "" {
		t.Errorf("nothing is near zebra, not even %q", got)
	}
}

func TestTablesAreAligned(t *testing.T) {
	var b strings.Builder
	table := table{head: []string{"Path", "Views", ""}, right: []bool{false, true}}
	table.add("/", "1 234", "x")
	table.add("/größe", "≥ 1", "")
	if err := table.write(&b); err != nil {
		t.Fatal(err)
	}
	want := "Path    Views\n/       1 234  x\n/größe    ≥ 1\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
}
