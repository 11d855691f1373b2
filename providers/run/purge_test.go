package run

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/host/hosttest"
)

func TestPurgeOnlyDeletesFinishedRuns(t *testing.T) {
	m := hosttest.Local(t)
	parent := filepath.Join(m.Dir, "log", ".restorectl")
	folder := func(id string) *Folder { return &Folder{Host: m, Parent: parent, ID: id} }
	run, other := folder("0123456789ab"), folder("ffffffffffff")
	for _, f := range []*Folder{run, other} {
		if err := f.Open(t.Context(), planner.RunRecord{By: "op"}); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(t.Context(), StateReverted); err != nil {
			t.Fatal(err)
		}
	}
	m.File(t, "log/.restorectl/0123456789ab/quarantine/log/CURRENT", "old log", 0o600)
	if size, err := run.Size(t.Context()); err != nil || size < 7 {
		t.Errorf("size %d, error %v", size, err)
	}
	if err := run.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := run.Purge(t.Context()); err != nil {
		t.Errorf("again: %v", err)
	}
	if size, err := run.Size(t.Context()); err != nil || size != 0 {
		t.Errorf("size after: %d, error %v", size, err)
	}
	if _, err := os.Stat(other.Path("run.json")); err != nil {
		t.Errorf("another run: %v", err)
	}
	if err := other.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(parent); !os.IsNotExist(err) {
		t.Errorf("the empty folder of runs: %v", err)
	}
}

func TestPurgeRefuses(t *testing.T) {
	m := hosttest.Local(t)
	open := &Folder{Host: m, Parent: filepath.Join(m.Dir, ".restorectl"), ID: "0123456789ab"}
	if err := open.Open(t.Context(), planner.RunRecord{By: "op"}); err != nil {
		t.Fatal(err)
	}
	m.File(t, ".restorectl/abcdefabcdef/quarantine/log/CURRENT", "old log", 0o600)
	for name, f := range map[string]*Folder{
		"an open run": open, "no record": {Host: m, Parent: open.Parent, ID: "abcdefabcdef"},
		"no run's id": {Host: m, Parent: m.Dir, ID: ".restorectl"}, "the root": {Host: m, Parent: "/", ID: "0123456789ab"},
		"no parent": {Host: m, Parent: "", ID: "0123456789ab"},
	} {
		if err := f.Purge(t.Context()); !executor.IsRefusal(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := os.Stat(filepath.Join(open.Parent, "abcdefabcdef/quarantine/log/CURRENT")); err != nil {
		t.Error(err)
	}
}
