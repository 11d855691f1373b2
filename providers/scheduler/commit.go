package scheduler

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/aurora"
)

// fate is what became of a commit, as far as the leader shows it.
type fate int

const (
	_ fate = iota
	// committed: the leader's store holds what was to be committed.
	committed
	// waiting: it is staged on the leader and the leader's store is something else.
	waiting
	// lost: neither is the case.
	lost
)

// trace is what was seen of a commit at one moment.
type trace struct {
	fate   fate
	leader *Client
	// refusal says, where the fate is lost, what is there instead.
	refusal error
	tasks   int
}

// trace looks once at the leader's store, and at what is staged there. The store counts first: what a follower once staged stays
// loaded when it becomes the next leader. An error says that it can't be told at this moment.
func (a *Actor) trace(ctx context.Context, wanted func(scheduler string) ([]aurora.ScheduledTask, error)) (trace, error) {
	name, err := a.Cluster.FindLeader(ctx)
	if err != nil {
		return trace{}, err
	}
	c, err := a.Cluster.Client(ctx, name)
	if err != nil {
		return trace{}, err
	}
	want, err := wanted(name)
	if err != nil {
		return trace{}, err
	}
	store, err := c.GetTasksStatus(ctx, TaskQuery{})
	if err != nil {
		return trace{}, err
	}
	differences := storeDifferences(want, store)
	if len(differences) == 0 && len(store) > 0 {
		return trace{fate: committed, leader: c, tasks: len(store)}, nil
	}
	st, err := compareStaged(ctx, c, want)
	switch {
	case err != nil:
		return trace{}, err
	case st.right():
		return trace{fate: waiting, leader: c, tasks: len(want)}, nil
	}
	return trace{fate: lost, leader: c, refusal: notCommitted(st, want, store, differences)}, nil
}

// notCommitted says why it looks as if the commit was not made. A store that holds something else may have held what was committed before,
// and an empty one proves nothing where no active task was to be committed: tasks that are over are forgotten.
func notCommitted(st staged, want, store []aurora.ScheduledTask, differences []string) error {
	if len(store) == 0 {
		r := &executor.Refusal{}
		errors.As(st.refusal(), &r)
		return &executor.Refusal{Reason: r.Reason + ", and nothing was committed: the leader's store is empty", Remedy: lookAgain, Undone: slices.ContainsFunc(want, active)}
	}
	return &executor.Refusal{
		Reason: fmt.Sprintf("the store of the leader, %s, holds %s, and not what the plan commits: %s", st.c.name(), tasks(len(store)), firstOf(differences)),
		Remedy: "do not commit over it; `restorectl revert` undoes the run",
	}
}

func active(t aurora.ScheduledTask) bool { return !t.Status.Terminal() }

// settled traces a commit until two looks, a moment apart, agree on the same leader: one that has committed answers for a moment
// before it goes.
func (a *Actor) settled(ctx context.Context, action *planner.SchedulerAction, what string, enough func(trace) bool, unless func(context.Context, error) error) (trace, error) {
	var before, now trace
	var want []aurora.ScheduledTask
	wanted := func(scheduler string) (_ []aurora.ScheduledTask, err error) {
		if want == nil { // The backup is the same on every host: it is read once.
			want, err = a.wanted(ctx, scheduler, action)
		}
		return want, err
	}
	failed := false
	look := func() (err error) {
		before = now
		now, err = a.trace(ctx, wanted)
		// A scheduler that is about to end may answer anything, once.
		again := failed
		failed = err != nil
		switch {
		case err != nil && !again && !isRefusal(err):
			return fmt.Errorf("%v", err) //nolint:errorlint // It must not look final.
		case err != nil:
			return err
		case before.leader == nil || before.leader.name() != now.leader.name() || before.fate != now.fate:
			return fmt.Errorf("%s leads since a moment", now.leader.name())
		case !enough(now):
			return fmt.Errorf("it is still staged on %s, and not in its store", now.leader.name())
		}
		return nil
	}
	err := a.Cluster.await(ctx, what, func() error { return unless(ctx, look()) })
	return now, err
}

// asSeen does nothing about what is waited for.
func asSeen(_ context.Context, err error) error { return err }

func told(trace) bool { return true }

func over(t trace) bool { return t.fate != waiting }

func (a *Actor) lookCommit(ctx context.Context, s planner.Step) (executor.Stand, error) {
	patient, cancel := a.Cluster.patience(ctx)
	defer cancel()
	t, err := a.settled(patient, s.Action.Scheduler, "a leader that shows whether the commit was made", told, asSeen)
	switch {
	case err != nil:
		_, half := a.halfAlive(ctx)
		return executor.Pending, alongside(err, half)
	case t.fate == committed:
		return executor.Done, nil
	case t.fate == waiting:
		_, err := a.ready(ctx) // It must not be registered.
		return executor.Pending, err
	}
	return executor.Pending, t.refusal
}

// commit commits once what is staged, right after it was compared with the plan. Only an answer that says that nothing was done
// lets it try again; a lost answer is looked into.
func (a *Actor) commit(ctx context.Context, s planner.Step) (executor.Outcome, error) {
	action := s.Action.Scheduler
	for try := 1; ; try++ {
		st, err := a.staged(ctx, action)
		if err != nil {
			return nil, err
		}
		if !st.right() {
			return nil, st.refusal()
		}
		outcome := st.outcome()
		err = st.c.Commit(ctx)
		switch {
		case err == nil:
			outcome["answer"] = "OK"
			return outcome, nil
		case errors.Is(err, ErrNoAnswer):
			outcome["answer"] = "lost"
			return outcome, a.investigate(ctx, action, err)
		case (transient(err) || notSent(err)) && try < callTries:
			a.Cluster.tell(st.c.name(), "%v; looking who leads", err)
			if err := sleep(ctx, time.Second); err != nil {
				return nil, err
			}
		default:
			return nil, err
		}
	}
}

// investigate finds out whether a commit without an answer was made.
func (a *Actor) investigate(ctx context.Context, action *planner.SchedulerAction, unanswered error) error {
	a.Cluster.tell("", "%v; looking at the store of whoever leads", unanswered)
	ctx, cancel := a.Cluster.patience(ctx)
	defer cancel()
	t, err := a.settled(ctx, action, "a leader that shows whether the commit was made", over, asSeen)
	switch {
	case err != nil:
		return fmt.Errorf("%w; %w; `restorectl apply` looks again", unanswered, err)
	case t.fate == lost:
		return fmt.Errorf("%w; then %w", unanswered, t.refusal)
	}
	return nil
}

// verifyCommit looks at whoever leads now. That there is no next leader yet is for the next step to wait for.
func (a *Actor) verifyCommit(ctx context.Context, s planner.Step) (string, error) {
	ctx, cancel := a.Cluster.patience(ctx)
	defer cancel()
	t, err := a.settled(ctx, s.Action.Scheduler, "the next leader", over, asSeen)
	switch {
	case err != nil && final(err):
		return "", err
	case err != nil && t.fate == waiting && t.leader != nil:
		return "", err
	case err != nil:
		return "it was committed; nobody leads yet", nil
	case t.fate == lost:
		return "", t.refusal
	}
	return fmt.Sprintf("the store of %s holds %s as committed", t.leader.name(), tasks(t.tasks)), nil
}
