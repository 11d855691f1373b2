package main

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/restorectl/restorectl/"

// pkg is what `go list` says of a package.
type pkg struct {
	ImportPath, Dir string
	Imports         []string
	GoFiles         []string
}

// room is the package's folder, such as "providers/log/replica".
func (p *pkg) room() string { return strings.TrimPrefix(p.ImportPath, module) }

// ours are the folders of this module that the package imports.
func (p *pkg) ours() []string {
	var rooms []string
	for _, i := range p.Imports {
		if room, ok := strings.CutPrefix(i, module); ok {
			rooms = append(rooms, room)
		}
	}
	return rooms
}

func packages(t *testing.T) []pkg {
	t.Helper()
	list := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Dir,Imports,GoFiles", module+"...")
	list.Stderr = os.Stderr
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := d.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) < 20 {
		t.Fatalf("go list found %d packages", len(all))
	}
	return all
}

// TestLayers holds the arrows of the architecture: cmd, executor, planner, config, one way only, and providers between them.
func TestLayers(t *testing.T) {
	below := map[string][]string{
		"config":    {"config"},
		"planner":   {"planner", "config"},
		"executor":  {"executor", "planner"},
		"providers": {"providers", "executor", "planner", "config"},
		"cmd":       {"cmd", "providers", "executor", "planner", "config"},
	}
	for _, p := range packages(t) {
		layer, _, _ := strings.Cut(p.room(), "/")
		allowed, known := below[layer]
		if !known {
			t.Errorf("%s is in no known layer", p.ImportPath)
		}
		for _, room := range p.ours() {
			if to, _, _ := strings.Cut(room, "/"); !slices.Contains(allowed, to) {
				t.Errorf("%s imports %s, which is above it", p.room(), room)
			}
		}
	}
}

// TestPlannerIsPure finds what could make the same input give another plan.
func TestPlannerIsPure(t *testing.T) {
	impure := []string{"context", "crypto/rand", "io", "io/fs", "log", "math/rand", "math/rand/v2", "net", "net/http", "os", "os/exec", "os/user", "runtime", "sync", "syscall"}
	for _, p := range packages(t) {
		if p.room() != "planner" && p.room() != "config" {
			continue
		}
		// The configuration is read from files, and that is all it reads.
		for _, i := range p.Imports {
			if slices.Contains(impure, i) && p.room() == "planner" {
				t.Errorf("the planner imports %s", i)
			}
		}
		for _, name := range p.GoFiles {
			for _, call := range clocks(t, filepath.Join(p.Dir, name)) {
				t.Errorf("%s asks the clock: time.%s", name, call)
			}
		}
	}
}

// clocks lists what of package time a file uses that asks the clock or waits.
func clocks(t *testing.T, file string) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	ast.Inspect(f, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok && x.Name == "time" && slices.Contains([]string{"Now", "Since", "Until", "After", "Sleep", "Tick", "NewTimer", "NewTicker"}, s.Sel.Name) {
				found = append(found, s.Sel.Name)
			}
		}
		return true
	})
	return found
}

// TestProvidersKeepApart lets a provider import only what is below it: those that reach a host, keep a run's folder, or know a format.
func TestProvidersKeepApart(t *testing.T) {
	base := []string{"providers/host", "providers/run", "providers/aurora", "providers/log/replica"}
	// A pair needs a reason: service reads the flags of a process's command line, and isolation asks for that process; a backup's tasks are
	// what the schedulers' calls are compared with; the Mesos master's address is in ZooKeeper, and so is a part of the lock.
	pairs := map[string][]string{
		"providers/service":   {"providers/flags"},
		"providers/firewall":  {"providers/service"},
		"providers/scheduler": {"providers/backup"},
		"providers/mesos":     {"providers/zookeeper"},
		"providers/lock":      {"providers/zookeeper"},
	}
	for _, p := range packages(t) {
		parts := strings.Split(p.room(), "/")
		if len(parts) < 2 || parts[0] != "providers" || parts[1] == "sandbox" || parts[1] == "lab" {
			continue // The root joins them; the simulated and the real worlds are built from them.
		}
		own := strings.Join(parts[:2], "/")
		for _, room := range p.ours() {
			inside := func(folder string) bool { return room == folder || strings.HasPrefix(room, folder+"/") }
			if strings.HasPrefix(room, "providers") && !inside(own) && !slices.ContainsFunc(base, inside) && !slices.ContainsFunc(pairs[own], inside) {
				t.Errorf("%s imports %s: a provider owns one kind of thing, and the root package joins them", p.room(), room)
			}
		}
	}
}
