package run_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/host/hosttest"
	"github.com/restorectl/restorectl/providers/run"
)

// folders gives the same folder for every scheduler.
type folders struct{ folder *run.Folder }

func (f folders) Folder(context.Context, string) (*run.Folder, error) { return f.folder, nil }

func TestActor(t *testing.T) {
	m := hosttest.Local(t)
	parent := filepath.Join(m.Dir, "log/.restorectl")
	actor := func(id string) *run.Actor {
		return &run.Actor{Folders: folders{&run.Folder{Host: m, Parent: parent, ID: id}}, By: "op", From: "laptop", Now: func() time.Time { return old }}
	}
	open := planner.Step{ID: "open", Host: "scheduler-1", Action: planner.Action{Run: &planner.RunAction{Op: "open"}}}
	closed := planner.Step{ID: "close", Host: "scheduler-1", Action: planner.Action{Run: &planner.RunAction{Op: "close", State: run.StateReverted}}}
	a, b := actor("a"), actor("b")
	looks := func(x *run.Actor, s planner.Step, want executor.Stand) {
		t.Helper()
		if got, err := x.Look(t.Context(), s); err != nil || got != want {
			t.Errorf("%s: %v, %v; want %v", s.ID, got, err, want)
		}
	}
	takes := func(x *run.Actor, s planner.Step) {
		t.Helper()
		looks(x, s, executor.Pending)
		if _, err := x.Act(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		if seen, err := x.Verify(t.Context(), s); err != nil || seen == "" {
			t.Errorf("%q, %v", seen, err)
		}
		looks(x, s, executor.Done)
	}
	looks(a, closed, executor.Done) // Without a record there is nothing to close.
	takes(a, open)
	if info, err := os.Stat(filepath.Join(parent, "a")); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder: %v, %v", info, err)
	}
	_, err := b.Look(t.Context(), open)
	if !executor.IsRefusal(err) || !strings.Contains(err.Error(), "run a of op from laptop, begun 2021-03-04 05:06 UTC") {
		t.Errorf("beside an open run: %v", err)
	}
	if _, err := b.Act(t.Context(), open); !executor.IsRefusal(err) {
		t.Errorf("beside an open run: %v", err)
	}
	takes(a, closed)
	if _, err := a.Look(t.Context(), open); !executor.IsRefusal(err) {
		t.Errorf("opening a closed run: %v", err)
	}
	takes(b, open)
	records, err := run.Records(t.Context(), m, parent)
	want := []planner.RunRecord{{ID: "a", State: "reverted", By: "op", From: "laptop", Started: old}, {ID: "b", State: "open", By: "op", From: "laptop", Started: old}}
	if diff := cmp.Diff(want, records); err != nil || diff != "" {
		t.Error(diff, err)
	}
	if err := (&run.Folder{Host: m, Parent: parent, ID: "a"}).Close(t.Context(), run.StateRolledBack); !executor.IsRefusal(err) {
		t.Errorf("closing otherwise: %v", err)
	}
	if err := (&run.Folder{Host: m, Parent: parent, ID: "b"}).Close(t.Context(), "done"); err == nil {
		t.Error("an unknown state must be an error")
	}
}

// TestOpenCutOff loses the host before every command while the folder is made.
func TestOpenCutOff(t *testing.T) {
	t.Parallel()
	for n := 1; ; n++ {
		m := hosttest.Local(t)
		faulty := &hosttest.Faulty{Host: m, At: n}
		f := &run.Folder{Host: faulty, Parent: filepath.Join(m.Dir, "runs"), ID: "a"}
		record := planner.RunRecord{By: "op", From: "laptop", Started: old}
		if err := f.Open(t.Context(), record); err == nil {
			break
		}
		faulty.Heal()
		if err := f.Open(t.Context(), record); err != nil {
			t.Fatalf("lost at %d: %v", n, err)
		}
		if r, there, err := f.Record(t.Context()); err != nil || !there || r.State != run.StateOpen || r.ID != "a" {
			t.Fatalf("lost at %d: %v, %t, %v", n, r, there, err)
		}
	}
}

func TestRecordsThatCantBeRead(t *testing.T) {
	m := hosttest.Local(t)
	parent := filepath.Join(m.Dir, "runs")
	if records, err := run.Records(t.Context(), m, parent); err != nil || records != nil {
		t.Errorf("no folder: %v, %v", records, err)
	}
	for _, text := range []string{"{", `{"format": 99}`} {
		m.File(t, "runs/x/run.json", text, 0o600)
		if _, err := run.Records(t.Context(), m, parent); err == nil || !strings.Contains(err.Error(), "runs/x/run.json") {
			t.Errorf("%s: %v", text, err)
		}
	}
}
