package main

import (
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// maxSettingsFile bounds what is read of a file of settings.
const maxSettingsFile = 1 << 20

// settingsFile is a file of settings that is being read.
type settingsFile struct {
	name  string
	into  *settings
	known map[string]*setting
	lines map[string]int // of the settings read so far
}

// readFile reads a file of settings. What it does not know it refuses, and
// names the line.
func readFile(name string, into *settings, all []setting) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return usage(fmt.Errorf("read settings: %w", err), "--config names a YAML file; without it the defaults hold")
	}
	if len(text) > maxSettingsFile {
		return usage(fmt.Errorf("%s is longer than %d bytes", name, maxSettingsFile), "it is a few lines of YAML")
	}
	f := settingsFile{name: name, into: into, known: make(map[string]*setting), lines: make(map[string]int)}
	for i := range all {
		f.known[all[i].key] = &all[i]
	}
	tree, err := parser.ParseBytes(text, 0)
	if err != nil {
		return usage(fmt.Errorf("%s: %w", name, err), "docs/operating.md has an example")
	}
	for _, doc := range tree.Docs {
		if doc.Body == nil {
			continue
		}
		if err := f.mapping("", doc.Body); err != nil {
			return err
		}
	}
	return nil
}

// mapping reads the keys of one level of the file.
func (f *settingsFile) mapping(prefix string, node ast.Node) error {
	if node.Type() == ast.CommentType {
		return nil
	}
	pairs, ok := node.(ast.MapNode)
	if !ok {
		return f.errorf(node, "want keys and values, not %s", node)
	}
	for it := pairs.MapRange(); it.Next(); {
		key := prefix + it.Key().GetToken().Value
		switch {
		case f.isSection(key):
			if err := f.mapping(key+".", it.Value()); err != nil {
				return err
			}
		case f.known[key] == nil:
			return f.errorf(it.Key(), "%q is not a setting%s", key, nearest(key, f.names()))
		case f.lines[key] > 0:
			return f.errorf(it.Key(), "%s was set in line %d already", key, f.lines[key])
		default:
			f.lines[key] = line(it.Key())
			if err := f.value(f.known[key], it.Value()); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *settingsFile) isSection(key string) bool {
	for known := range f.known {
		if len(known) > len(key) && known[:len(key)] == key && known[len(key)] == '.' {
			return true
		}
	}
	return false
}

func (f *settingsFile) names() []string {
	return slices.Sorted(maps.Keys(f.known))
}

func (f *settingsFile) value(st *setting, node ast.Node) error {
	nodes := []ast.Node{node}
	switch list, ok := node.(*ast.SequenceNode); {
	case ok && st.like != "":
		nodes = list.Values
	case ok:
		return f.errorf(node, "%s: want one value", st.key)
	case st.like != "":
		return f.errorf(node, "%s: want a list, like [%s]", st.key, st.like)
	}
	values := make([]string, 0, len(nodes))
	for _, n := range nodes {
		switch scalar := n.(type) {
		case *ast.StringNode:
			values = append(values, scalar.Value)
		case *ast.IntegerNode, *ast.FloatNode:
			values = append(values, n.GetToken().Value)
		default:
			return f.errorf(n, "%s: want a text or a number", st.key)
		}
	}
	if err := st.set(f.into, values); err != nil {
		return f.errorf(node, "%s: %w", st.key, reasonOf(err))
	}
	return nil
}

func (f *settingsFile) errorf(node ast.Node, format string, args ...any) error {
	return usage(fmt.Errorf("%s, line %d: %w", f.name, line(node), fmt.Errorf(format, args...)), "docs/operating.md lists the settings")
}

func line(node ast.Node) int {
	if t := node.GetToken(); t != nil && t.Position != nil {
		return t.Position.Line
	}
	return 0
}
