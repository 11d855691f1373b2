package clusters

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/host/hosttest"
	"github.com/restorectl/restorectl/providers/run"
)

// folders gives the same folder for every scheduler.
type folders struct{ folder *run.Folder }

func (f folders) Folder(context.Context, string) (*run.Folder, error) { return f.folder, nil }

func setup(t *testing.T, text string) (file string, a *Actor, edit, restore planner.Step) {
	t.Helper()
	m := hosttest.Local(t)
	file = m.File(t, "etc/aurora/clusters.json", text, 0o640)
	f := &run.Folder{Host: m, Parent: filepath.Join(m.Dir, "log/.restorectl"), ID: "run1"}
	if err := f.Open(t.Context(), planner.RunRecord{By: "op", From: "laptop"}); err != nil {
		t.Fatal(err)
	}
	seen, err := Observe(t.Context(), m, []string{file})
	if err != nil {
		t.Fatal(err)
	}
	step := func(op planner.EditOp) planner.Step {
		return planner.Step{ID: string(op), Host: "scheduler-1", Action: planner.Action{Clusters: &planner.ClustersAction{
			Op: op, Path: file, Digest: seen[0].Digest, Cluster: "west", SchedulerURI: "http://localhost:8081", Unauthenticated: true}}}
	}
	return file, &Actor{Folders: folders{f}}, step("edit"), step("restore")
}

func take(t *testing.T, a *Actor, s planner.Step) executor.Outcome {
	t.Helper()
	if stand, err := a.Look(t.Context(), s); err != nil || stand != executor.Pending {
		t.Fatalf("%s before: stand %v, error %v", s.ID, stand, err)
	}
	outcome, err := a.Act(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if seen, err := a.Verify(t.Context(), s); err != nil || seen == "" {
		t.Fatalf("%s after: %q, error %v", s.ID, seen, err)
	}
	if stand, err := a.Look(t.Context(), s); err != nil || stand != executor.Done {
		t.Fatalf("%s after: stand %v, error %v", s.ID, stand, err)
	}
	return outcome
}

func content(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestEditLeadsToTheSchedulerAndRestoreBack(t *testing.T) {
	file, a, edit, restore := setup(t, usual)
	take(t, a, edit)
	seen, err := Observe(t.Context(), a.Folders.(folders).folder.Host, []string{file})
	if err != nil {
		t.Fatal(err)
	}
	want := planner.ClusterEntry{Name: "west", SchedulerURI: "http://localhost:8081", AuthMechanism: "UNAUTHENTICATED"}
	if diff := cmp.Diff(want, seen[0].Entries[1]); diff != "" {
		t.Error(diff)
	}
	take(t, a, restore)
	if diff := cmp.Diff(usual, content(t, file)); diff != "" {
		t.Error(diff)
	}
}

func TestRestoreKeepsWhatOthersChanged(t *testing.T) {
	file, a, edit, restore := setup(t, usual)
	take(t, a, edit)
	theirs := strings.Replace(content(t, file), `"zk": "zk-east"`, `"zk": "zk-new"`, 1)
	theirs = strings.Replace(theirs, `"http://localhost:8081"`, `"http://elsewhere:1"`, 1)
	if err := os.WriteFile(file, []byte(theirs), 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Look(t.Context(), edit); !executor.IsRefusal(err) {
		t.Errorf("edit over a foreign change: %v", err)
	}
	if kept := take(t, a, restore)["kept"]; kept == "" {
		t.Error("the foreign change is not reported")
	}
	got := content(t, file)
	for _, want := range []string{`"zk-new"`, `"http://elsewhere:1"`, `"zk1,zk2"`, `"BASIC"`} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is missing in:\n%s", want, got)
		}
	}
}

// TestVerifyBelievesTheFile has somebody who writes the file right after the edit.
func TestVerifyBelievesTheFile(t *testing.T) {
	file, a, edit, restore := setup(t, usual)
	if _, err := a.Act(t.Context(), edit); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Verify(t.Context(), restore); err == nil || !strings.Contains(err.Error(), "is not as the step left it") {
		t.Errorf("an edit that is still there: %v", err)
	}
	theirs := strings.Replace(content(t, file), `"http://localhost:8081"`, `"http://elsewhere:1"`, 1)
	if err := os.WriteFile(file, []byte(theirs), 0o640); err != nil {
		t.Fatal(err)
	}
	if seen, err := a.Verify(t.Context(), edit); !executor.IsRefusal(err) {
		t.Errorf("an entry that leads elsewhere: %q, error %v", seen, err)
	}
}

func TestEditRefusesAFileThatChangedSinceThePlan(t *testing.T) {
	file, a, edit, _ := setup(t, usual)
	if err := os.WriteFile(file, []byte(usual+"\n"), 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Act(t.Context(), edit); !executor.IsRefusal(err) {
		t.Errorf("error: %v", err)
	}
	if content(t, file) != usual+"\n" {
		t.Error("the file was changed")
	}
}

func TestObserveTellsWhatItCannotUnderstand(t *testing.T) {
	m := hosttest.Local(t)
	broken := m.File(t, "broken.json", `[{"name": "west"`, 0o644)
	gone := filepath.Join(m.Dir, "gone.json")
	m.File(t, "good.json", `[{"name": "west", "zk": "zk1"}]`, 0o644)
	seen, err := Observe(t.Context(), m, []string{broken, gone, "~/good.json"})
	if err != nil {
		t.Fatal(err)
	}
	if !seen[0].Exists || seen[0].Problem == "" || seen[0].Digest == "" {
		t.Errorf("broken: %+v", seen[0])
	}
	if seen[1].Exists || seen[1].Problem != "" {
		t.Errorf("gone: %+v", seen[1])
	}
	if diff := cmp.Diff([]string{"west"}, seen[2].Names); diff != "" || seen[2].Path != filepath.Join(m.Dir, "good.json") {
		t.Errorf("in the home folder: %+v", seen[2])
	}
}
