package backup

import (
	"context"
	"os"
	"os/user"
	"path/filepath"
	"testing"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/host/hosttest"
	"github.com/restorectl/restorectl/providers/run"
)

// folders gives the same folder for every scheduler.
type folders struct{ folder *run.Folder }

func (f folders) Folder(context.Context, string) (*run.Folder, error) { return f.folder, nil }

// scene is a host with a run's folder, and another one that has the backup.
type scene struct {
	actor  *Actor
	dir    string
	source string
	steps  map[planner.BackupOp]planner.Step
}

const sample = "scheduler-backup-2026-11-20-09-15"

func setup(t *testing.T) *scene {
	t.Helper()
	here, other := hosttest.Local(t), hosttest.Named(t, "scheduler-2")
	data, err := os.ReadFile(filepath.Join("testdata", sample))
	if err != nil {
		t.Fatal(err)
	}
	sc := &scene{dir: filepath.Join(here.Dir, "backups"), source: other.File(t, "backups/"+sample, string(data), 0o644)}
	if err := os.Mkdir(sc.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	f := &run.Folder{Host: here, Parent: filepath.Join(here.Dir, ".restorectl"), ID: "run1"}
	if err := f.Open(t.Context(), planner.RunRecord{By: "op", From: "laptop"}); err != nil {
		t.Fatal(err)
	}
	pool := hosttest.Pool{"scheduler-1": here, "scheduler-2": other}
	sc.actor = &Actor{From: Sources{Hosts: pool}, Folders: folders{f}}
	seen := Observe(t.Context(), Sources{Hosts: pool}, config.Backup{Scheduler: "scheduler-2", Name: sample}, filepath.Dir(sc.source))
	if seen.Problem != "" || seen.Path != sc.source || seen.Tasks == 0 || len(seen.TaskIDs) != seen.Tasks {
		t.Fatalf("%+v", seen)
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	sc.steps = map[planner.BackupOp]planner.Step{}
	for _, op := range []planner.BackupOp{planner.OpShip, planner.OpPlace, planner.OpRemove} {
		sc.steps[op] = planner.Step{ID: string(op), Host: "scheduler-1", Action: planner.Action{Backup: &planner.BackupAction{
			Op: op, Name: seen.Name, Size: seen.Size, SHA256: seen.SHA256, Dir: sc.dir, User: me.Username, Scheduler: seen.Scheduler, Path: seen.Path}}}
	}
	return sc
}

func (sc *scene) take(t *testing.T, op planner.BackupOp) executor.Outcome {
	t.Helper()
	s := sc.steps[op]
	if stand, err := sc.actor.Look(t.Context(), s); err != nil || stand != executor.Pending {
		t.Fatalf("%s before: stand %v, error %v", op, stand, err)
	}
	outcome, err := sc.actor.Act(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if seen, err := sc.actor.Verify(t.Context(), s); err != nil || seen == "" {
		t.Fatalf("%s after: %q, error %v", op, seen, err)
	}
	return outcome
}

func (sc *scene) stand(t *testing.T, op planner.BackupOp) executor.Stand {
	t.Helper()
	stand, err := sc.actor.Look(t.Context(), sc.steps[op])
	if err != nil {
		t.Fatal(err)
	}
	return stand
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]string, 0, len(entries))
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func TestShipPlaceRemove(t *testing.T) {
	sc := setup(t)
	sc.take(t, planner.OpShip)
	// From here on rotation may take the source.
	if err := os.Remove(sc.source); err != nil {
		t.Fatal(err)
	}
	sc.take(t, planner.OpPlace)
	want, err := os.ReadFile(filepath.Join("testdata", sample))
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(sc.dir, sample))
	if err != nil || string(got) != string(want) {
		t.Errorf("placed %d bytes, error %v", len(got), err)
	}
	if sc.stand(t, planner.OpShip) != executor.Done || sc.stand(t, planner.OpPlace) != executor.Done {
		t.Error("what was done counts as pending")
	}
	sc.take(t, planner.OpRemove)
	if left := names(t, sc.dir); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

func TestRemoveKeepsWhatTheRunDidNotPlace(t *testing.T) {
	sc := setup(t)
	sc.take(t, planner.OpShip)
	data, err := os.ReadFile(sc.source)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(sc.dir, sample)
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
	if sc.stand(t, planner.OpPlace) != executor.Done || sc.stand(t, planner.OpRemove) != executor.Done {
		t.Error("a file that was there is taken as the run's own")
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	sc.take(t, planner.OpPlace)
	if err := os.WriteFile(file, []byte("somebody else's"), 0o644); err != nil {
		t.Fatal(err)
	}
	if kept := sc.take(t, planner.OpRemove)["kept"]; kept == "" || len(names(t, sc.dir)) != 1 {
		t.Errorf("kept %q, left %v", kept, names(t, sc.dir))
	}
}

func TestAnotherContentIsRefused(t *testing.T) {
	sc := setup(t)
	if err := os.WriteFile(filepath.Join(sc.dir, sample), []byte("other"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := sc.actor.Look(t.Context(), sc.steps[planner.OpPlace]); !executor.IsRefusal(err) {
		t.Errorf("place over another content: %v", err)
	}
	if err := os.WriteFile(sc.source, []byte("changed since the plan"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := sc.actor.Act(t.Context(), sc.steps[planner.OpShip]); err == nil {
		t.Error("a source with another digest was shipped")
	}
	if stand := sc.stand(t, planner.OpShip); stand != executor.Pending {
		t.Error("it lies in the run's folder")
	}
}

func TestObserveSaysWhatIsWrongWithABackup(t *testing.T) {
	dir := t.TempDir()
	data, err := os.ReadFile(filepath.Join("testdata", sample))
	if err != nil {
		t.Fatal(err)
	}
	cut := filepath.Join(dir, "scheduler-backup-cut")
	if err := os.WriteFile(cut, data[:len(data)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []config.Backup{
		{File: cut}, {File: filepath.Join(dir, "gone")}, {File: filepath.Join(dir, "temp_scheduler-backup")},
		{Scheduler: "scheduler-1", Name: "../x"}, {Scheduler: "scheduler-9", Name: sample},
	} {
		if seen := Observe(t.Context(), Sources{Hosts: hosttest.Pool{}}, c, dir); seen.Problem == "" {
			t.Errorf("%+v has no problem", c)
		}
	}
}
