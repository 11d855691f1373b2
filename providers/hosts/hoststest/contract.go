// Package hoststest says what the line in a hosts file must do, on simulated and on real hosts.
package hoststest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/host/hosttest"
	"github.com/restorectl/restorectl/providers/hosts"
	"github.com/restorectl/restorectl/providers/run"
)

// Subject is a host with a hosts file that does not have the name.
type Subject struct {
	Host host.Host
	// Path is the hosts file, Parent the folder for the folders of runs.
	Path, Parent string
	// Stride is how many commands later than the last time the host is lost, each time; zero is 2. Where commands take long it may be more.
	Stride int
}

// name is what the suite calls the host.
const name = "aurora.suite.example.com"

// session is one run's work on the file.
type session struct {
	subject Subject
	folder  *run.Folder
	seen    planner.HostsFile
}

// Folder gives the run's folder.
func (r *session) Folder(context.Context, string) (*run.Folder, error) { return r.folder, nil }

// Run runs the suite: observe, change, verify, undo, repeat, and be cut off after some of the commands and go on.
func Run(t *testing.T, s Subject) {
	before := s.read(t)
	stride := cmp.Or(s.Stride, 2)
	for at, whole := 1-stride, false; !whole; at += stride {
		r := s.session(t, fmt.Sprintf("cut%d", max(at, 0)))
		whole = at > 0
		for _, op := range []planner.HostsFileOp{planner.OpAddLine, planner.OpRemoveLine} {
			if at > 0 && !r.cutOff(t, op, at) {
				whole = false
			}
			r.does(t, op)
			r.does(t, op)
			if now := s.observe(t); (len(now.Lines) == 1) != (op == planner.OpAddLine) {
				t.Errorf("%s, cut off at %d: the lines are %q", op, at, now.Lines)
			}
		}
		if err := r.folder.Close(t.Context(), "reverted"); err != nil {
			t.Fatal(err)
		}
		if after := s.read(t); after != before {
			t.Fatalf("cut off at %d: the file was\n%s\nand is\n%s", at, before, after)
		}
	}
}

func (s Subject) session(t *testing.T, id string) *session {
	t.Helper()
	r := &session{subject: s, folder: &run.Folder{Host: s.Host, Parent: s.Parent, ID: id}, seen: s.observe(t)}
	if err := r.folder.Open(t.Context(), planner.RunRecord{By: "op", From: "laptop"}); err != nil {
		t.Fatal(err)
	}
	return r
}

func (s Subject) observe(t *testing.T) planner.HostsFile {
	t.Helper()
	seen, err := hosts.Observe(t.Context(), s.Host, s.Path, name)
	if err != nil {
		t.Fatal(err)
	}
	return seen
}

// read gives the file with its owner and mode.
func (s Subject) read(t *testing.T) string {
	t.Helper()
	content, info, err := host.ReadFile(t.Context(), s.Host, s.Path)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s %s:%s\n%s", info.Mode, info.Owner, info.Group, content)
}

func (r *session) step(op planner.HostsFileOp) planner.Step {
	return planner.Step{ID: string(op), Host: r.subject.Host.Name(), Action: planner.Action{HostsFile: &planner.HostsFileAction{
		Op: op, Path: r.seen.Path, Digest: r.seen.Digest, Address: "127.0.0.1", Name: name}}}
}

// cutOff loses the host after a command of a step. It says whether the step is shorter.
func (r *session) cutOff(t *testing.T, op planner.HostsFileOp, at int) bool {
	t.Helper()
	r.folder.Host = &hosttest.Faulty{Host: r.subject.Host, At: at, After: true}
	_, err := (&hosts.Actor{Folders: r}).Act(t.Context(), r.step(op))
	r.folder.Host = r.subject.Host
	if err != nil && !errors.Is(err, host.ErrUnreachable) {
		t.Errorf("%s, cut off at command %d: %v", op, at, err)
	}
	return err == nil
}

// does takes a step and verifies it.
func (r *session) does(t *testing.T, op planner.HostsFileOp) {
	t.Helper()
	a := &hosts.Actor{Folders: r}
	if _, err := a.Act(t.Context(), r.step(op)); err != nil {
		t.Fatalf("%s: %v", op, err)
	}
	if seen, err := a.Verify(t.Context(), r.step(op)); err != nil || seen == "" {
		t.Fatalf("%s, verified: %q, %v", op, seen, err)
	}
	if stand, err := a.Look(t.Context(), r.step(op)); err != nil || stand != executor.Done {
		t.Fatalf("look at %s: %v, %v", op, stand, err)
	}
}
