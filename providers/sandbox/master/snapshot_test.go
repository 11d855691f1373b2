package master_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/restorectl/restorectl/providers/sandbox/master"
)

func TestSnapshotAndRestore(t *testing.T) {
	now := newClock()
	first := listen(t, master.Options{Agents: agents, Now: now.Now})
	d := connect(t, first, aurora("f"))
	if err := d.Launch(bounded(t), master.Task{ID: "a", AgentID: "agent-1"}, master.Task{ID: "b", AgentID: "agent-1"}); err != nil {
		t.Fatal(err)
	}
	if err := d.Kill(bounded(t), master.ByScheduler, "b"); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "master.json")
	if err := os.WriteFile(file, []byte("an older one"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := first.Snapshot(file); err != nil {
		t.Fatal(err)
	}
	events := first.Events()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}

	now.advance(2 * time.Hour) // longer than the failover timeout, which counts anew from the restart
	second := listen(t, master.Options{Now: now.Now})
	if err := second.Restore(file); err != nil {
		t.Fatal(err)
	}
	want := framework{ID: "f", Name: "Aurora", Recovered: true, Unregistered: float64(now.Now().Unix()), Unreachable: []task{},
		Tasks: []task{{"a", "agent-1", "TASK_RUNNING"}}, Ended: []task{{"b", "agent-1", "TASK_KILLED"}}}
	if diff := cmp.Diff([]framework{want}, state(t, second).Frameworks); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(events, second.Events()); diff != "" {
		t.Error(diff)
	}
	again := connect(t, second, aurora("f"))
	if diff := cmp.Diff(agents, again.Agents()); diff != "" {
		t.Error(diff)
	}
	if err := again.Reconcile(bounded(t), "a"); err != nil {
		t.Fatal(err)
	}
	if got := next(t, again); got.State != master.TaskRunning {
		t.Errorf("update %+v", got)
	}
	if f := state(t, second).Frameworks[0]; f.Recovered || !f.Connected {
		t.Errorf("framework %+v", f)
	}
	if err := second.Restore(file); err == nil {
		t.Error("restored under a connected driver")
	}
	if left, err := os.ReadDir(filepath.Dir(file)); err != nil || len(left) != 1 {
		t.Errorf("files left: %v, %v", left, err)
	}
}

func TestRestoreRefusesWhatItCanNotRead(t *testing.T) {
	s := listen(t, master.Options{})
	dir := t.TempDir()
	for name, content := range map[string]string{"garbage": "nonsense", "newer": `{"version":2}`} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := s.Restore(file); err == nil {
			t.Errorf("%s was restored", name)
		}
	}
	if err := s.Restore(filepath.Join(dir, "missing")); err == nil {
		t.Error("a missing file was restored")
	}
	if err := s.Snapshot(filepath.Join(dir, "no", "such", "folder")); err == nil {
		t.Error("a snapshot was written into no folder")
	}
}
