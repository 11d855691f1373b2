package executor

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/restorectl/restorectl/planner"
)

// world is a set of things that steps have done, and the actor of all of them.
type world struct {
	mu    sync.Mutex
	done  map[string]bool
	acted []string
	// fail makes Act of a step fail after it was done, or before; lost makes its answer get lost.
	failBefore, failAfter string
	refuse                string
	// blind is a step that can't be looked at; needs says which step must be done for another one not to be refused.
	blind string
	needs map[string]string
	// idle is a step whose Act does nothing and says nothing of that, hangs one that takes until it is cut off, then what happens after another.
	idle, hangs string
	then        func(id string)
}

func newWorld() *world { return &world{done: map[string]bool{}} }

func (w *world) Look(_ context.Context, s planner.Step) (Stand, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if s.ID == w.blind {
		return Pending, errors.New("connection lost")
	}
	if first := w.needs[s.ID]; s.ID == w.refuse || first != "" && !w.done[first] {
		return Pending, &Refusal{Reason: "not as planned"}
	}
	if w.done[s.ID] {
		return Done, nil
	}
	return Pending, nil
}

func (w *world) Act(ctx context.Context, s planner.Step) (Outcome, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.then != nil {
		defer w.then(s.ID)
	}
	if s.ID == w.hangs {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if s.ID == w.idle {
		return nil, nil
	}
	if s.ID == w.failBefore {
		return nil, errors.New("connection lost")
	}
	w.done[s.ID] = true
	w.acted = append(w.acted, s.ID)
	if s.ID == w.failAfter {
		return nil, errors.New("no answer")
	}
	return Outcome{"by": "test"}, nil
}

func (w *world) Verify(_ context.Context, s planner.Step) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.done[s.ID] {
		return "", errors.New("it is not done")
	}
	return "done", nil
}

func (w *world) count(id string) int {
	n := 0
	for _, a := range w.acted {
		if a == id {
			n++
		}
	}
	return n
}

type quiet struct{}

func (quiet) Phase(planner.Phase)                            {}
func (quiet) Begin(planner.Step)                             {}
func (quiet) Done(planner.Step, string, bool, time.Duration) {}
func (quiet) Failed(planner.Step, error)                     {}

// samplePlan has two hosts in a first phase, then staging that is held in memory until the commit.
func samplePlan() *planner.Plan {
	step := func(id, host, holds string) planner.Step {
		return planner.Step{ID: id, Host: host, Title: id, HoldsUntil: holds, Timeout: planner.Duration(time.Minute),
			Action: planner.Action{Run: &planner.RunAction{Op: "open"}}}
	}
	return &planner.Plan{Format: planner.Format, Kind: planner.KindApply, Phases: []planner.Phase{
		{Name: "stop", Steps: []planner.Step{step("stop/a", "a", ""), step("stop/b", "b", ""), step("stop/b2", "b", "")}},
		{Name: "stage", Steps: []planner.Step{step("stage", "", "commit")}},
		{Name: "commit", Steps: []planner.Step{step("commit", "", ""), step("confirm", "", "")}},
	}}
}

func execute(t *testing.T, path string, p *planner.Plan, w *world) error {
	t.Helper()
	return executeWith(t, path, p, w, nil)
}

// executeWith also has the journal copied, where the mirror is not nil.
func executeWith(t *testing.T, path string, p *planner.Plan, w *world, m Mirror) error {
	t.Helper()
	j, err := OpenJournal(path, time.Now)
	if err == nil && m != nil {
		err = j.Mirror(t.Context(), m)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	}()
	r := Run{Plan: p, Digest: "digest", Journal: j, Report: quiet{}, By: "me", From: "here",
		Actor: func(planner.Step) (Actor, error) { return w, nil },
		Gate:  func(context.Context, planner.Step) error { return nil }}
	return r.Execute(t.Context())
}

func TestExecuteRunsEveryStepOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.journal")
	w := newWorld()
	if err := execute(t, path, samplePlan(), w); err != nil {
		t.Fatal(err)
	}
	for _, s := range samplePlan().Steps() {
		if n := w.count(s.ID); n != 1 {
			t.Errorf("%s was done %d times", s.ID, n)
		}
	}
	events, err := ReadJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	if h := NewHistory(events); h.Forward == nil || !h.Forward.Ended || h.Finished() {
		t.Errorf("history %+v", h)
	}
}

// TestResume fails each step once, before and after it was done, and runs the plan again: the end state is the same and no
// step is done twice but those whose effect was lost.
func TestResume(t *testing.T) {
	for _, s := range samplePlan().Steps() {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s after=%t", s.ID, after), func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "run.journal")
				w := newWorld()
				if after {
					w.failAfter = s.ID
				} else {
					w.failBefore = s.ID
				}
				err := execute(t, path, samplePlan(), w)
				var failed *StepError
				if !errors.As(err, &failed) || failed.Step.ID != s.ID {
					t.Fatalf("error %v", err)
				}
				w.failAfter, w.failBefore = "", ""
				if err := execute(t, path, samplePlan(), w); err != nil {
					t.Fatal(err)
				}
				for _, s := range samplePlan().Steps() {
					if n := w.count(s.ID); n != 1 {
						t.Errorf("%s was done %d times", s.ID, n)
					}
				}
			})
		}
	}
}

// TestResumeRepeatsWhatAFailoverLost has a commit that was not made, and is refused for as long as nothing is staged.
func TestResumeRepeatsWhatAFailoverLost(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.journal")
	w := newWorld()
	w.failBefore, w.needs = "commit", map[string]string{"commit": "stage"}
	if err := execute(t, path, samplePlan(), w); err == nil {
		t.Fatal("the commit did not fail")
	}
	delete(w.done, "stage") // The leader died, and what was staged with it.
	w.failBefore = ""
	if err := execute(t, path, samplePlan(), w); err != nil {
		t.Fatal(err)
	}
	if w.count("stage") != 2 || w.count("commit") != 1 || w.count("stop/a") != 1 {
		t.Errorf("acted %v", w.acted)
	}
}

func TestResumeDoesNotStageBehindALostCommit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.journal")
	w := newWorld()
	w.failAfter = "commit"
	if err := execute(t, path, samplePlan(), w); err == nil {
		t.Fatal("the commit did not fail")
	}
	delete(w.done, "stage") // The commit ended the leader; nothing is staged any more.
	w.failAfter = ""
	if err := execute(t, path, samplePlan(), w); err != nil {
		t.Fatal(err)
	}
	if w.count("stage") != 1 || w.count("commit") != 1 {
		t.Errorf("acted %v", w.acted)
	}
}

func TestRefusalStopsBeforeTheWorldIsTouched(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.journal")
	w := newWorld()
	w.refuse = "stage"
	err := execute(t, path, samplePlan(), w)
	if !IsRefusal(err) || !strings.Contains(err.Error(), "not as planned") {
		t.Fatalf("error %v", err)
	}
	events, err := ReadJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	h := NewHistory(events)
	if h.Forward.Progress("stage") != planner.NotBegun || h.Forward.Steps["stage"].Failure == "" || w.count("commit") != 0 {
		t.Errorf("stage %+v, acted %v", h.Forward.Steps["stage"], w.acted)
	}
}

func TestStopBeginsNoOtherStep(t *testing.T) {
	j, err := OpenJournal(filepath.Join(t.TempDir(), "run.journal"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	close(stop)
	w := newWorld()
	r := Run{Plan: samplePlan(), Digest: "digest", Journal: j, Report: quiet{}, Stop: stop, Actor: func(planner.Step) (Actor, error) { return w, nil }}
	if err := r.Execute(t.Context()); !errors.Is(err, ErrStopped) {
		t.Errorf("error %v", err)
	}
	if len(w.acted) != 0 {
		t.Errorf("acted %v", w.acted)
	}
}

// gone is a lock that was lost after a number of checks.
type gone struct{ checks int }

func (*gone) Open(context.Context) error          { return nil }
func (*gone) Release(context.Context, bool) error { return nil }

func (g *gone) Check(context.Context) error {
	if g.checks--; g.checks < 0 {
		return errors.New("the lock was lost")
	}
	return nil
}

func TestALostLockStopsBeforeTheNextStep(t *testing.T) {
	j, err := OpenJournal(filepath.Join(t.TempDir(), "run.journal"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	}()
	w := newWorld()
	plan := &planner.Plan{Kind: planner.KindApply, Phases: []planner.Phase{{Name: "stop", Steps: samplePlan().Phases[0].Steps[1:]}}}
	r := Run{Plan: plan, Digest: "digest", Journal: j, Lock: &gone{checks: 1}, Report: quiet{}, Actor: func(planner.Step) (Actor, error) { return w, nil }}
	if err := r.Execute(t.Context()); err == nil || !strings.Contains(err.Error(), "the lock was lost") {
		t.Errorf("error %v", err)
	}
	if len(w.acted) != 1 {
		t.Errorf("acted %v", w.acted)
	}
}

// patient waits until it is cut off.
type patient struct{ begun chan struct{} }

func (p *patient) Look(context.Context, planner.Step) (Stand, error) { return Pending, nil }

func (p *patient) Act(ctx context.Context, _ planner.Step) (Outcome, error) {
	close(p.begun)
	<-ctx.Done()
	return nil, ctx.Err()
}

func (p *patient) Verify(context.Context, planner.Step) (string, error) {
	return "", errors.New("not reached")
}

func TestStopCutsOffAStepThatOnlyWaits(t *testing.T) {
	j, err := OpenJournal(filepath.Join(t.TempDir(), "run.journal"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	}()
	plan := &planner.Plan{Kind: planner.KindApply, Phases: []planner.Phase{{Name: "start", Steps: []planner.Step{
		{ID: "leader", Action: planner.Action{Scheduler: &planner.SchedulerAction{Op: planner.OpAwaitLeader}}, Timeout: planner.Duration(time.Hour)},
	}}}}
	actor, stop := &patient{begun: make(chan struct{})}, make(chan struct{})
	r := Run{Plan: plan, Digest: "digest", Journal: j, Report: quiet{}, Stop: stop, Actor: func(planner.Step) (Actor, error) { return actor, nil }}
	go func() {
		<-actor.begun
		close(stop)
	}()
	if err := r.Execute(t.Context()); !errors.Is(err, ErrStopped) {
		t.Errorf("error %v", err)
	}
	h := NewHistory(j.Events())
	if h.Forward.Steps["leader"].Failure != "" {
		t.Errorf("it counts as failed: %+v", h.Forward.Steps["leader"])
	}
}
