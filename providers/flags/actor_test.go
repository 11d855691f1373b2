package flags

import (
	"context"
	"os"
	"path/filepath"
	"strings"
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

func setup(t *testing.T) (file string, a *Actor, edit, restore planner.Step) {
	t.Helper()
	m := hosttest.Local(t)
	file = m.File(t, "etc/default/aurora-scheduler", settingsText, 0o640)
	start := m.File(t, "usr/bin/aurora-scheduler-startup", strings.ReplaceAll(startScript, settingsFile, file), 0o755)
	f := &run.Folder{Host: m, Parent: filepath.Join(m.Dir, "log/.restorectl"), ID: "run1"}
	if err := f.Open(t.Context(), planner.RunRecord{By: "op", From: "laptop"}); err != nil {
		t.Fatal(err)
	}
	a = &Actor{Folders: folders{f}, Config: config.Flags{Kind: "debian", Settings: file, StartScript: start}}
	seen, err := Observe(t.Context(), m, a.Config)
	if err != nil || seen.Problem != "" {
		t.Fatal(err, seen.Problem)
	}
	step := func(op planner.EditOp) planner.Step {
		return planner.Step{ID: string(op), Host: "a1", Action: planner.Action{Flags: &planner.FlagsAction{
			Op: op, Path: seen.Path, Digest: seen.Digest, Edits: []planner.FlagEdit{
				{Name: "mesos_master_address", After: to("zk://localhost:1111/mesos/master")},
				{Name: "max_registration_delay", After: to("360mins")},
			}}}}
	}
	return file, a, step("edit"), step("restore")
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

func TestEditAndRestoreLeaveTheFileAsItWas(t *testing.T) {
	file, a, edit, restore := setup(t)
	take(t, a, edit)
	if got := content(t, file); !strings.Contains(got, "-max_registration_delay=360mins") {
		t.Errorf("not edited:\n%s", got)
	}
	take(t, a, restore)
	if got := content(t, file); got != settingsText {
		t.Errorf("not as before:\n%s", got)
	}
}

func TestRestoreKeepsAForeignChange(t *testing.T) {
	file, a, edit, restore := setup(t)
	take(t, a, edit)
	if err := os.WriteFile(file, []byte(content(t, file)+"GLOG_v=2\n"), 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Look(t.Context(), edit); !executor.IsRefusal(err) {
		t.Errorf("edit over a foreign change: %v", err)
	}
	if kept := take(t, a, restore)["kept"]; kept == "" {
		t.Error("the foreign change is not reported")
	}
	if got := content(t, file); got != settingsText+"GLOG_v=2\n" {
		t.Errorf("after undo:\n%s", got)
	}
}

func TestRefusal(t *testing.T) {
	_, a, edit, _ := setup(t)
	h := a.Folders.(folders).folder.Host
	if why, err := Refusal(t.Context(), h, a.Config, edit.Action.Flags.Edits); err != nil || why != "" {
		t.Errorf("what can be written: %q, %v", why, err)
	}
	if why, err := Refusal(t.Context(), h, a.Config, []planner.FlagEdit{{Name: "vlog", After: to("FINE")}}); err != nil || !strings.Contains(why, "-vlog is written in the start script") {
		t.Errorf("what can't: %q, %v", why, err)
	}
}

func TestObserveMasksSecretsAndTellsProblems(t *testing.T) {
	_, a, _, _ := setup(t)
	h := a.Folders.(folders).folder.Host
	seen, err := Observe(t.Context(), h, a.Config)
	if err != nil {
		t.Fatal(err)
	}
	now := planner.Host{Settings: seen}
	if f, ok := now.Flag("zk_digest_credentials"); !ok || !f.Secret || strings.Contains(f.Value, "geheim") || f.Where != "EXTRA_SCHEDULER_ARGS" {
		t.Errorf("secret flag: %+v", f)
	}
	missing := a.Config
	missing.StartScript += ".gone"
	if seen, err = Observe(t.Context(), h, missing); err != nil || !strings.Contains(seen.Problem, "aurora-scheduler-startup.gone") {
		t.Errorf("missing start script: %q, %v", seen.Problem, err)
	}
}
