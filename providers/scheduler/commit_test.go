package scheduler

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/aurora"
)

// readyToCommit is a cluster with the backup staged, and a commit that was looked at and is still to be made.
func readyToCommit(t *testing.T) (*fake, planner.Step) {
	t.Helper()
	f, s := newFake(t), step(t, planner.OpCommit)
	must(t, f, step(t, planner.OpStage))
	if stand, err := f.actor.Look(t.Context(), s); err != nil || stand != executor.Pending {
		t.Fatalf("stand %v, error %v", stand, err)
	}
	return f, s
}

// TestCommitComparesOnceMore has somebody who stages something else between the look and the commit.
func TestCommitComparesOnceMore(t *testing.T) {
	f, s := readyToCommit(t)
	f.set(func() { f.members["scheduler-2"].staged = f.members["scheduler-2"].staged[1:] })
	if o, err := f.actor.Act(t.Context(), s); !executor.IsRefusal(err) || !strings.Contains(err.Error(), "is missing") {
		t.Errorf("outcome %v, error %v", o, err)
	}
	if n := f.called("scheduler-2", "commitRecovery"); n != 0 {
		t.Errorf("commitRecovery was called %d times", n)
	}
}

// TestCommitIsSentAgainWhereNothingWasDone has a leader whose storage is not ready for it at first, and says so.
func TestCommitIsSentAgainWhereNothingWasDone(t *testing.T) {
	f, s := readyToCommit(t)
	refused := 0
	f.set(func() {
		leader := f.members["scheduler-2"]
		leader.fault = func(method string, done bool) bool {
			if method == "commitRecovery" && !done && refused == 0 {
				refused, leader.unready = 1, 1
			}
			return false
		}
	})
	if o, err := f.actor.Act(t.Context(), s); err != nil || o["answer"] != "OK" {
		t.Errorf("outcome %v, error %v", o, err)
	}
	if n := f.called("scheduler-2", "commitRecovery"); n != 2 {
		t.Errorf("commitRecovery was called %d times", n)
	}
	if seen, err := f.actor.Verify(t.Context(), s); err != nil || !strings.Contains(seen, "the store of scheduler-3 holds 15 tasks as committed") {
		t.Errorf("%q, error %v", seen, err)
	}
}

// TestCommitThatWentWithItsLeader loses the answer and the leader before it committed: the next one has nothing, and nothing is sent to it.
func TestCommitThatWentWithItsLeader(t *testing.T) {
	f, s := readyToCommit(t)
	f.set(func() {
		leader := f.members["scheduler-2"]
		leader.fault = func(method string, _ bool) bool {
			if method != "commitRecovery" {
				return false
			}
			leader.state, leader.staged, f.log = Dead, nil, []aurora.ScheduledTask{}
			f.lead("scheduler-1")
			return true
		}
	})
	_, err := f.actor.Act(t.Context(), s)
	if !errors.Is(err, ErrNoAnswer) || !executor.IsRefusal(err) || !strings.Contains(err.Error(), "nothing is staged on the leader, scheduler-1, and nothing was committed") {
		t.Errorf("error %v", err)
	}
	if n := f.called("scheduler-1", "commitRecovery") + f.called("scheduler-3", "commitRecovery"); n != 0 {
		t.Errorf("the next leader was given %d commits", n)
	}
	if done, known := executor.Happened(f.actor.Look(t.Context(), s)); done || !known {
		t.Errorf("with an empty store: done %t, known %t", done, known)
	}
	f.set(func() { f.members["scheduler-1"].store = []aurora.ScheduledTask{{}} })
	if done, known := executor.Happened(f.actor.Look(t.Context(), s)); done || known {
		t.Errorf("with something else in the store: done %t, known %t", done, known)
	}
}

// TestCommitOnAnOldRelease has a next leader that forgets old tasks at once, as those of releases up to 0.15 do.
func TestCommitOnAnOldRelease(t *testing.T) {
	f, s := readyToCommit(t)
	if _, err := f.actor.Act(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	left := 0
	f.set(func() {
		leader := f.members["scheduler-3"]
		leader.store = slices.DeleteFunc(slices.Clone(leader.store), func(task aurora.ScheduledTask) bool { return task.Status.Terminal() })
		left = len(leader.store)
	})
	seen, err := f.actor.Verify(t.Context(), s)
	wantSeen(t, seen, fmt.Sprintf("the store of scheduler-3 holds %d tasks as committed", left))
	if err != nil || left == 0 || left == 15 {
		t.Errorf("%d tasks, error %v", left, err)
	}
}
