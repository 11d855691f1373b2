package scheduler

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/aurora"
)

func digest(t *testing.T) string {
	sum := sha256.Sum256(file(t, recorded))
	return hex.EncodeToString(sum[:])
}

func step(t *testing.T, op planner.SchedulerOp) planner.Step {
	action := &planner.SchedulerAction{Op: op}
	switch op {
	case planner.OpStage, planner.OpReview, planner.OpDelete, planner.OpCommit, planner.OpConfirm:
		action.Backup, action.SHA256 = recorded, digest(t)
	default:
	}
	return planner.Step{ID: string(op), Action: planner.Action{Scheduler: action}}
}

// take takes a step as the executor does.
func take(ctx context.Context, a *Actor, s planner.Step) (found bool, o executor.Outcome, seen string, err error) {
	stand, err := a.Look(ctx, s)
	if err != nil || stand == executor.Done {
		return stand == executor.Done, nil, "", err
	}
	if o, err = a.Act(ctx, s); err != nil {
		return false, nil, "", err
	}
	seen, err = a.Verify(ctx, s)
	return false, o, seen, err
}

func must(t *testing.T, f *fake, s planner.Step) (executor.Outcome, string) {
	t.Helper()
	found, o, seen, err := take(t.Context(), f.actor, s)
	if err != nil {
		t.Fatalf("%s: %v", s.ID, err)
	}
	if found {
		seen = "found done"
	}
	return o, seen
}

func wantSeen(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("seen %q, want %q", got, want)
	}
}

// TestProcedure goes through the procedure on a cluster where much goes wrong: the leader's storage is late, a follower has another
// backup staged, and every answer of a call that changes something is lost, once before and once after it was carried out.
func TestProcedure(t *testing.T) {
	f := newFake(t)
	leader := f.members["scheduler-2"]
	f.set(func() {
		leader.unready = 3
		leader.staged = backupTasks(t, "scheduler-backup-2026-11-20-09-15")
		dropped := map[string]int{}
		leader.fault = func(method string, done bool) bool {
			first := map[bool]int{false: 0, true: 1}[done]
			if !strings.Contains("stageRecovery deleteRecoveryTasks unloadRecovery", method) || dropped[method] != first {
				return false
			}
			dropped[method]++
			return true
		}
	})
	_, seen := must(t, f, step(t, planner.OpAwaitLeader))
	wantSeen(t, seen, "scheduler-2 leads and answers")

	unload := step(t, planner.OpUnload)
	unload.Host = "scheduler-2"
	_, seen = must(t, f, unload)
	wantSeen(t, seen, "nothing is loaded")
	unload.Host = "scheduler-1"
	_, seen = must(t, f, unload)
	wantSeen(t, seen, "found done")

	o, seen := must(t, f, step(t, planner.OpStage))
	wantSeen(t, seen, "15 tasks staged on scheduler-2, each as in the backup")
	if o["leader"] != "scheduler-2" || o["tasks"] != "15" {
		t.Errorf("outcome %v", o)
	}
	if n := f.called("scheduler-2", "stageRecovery"); n != 2 {
		t.Errorf("stageRecovery was called %d times", n)
	}
	_, seen = must(t, f, step(t, planner.OpStage))
	wantSeen(t, seen, "found done")

	ids := []string{deleted}
	del := step(t, planner.OpDelete)
	del.Action.Scheduler.TaskIDs = ids
	_, seen = must(t, f, del)
	wantSeen(t, seen, "14 tasks staged on scheduler-2, each as in the backup")
	_, seen = must(t, f, del)
	wantSeen(t, seen, "found done")

	for _, op := range []planner.SchedulerOp{planner.OpReview, planner.OpCommit, planner.OpConfirm} {
		s := step(t, op)
		s.Action.Scheduler.TaskIDs, s.Action.Scheduler.Deleted = ids, true
		o, seen = must(t, f, s)
		switch op {
		case planner.OpReview:
			wantSeen(t, seen, "14 tasks staged on scheduler-2, each as in the backup")
		case planner.OpCommit:
			wantSeen(t, seen, "the store of scheduler-3 holds 14 tasks as committed")
			found, _, _, err := take(t.Context(), f.actor, s)
			if !found || err != nil {
				t.Errorf("commit again: found %t, %v", found, err)
			}
		case planner.OpConfirm:
			wantSeen(t, seen, "scheduler-3 leads, its store holds 14 tasks as committed; scheduler-2 is half alive: process 101 runs and its port is closed: `restorectl revert` restarts it")
			if o["half_alive"] != "scheduler-2" {
				t.Errorf("outcome %v", o)
			}
		default:
		}
	}
	if n := f.called("scheduler-2", "commitRecovery"); n != 1 {
		t.Errorf("commitRecovery was called %d times", n)
	}
}

// TestCommitWithoutAnswer loses the answer of a commit that was carried out, and of one that was not. Neither is repeated.
func TestCommitWithoutAnswer(t *testing.T) {
	for name, after := range map[string]bool{"carried out": true, "not carried out": false} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			if !after {
				f.Patience = 3 * time.Second // It is waited for in vain.
			}
			must(t, f, step(t, planner.OpStage))
			leader := f.members["scheduler-2"]
			f.set(func() {
				leader.fault = func(method string, done bool) bool { return method == "commitRecovery" && done == after }
			})
			s := step(t, planner.OpCommit)
			_, o, _, err := take(t.Context(), f.actor, s)
			switch {
			case after && (err != nil || o["answer"] != "lost"):
				t.Errorf("outcome %v, error %v", o, err)
			case !after && (!errors.Is(err, ErrNoAnswer) || !strings.Contains(err.Error(), "still staged on scheduler-2")):
				t.Errorf("error %v", err)
			}
			if n := f.called("scheduler-2", "commitRecovery"); n != 1 {
				t.Errorf("commitRecovery was called %d times", n)
			}
			f.set(func() { leader.fault = nil })
			if found, _, _, err := take(t.Context(), f.actor, s); found != after || err != nil {
				t.Errorf("again: found %t, %v", found, err)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	other := func(t *testing.T) []aurora.ScheduledTask {
		tasks := backupTasks(t, recorded)
		tasks[3].Status = aurora.Lost
		return tasks[1:]
	}
	for name, tt := range map[string]struct {
		op    planner.SchedulerOp
		ids   []string
		ruin  func(t *testing.T, f *fake)
		wants string
	}{
		"registered": {op: planner.OpAwaitLeader, ruin: func(_ *testing.T, f *fake) {
			f.members["scheduler-2"].state, f.members["scheduler-2"].reg = Active, true
		}, wants: "scheduler-2 is registered with a Mesos master, in state ACTIVE"},
		"old log": {op: planner.OpAwaitLeader, ruin: func(t *testing.T, f *fake) {
			f.members["scheduler-2"].store = other(t)
		}, wants: "a replica came up with an old log"},
		"file missing": {op: planner.OpStage, ruin: func(t *testing.T, f *fake) {
			f.members["scheduler-2"].machine.Script(t, "sha256sum", "echo \"sha256sum: $2: No such file or directory\" >&2; exit 1")
		}, wants: "is not on the leader, scheduler-2; `restorectl apply` puts it there again"},
		"other file": {op: planner.OpStage, ruin: func(t *testing.T, f *fake) {
			f.members["scheduler-2"].machine.File(t, "backups/"+recorded, "something else", 0o644)
		}, wants: "not " + "SHA as planned"},
		"nothing staged": {op: planner.OpReview, ruin: func(*testing.T, *fake) {}, wants: "nothing is staged on the leader, scheduler-2"},
		"other staged": {op: planner.OpReview, ruin: func(t *testing.T, f *fake) { f.members["scheduler-2"].staged = other(t) },
			wants: " is missing; task ops-prod-cache-4-2a38d069-84a5-43ae-89a6-31420a2d13eb is LOST, not RUNNING;"},
		"delete what is not there": {op: planner.OpDelete, ids: []string{"no-such-task"}, ruin: func(*testing.T, *fake) {},
			wants: "of the 1 tasks to delete the backup " + recorded + " has 0"},
		"delete from other": {op: planner.OpDelete, ids: []string{deleted}, ruin: func(t *testing.T, f *fake) { f.members["scheduler-2"].staged = other(t) },
			wants: "is not what the plan says"},
		"commit nothing": {op: planner.OpCommit, ruin: func(*testing.T, *fake) {},
			wants: "nothing is staged on the leader, scheduler-2, and nothing was committed: the leader's store is empty"},
		"commit other": {op: planner.OpCommit, ruin: func(t *testing.T, f *fake) { f.members["scheduler-2"].staged = []aurora.ScheduledTask{} },
			wants: "is missing"},
		"committed other": {op: planner.OpConfirm, ruin: func(t *testing.T, f *fake) { f.members["scheduler-2"].store = other(t) },
			wants: "the store of the leader, scheduler-2, holds 14 tasks, and not what the plan commits"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.set(func() { tt.ruin(t, f) })
			s := step(t, tt.op)
			s.Action.Scheduler.TaskIDs = tt.ids
			found, _, _, err := take(t.Context(), f.actor, s)
			wants := strings.ReplaceAll(tt.wants, "SHA", digest(t))
			if found || !executor.IsRefusal(err) || !strings.Contains(err.Error(), wants) {
				t.Errorf("found %t, error %v", found, err)
			}
			if n := f.called("scheduler-2", "commitRecovery"); n != 0 {
				t.Errorf("commitRecovery was called %d times", n)
			}
		})
	}
}

// TestShippedCopyIsChecked changes a byte of the run's copy.
func TestShippedCopyIsChecked(t *testing.T) {
	f := newFake(t)
	must(t, f, step(t, planner.OpStage))
	content := file(t, recorded)
	content[100] ^= 1
	f.members["scheduler-2"].machine.File(t, "runs/"+runID+"/backup/"+recorded, string(content), 0o600)
	for _, op := range []planner.SchedulerOp{planner.OpReview, planner.OpCommit} {
		if _, _, _, err := take(t.Context(), f.actor, step(t, op)); err == nil || !strings.Contains(err.Error(), "SHA-256") {
			t.Errorf("%s: error %v", op, err)
		}
	}
	if f.called("scheduler-2", "commitRecovery") > 0 {
		t.Error("it was committed")
	}
}

// TestShippedCopyIsReadOnce goes through the steps that compare with the backup, on one leader and on the next, and counts how often it is
// brought here.
func TestShippedCopyIsReadOnce(t *testing.T) {
	f := newFake(t)
	cat, err := exec.LookPath("cat")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range f.members {
		m.machine.Script(t, "cat", `case "$2" in */backup/*) echo "$2" >>"$HOME/read";; esac; exec `+cat+` "$@"`)
	}
	for _, op := range []planner.SchedulerOp{planner.OpStage, planner.OpReview, planner.OpCommit, planner.OpConfirm} {
		must(t, f, step(t, op))
	}
	read := ""
	for _, m := range f.members {
		content, err := os.ReadFile(filepath.Join(m.machine.Dir, "read"))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		read += string(content)
	}
	if n := strings.Count(read, "\n"); n != 1 {
		t.Errorf("it was read %d times:\n%s", n, read)
	}
}

// TestLeaderChangesBeforeCall stages on one leader and finds another, with something else staged, which must go.
func TestLeaderChangesBeforeCall(t *testing.T) {
	f := newFake(t)
	must(t, f, step(t, planner.OpStage))
	f.set(func() {
		f.members["scheduler-2"].state = StoragePrepared
		f.members["scheduler-1"].staged = []aurora.ScheduledTask{}
		f.lead("scheduler-1")
	})
	if _, err := f.actor.Look(t.Context(), step(t, planner.OpCommit)); !executor.IsRefusal(err) {
		t.Errorf("commit: %v", err)
	}
	_, seen := must(t, f, step(t, planner.OpStage))
	wantSeen(t, seen, "15 tasks staged on scheduler-1, each as in the backup")
}

func TestAwaitActive(t *testing.T) {
	f := newFake(t)
	id := "framework-1"
	f.actor.FrameworkID = func(context.Context) (string, error) { return id, nil }
	s := step(t, planner.OpAwaitActive)
	s.Action.Scheduler.FrameworkID = "framework-1"
	if stand, err := f.actor.Look(t.Context(), s); stand != executor.Pending || err != nil {
		t.Errorf("half-disabled: %v, %v", stand, err)
	}
	f.set(func() { f.members["scheduler-2"].state, f.members["scheduler-2"].reg = Active, true })
	if stand, err := f.actor.Look(t.Context(), s); stand != executor.Done || err != nil {
		t.Errorf("active: %v, %v", stand, err)
	}
	seen, err := f.actor.Verify(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	wantSeen(t, seen, "scheduler-2 is ACTIVE and registered (framework framework-1), 2 others follow")

	id = "framework-2"
	if _, err := f.actor.Look(t.Context(), s); !executor.IsRefusal(err) {
		t.Errorf("another framework: %v", err)
	}
	id = "framework-1"
	f.members["scheduler-3"].srv.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	_, err = f.actor.Act(ctx, s)
	if err == nil || !strings.Contains(err.Error(), "scheduler-3 is half alive: process 102 runs and its port is closed") {
		t.Errorf("half alive: %v", err)
	}
}

// TestAwaitActiveWithoutCredentials has authentication back that was off for the run, which has no ticket then. One that has credentials
// is told when they are of no use.
func TestAwaitActiveWithoutCredentials(t *testing.T) {
	f := newFake(t)
	f.set(func() {
		s := f.members["scheduler-2"]
		s.state, s.reg, s.negotiate = Active, true, true
	})
	s := step(t, planner.OpAwaitActive)
	if outcome, err := f.actor.Act(t.Context(), s); err != nil || outcome["leader"] != "scheduler-2" {
		t.Errorf("no credentials: %v, %v", outcome, err)
	}
	f.Credentials = nobody{}
	if _, err := f.actor.Act(t.Context(), s); !unauthenticated(err) {
		t.Errorf("credentials of nobody: %v", err)
	}
}

// nobody has credentials of no use.
type nobody struct{}

func (nobody) Authorize(*http.Request, string) error { return nil }

// halfAlive closes a scheduler's port, lets a restart open it again, and gives the names of those that were restarted.
func halfAlive(t *testing.T, f *fake, name string, restarting func()) *[]string {
	t.Helper()
	half := f.members[name]
	address := half.srv.Listener.Addr().String()
	half.srv.Close()
	f.Revival = time.Millisecond
	restarted := &[]string{}
	f.actor.Restart = func(_ context.Context, name string) error {
		*restarted = append(*restarted, name)
		l, err := net.Listen("tcp", address)
		if err != nil {
			return err
		}
		f.set(restarting)
		half.srv = &httptest.Server{Listener: l, Config: &http.Server{Handler: half, ReadHeaderTimeout: time.Minute}}
		half.srv.Start()
		t.Cleanup(half.srv.Close)
		return nil
	}
	return restarted
}

func TestAHalfAliveSchedulerIsRestarted(t *testing.T) {
	f := newFake(t)
	f.set(func() { f.members["scheduler-2"].state, f.members["scheduler-2"].reg = Active, true })
	restarted := halfAlive(t, f, "scheduler-3", func() {})
	if _, err := f.actor.Act(t.Context(), step(t, planner.OpAwaitActive)); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(*restarted, []string{"scheduler-3"}) {
		t.Errorf("restarted %v", *restarted)
	}
}

// TestConfirmRestartsWhereNobodyLeads commits, and then all who could lead have given up.
func TestConfirmRestartsWhereNobodyLeads(t *testing.T) {
	f := newFake(t)
	must(t, f, step(t, planner.OpStage))
	f.set(func() {
		s := f.members["scheduler-2"]
		f.log, s.state, s.staged = s.staged, StoragePrepared, nil
		f.election = planner.Election{}
	})
	restarted := halfAlive(t, f, "scheduler-2", func() { f.lead("scheduler-2") })
	if _, err := f.actor.Act(t.Context(), step(t, planner.OpConfirm)); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(*restarted, []string{"scheduler-2"}) {
		t.Errorf("restarted %v", *restarted)
	}
}

// TestUnloadRestartsWhoWillNotAnswer unloads on a scheduler that gave up behind its start, and leaves another such one to its own step.
func TestUnloadRestartsWhoWillNotAnswer(t *testing.T) {
	f := newFake(t)
	f.members["scheduler-1"].srv.Close()
	restarted := halfAlive(t, f, "scheduler-3", func() {})
	s := step(t, planner.OpUnload)
	s.Host = "scheduler-3"
	if _, err := f.actor.Act(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(*restarted, []string{"scheduler-3"}) {
		t.Errorf("restarted %v", *restarted)
	}
}
