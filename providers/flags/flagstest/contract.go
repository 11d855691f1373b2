// Package flagstest says what every way of writing a scheduler's flags down must do, on simulated and on real hosts.
package flagstest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/flags"
	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/host/hosttest"
	"github.com/restorectl/restorectl/providers/run"
)

// Subject is a host with a scheduler's flags, among which are -mesos_master_address and not -max_registration_delay.
type Subject struct {
	Host   host.Host
	Config config.Flags
	// Parent is the folder for the folders of runs, on the host.
	Parent string
	// Loaded, where the kind needs loading, gives what the next start of the service would take; the suite must leave it as it was.
	Loaded func(t *testing.T) string
	// Comment is a line that changes nothing, for somebody else to add to the file.
	Comment string
	// Stride is how many commands later than the last time the host is lost, each time; zero is 2. Where commands take long it may be
	// more: that each of them may be the last is seen where files are edited and restored.
	Stride int
}

// edits are what the suite asks for: one flag is changed, two are added.
func edits() []planner.FlagEdit {
	to := func(s string) *string { return &s }
	return []planner.FlagEdit{
		{Name: "mesos_master_address", After: to("zk://localhost:1111/mesos/master")},
		{Name: "max_registration_delay", After: to("360mins")},
		{Name: "reconciliation_initial_delay", After: to("365days")},
	}
}

// Run runs the suite: observe, change, verify, undo, repeat, somebody else's change in between, and be cut off at every command.
func Run(t *testing.T, s Subject) {
	before := s.look(t)
	for i, step := range []struct {
		name string
		run  func(t *testing.T, r *session)
	}{{"edits and restores", editsAndRestores}, {"keeps a foreign change", keepsForeign}, {"refuses another content", refusesDrift}} {
		t.Run(step.name, func(t *testing.T) {
			r := s.session(t, s.Host, fmt.Sprintf("%04d", i))
			step.run(t, r)
			r.close(t)
			if after := s.look(t); after != before {
				t.Fatalf("it was\n%s\nand is\n%s", before, after)
			}
		})
	}
	t.Run("cut off", func(t *testing.T) {
		for at, whole := 1, false; !whole; at += cmp.Or(s.Stride, 2) {
			whole = s.cutOff(t, at)
			if after := s.look(t); after != before {
				t.Fatalf("cut off at command %d: it was\n%s\nand is\n%s", at, before, after)
			}
		}
	})
}

// session is one run's work on the flags.
type session struct {
	subject Subject
	actor   *flags.Actor
	folder  *run.Folder
	seen    planner.Settings
}

// Folder gives the run's folder.
func (r *session) Folder(context.Context, string) (*run.Folder, error) { return r.folder, nil }

func (s Subject) session(t *testing.T, h host.Host, id string) *session {
	t.Helper()
	r := &session{subject: s, folder: &run.Folder{Host: s.Host, Parent: s.Parent, ID: "run" + id}}
	if err := r.folder.Open(t.Context(), planner.RunRecord{By: "op", From: "laptop"}); err != nil {
		t.Fatal(err)
	}
	r.folder.Host = h
	r.actor = &flags.Actor{Folders: r, Config: s.Config}
	r.seen = s.observe(t)
	return r
}

func (r *session) close(t *testing.T) {
	t.Helper()
	r.folder.Host = r.subject.Host
	if err := r.folder.Close(t.Context(), "reverted"); err != nil {
		t.Fatal(err)
	}
}

func (s Subject) observe(t *testing.T) planner.Settings {
	t.Helper()
	seen, err := flags.Observe(t.Context(), s.Host, s.Config)
	if err != nil || seen.Problem != "" || seen.Kind != s.Config.Kind || seen.Path == "" {
		t.Fatalf("observed %+v, %v", seen, err)
	}
	return seen
}

// look is all that a run must leave as it was.
func (s Subject) look(t *testing.T) string {
	t.Helper()
	seen := s.observe(t)
	text := "no file"
	content, info, err := host.ReadFile(t.Context(), s.Host, seen.Path)
	if err == nil {
		text = fmt.Sprintf("%s %s:%s\n%s", info.Mode, info.Owner, info.Group, content)
	} else if seen.Digest != "" {
		t.Fatal(err)
	}
	for _, f := range seen.Flags {
		text += fmt.Sprintf("\n-%s=%s in %s", f.Name, f.Value, f.Where)
	}
	if s.Loaded != nil {
		text += "\n" + s.Loaded(t)
	}
	return text
}

func (r *session) step(op planner.EditOp) planner.Step {
	return planner.Step{ID: string(op), Host: r.subject.Host.Name(), Action: planner.Action{Flags: &planner.FlagsAction{
		Op: op, Path: r.seen.Path, Digest: r.seen.Digest, Edits: edits()}}}
}

// does takes a step and verifies it.
func (r *session) does(t *testing.T, op planner.EditOp) executor.Outcome {
	t.Helper()
	o, err := r.actor.Act(t.Context(), r.step(op))
	if err != nil {
		t.Fatalf("%s: %v", op, err)
	}
	if seen, err := r.actor.Verify(t.Context(), r.step(op)); err != nil || seen == "" {
		t.Fatalf("%s, verified: %q, %v", op, seen, err)
	}
	return o
}

func (r *session) looks(t *testing.T, op planner.EditOp, want executor.Stand) {
	t.Helper()
	if got, err := r.actor.Look(t.Context(), r.step(op)); err != nil || got != want {
		t.Fatalf("look at %s: %v, %v; want %v", op, got, err, want)
	}
}

// gives wants the edited flags, each once, and all others as they were.
func (r *session) gives(t *testing.T) {
	t.Helper()
	want := map[string]string{}
	for _, f := range r.seen.Flags {
		want[f.Name] = f.Value
	}
	for _, e := range edits() {
		want[e.Name] = *e.After
	}
	now := r.subject.observe(t)
	if len(now.Flags) != len(want) {
		t.Errorf("there are %d flags, not %d", len(now.Flags), len(want))
	}
	for _, f := range now.Flags {
		if f.Value != want[f.Name] {
			t.Errorf("-%s is %q, not %q", f.Name, f.Value, want[f.Name])
		}
	}
	if r.subject.Loaded != nil {
		for _, e := range edits() {
			if word := "-" + e.Name + "=" + *e.After; !slices.Contains(strings.Fields(r.subject.Loaded(t)), word) {
				t.Errorf("%s is not loaded", word)
			}
		}
	}
}

func editsAndRestores(t *testing.T, r *session) {
	r.looks(t, planner.OpEdit, executor.Pending)
	r.looks(t, planner.OpRestore, executor.Done)
	for range 2 {
		r.does(t, planner.OpEdit)
		r.looks(t, planner.OpEdit, executor.Done)
		r.gives(t)
	}
	r.looks(t, planner.OpRestore, executor.Pending)
	for range 2 {
		r.does(t, planner.OpRestore)
		r.looks(t, planner.OpRestore, executor.Done)
	}
}

func keepsForeign(t *testing.T, r *session) {
	r.does(t, planner.OpEdit)
	theirs := r.write(t, func(now []byte) []byte { return append(now, r.subject.Comment+"\n"...) })
	if _, err := r.actor.Look(t.Context(), r.step(planner.OpEdit)); !executor.IsRefusal(err) {
		t.Errorf("an edit over a foreign change: %v", err)
	}
	if kept := r.does(t, planner.OpRestore)["kept"]; kept == "" {
		t.Error("the foreign change is not reported")
	}
	if now := r.read(t); !strings.HasSuffix(string(now), r.subject.Comment+"\n") || len(now) >= len(theirs) {
		t.Errorf("the foreign change was lost, or the edit kept:\n%s", now)
	}
	for _, f := range r.subject.observe(t).Flags {
		i := slices.IndexFunc(r.seen.Flags, func(was planner.Flag) bool { return was.Name == f.Name && was.Value == f.Value })
		if i < 0 {
			t.Errorf("-%s is %q now", f.Name, f.Value)
		}
	}
	// Back to what was before, for the sake of the next.
	original, err := r.folder.Original(t.Context(), r.seen.Path)
	if err != nil && r.seen.Digest != "" {
		t.Fatal(err)
	}
	if r.seen.Digest == "" {
		if err := host.Remove(t.Context(), r.subject.Host, r.seen.Path); err != nil {
			t.Fatal(err)
		}
	} else {
		r.write(t, func([]byte) []byte { return original })
	}
	if l := r.subject.Loaded; l != nil {
		if _, err := r.subject.Host.Run(t.Context(), host.Command{Args: []string{"systemctl", "daemon-reload"}, Root: true}); err != nil {
			t.Fatal(err)
		}
	}
}

func refusesDrift(t *testing.T, r *session) {
	step := r.step(planner.OpEdit)
	step.Action.Flags.Digest = host.DigestOf([]byte("another"))
	if _, err := r.actor.Act(t.Context(), step); !executor.IsRefusal(err) {
		t.Errorf("another content than was planned: %v", err)
	}
}

// cutOff loses the host after a command of an edit, does it again, and the same with the restore. It says whether both are shorter.
func (s Subject) cutOff(t *testing.T, at int) bool {
	t.Helper()
	r := s.session(t, s.Host, fmt.Sprintf("cut%d", at))
	whole := true
	for _, op := range []planner.EditOp{planner.OpEdit, planner.OpRestore} {
		lost := &hosttest.Faulty{Host: s.Host, At: at, After: true}
		r.folder.Host = lost
		if _, err := r.actor.Act(t.Context(), r.step(op)); err != nil {
			whole = false
			if !errors.Is(err, host.ErrUnreachable) {
				t.Errorf("%s, cut off at command %d: %v", op, at, err)
			}
		}
		lost.Heal()
		r.does(t, op)
		if op == planner.OpEdit {
			r.gives(t)
		}
	}
	r.close(t)
	return whole
}

func (r *session) read(t *testing.T) []byte {
	t.Helper()
	content, _, err := host.ReadFile(t.Context(), r.subject.Host, r.seen.Path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// write changes the file as somebody else would.
func (r *session) write(t *testing.T, change func([]byte) []byte) []byte {
	t.Helper()
	content, info, err := host.ReadFile(t.Context(), r.subject.Host, path.Clean(r.seen.Path))
	if err != nil {
		t.Fatal(err)
	}
	out := change(content)
	if err := host.WriteFile(t.Context(), r.subject.Host, r.seen.Path, out, info); err != nil {
		t.Fatal(err)
	}
	return out
}
