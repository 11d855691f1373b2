package hosts

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/host/hosttest"
	"github.com/restorectl/restorectl/providers/run"
)

// folders gives the same folder for every scheduler.
type folders struct{ folder *run.Folder }

func (f folders) Folder(context.Context, string) (*run.Folder, error) { return f.folder, nil }

// setup gives a host with a hosts file, an open run on it, and the steps that add the line and remove it.
func setup(t *testing.T, content string) (file string, a *Actor, add, remove planner.Step) {
	t.Helper()
	m := hosttest.Local(t)
	file = m.File(t, "etc/hosts", content, 0o644)
	f := &run.Folder{Host: m, Parent: filepath.Join(m.Dir, "log/.restorectl"), ID: "run1"}
	opened := run.Actor{Folders: folders{f}, By: "op", From: "laptop"}
	open := planner.Step{ID: "open", Host: "a1", Action: planner.Action{Run: &planner.RunAction{Op: "open"}}}
	if _, err := opened.Act(t.Context(), open); err != nil {
		t.Fatal(err)
	}
	seen, err := Observe(t.Context(), m, file, "aurora.example.com")
	if err != nil {
		t.Fatal(err)
	}
	step := func(op planner.HostsFileOp) planner.Step {
		return planner.Step{ID: string(op), Host: "a1", Action: planner.Action{HostsFile: &planner.HostsFileAction{
			Op: op, Path: seen.Path, Digest: seen.Digest, Address: "127.0.0.1", Name: "aurora.example.com"}}}
	}
	return file, &Actor{Folders: folders{f}}, step("add"), step("remove")
}

func take(t *testing.T, a *Actor, s planner.Step) {
	t.Helper()
	if stand, err := a.Look(t.Context(), s); err != nil || stand != executor.Pending {
		t.Fatalf("%s before: stand %v, error %v", s.ID, stand, err)
	}
	if _, err := a.Act(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if seen, err := a.Verify(t.Context(), s); err != nil || seen == "" {
		t.Fatalf("%s after: %q, error %v", s.ID, seen, err)
	}
	if stand, err := a.Look(t.Context(), s); err != nil || stand != executor.Done {
		t.Fatalf("%s after: stand %v, error %v", s.ID, stand, err)
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestActorAddsAndRemoves(t *testing.T) {
	const before = "127.0.0.1 localhost"
	file, a, add, remove := setup(t, before)
	take(t, a, add)
	if got := naming([]byte(read(t, file)), "aurora.example.com"); len(got) != 1 {
		t.Errorf("lines %q", got)
	}
	take(t, a, remove)
	if got := read(t, file); got != before {
		t.Errorf("the file is %q", got)
	}
}

func TestActorKeepsWhatOthersChanged(t *testing.T) {
	file, a, add, remove := setup(t, "127.0.0.1 localhost\n")
	take(t, a, add)
	if err := os.WriteFile(file, []byte(read(t, file)+"10.0.0.2 new\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Look(t.Context(), add); !executor.IsRefusal(err) {
		t.Errorf("a foreign change is not refused: %v", err)
	}
	take(t, a, remove)
	if got := read(t, file); got != "127.0.0.1 localhost\n10.0.0.2 new\n" {
		t.Errorf("the file is %q", got)
	}
}

func TestActorRefuses(t *testing.T) {
	t.Run("a name that is there", func(t *testing.T) {
		file, a, add, _ := setup(t, "10.0.0.1 aurora.example.com\n")
		if _, err := a.Act(t.Context(), add); !executor.IsRefusal(err) {
			t.Errorf("error %v", err)
		}
		if got := read(t, file); got != "10.0.0.1 aurora.example.com\n" {
			t.Errorf("the file is %q", got)
		}
	})
	t.Run("another content than was planned", func(t *testing.T) {
		file, a, add, _ := setup(t, "127.0.0.1 localhost\n")
		if err := os.WriteFile(file, []byte("other\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Act(t.Context(), add); !executor.IsRefusal(err) {
			t.Errorf("error %v", err)
		}
		if got := read(t, file); got != "other\n" {
			t.Errorf("the file is %q", got)
		}
	})
}
