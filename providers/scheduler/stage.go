package scheduler

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/aurora"
	"github.com/restorectl/restorectl/providers/host"
)

// lookAgain is the remedy where what was staged is gone or not what the plan says.
const lookAgain = "`restorectl apply` stages the backup again; `restorectl revert` undoes the run"

// staged is what the leader has staged, beside what the step wants.
type staged struct {
	c *Client
	// loaded says that anything is staged; tasks are what, differences how that is not what the step wants.
	loaded      bool
	tasks       []aurora.ScheduledTask
	differences []string
}

// staged asks the leader, found and ready anew, what it has staged.
func (a *Actor) staged(ctx context.Context, action *planner.SchedulerAction) (staged, error) {
	c, err := a.ready(ctx)
	if err != nil {
		return staged{}, err
	}
	want, err := a.wanted(ctx, c.name(), action)
	if err != nil {
		return staged{}, err
	}
	return compareStaged(ctx, c, want)
}

func compareStaged(ctx context.Context, c *Client, want []aurora.ScheduledTask) (staged, error) {
	got, err := c.Query(ctx, TaskQuery{})
	if NothingLoaded(err) {
		return staged{c: c}, nil
	}
	if err != nil {
		return staged{}, err
	}
	return staged{c: c, loaded: true, tasks: got, differences: differences(want, got)}, nil
}

// right says that exactly what the step wants is staged.
func (s staged) right() bool { return s.loaded && len(s.differences) == 0 }

// refusal says what is staged instead of what the step wants.
func (s staged) refusal() error {
	if !s.loaded {
		return &executor.Refusal{Reason: fmt.Sprintf("nothing is staged on the leader, %s", s.c.name()), Remedy: lookAgain}
	}
	return &executor.Refusal{
		Reason: fmt.Sprintf("what is staged on the leader, %s, is not what the plan says: %s", s.c.name(), firstOf(s.differences)),
		Remedy: lookAgain,
	}
}

func (s staged) outcome() executor.Outcome {
	return executor.Outcome{"leader": s.c.name(), "tasks": count(len(s.tasks))}
}

func (a *Actor) lookStage(ctx context.Context, s planner.Step) (executor.Stand, error) {
	st, err := a.staged(ctx, s.Action.Scheduler)
	if err != nil {
		return executor.Pending, err
	}
	if st.right() {
		return executor.Done, nil
	}
	return executor.Pending, a.placed(ctx, st.c, s.Action.Scheduler)
}

// placed refuses where the leader's backup_dir does not hold the planned file under its name.
func (a *Actor) placed(ctx context.Context, c *Client, action *planner.SchedulerAction) error {
	m, err := a.Cluster.member(c.name())
	if err != nil {
		return err
	}
	file := path.Join(m.BackupDir, action.Backup)
	digest, err := host.Digest(ctx, c.Host, file)
	reason := ""
	switch {
	case errors.Is(err, fs.ErrNotExist):
		reason = fmt.Sprintf("%s is not on the leader, %s", file, c.name())
	case err != nil:
		return err
	case digest != action.SHA256:
		reason = fmt.Sprintf("%s on the leader, %s, has the SHA-256 %s, not %s as planned", file, c.name(), digest, action.SHA256)
	default:
		return nil
	}
	return &executor.Refusal{Reason: reason, Remedy: "`restorectl apply` puts it there again"}
}

// callTries is how often a call is made again after it was looked into and found not done.
const callTries = 3

// stage stages the backup on the leader. Each try begins with a look at what is staged, so that a lost answer, or another's backup,
// is seen before anything is repeated.
func (a *Actor) stage(ctx context.Context, s planner.Step) (executor.Outcome, error) {
	action := s.Action.Scheduler
	return a.until(ctx, action, func(st staged) error {
		if st.loaded {
			if err := st.c.Unload(ctx); err != nil {
				return err
			}
		}
		if err := a.placed(ctx, st.c, action); err != nil {
			return err
		}
		return st.c.Stage(ctx, action.Backup)
	})
}

// until looks at what is staged and makes a call, again and again, until what the step wants is staged. It gives up when the calls
// don't bring that about, or when one is answered with a final error.
func (a *Actor) until(ctx context.Context, action *planner.SchedulerAction, call func(staged) error) (executor.Outcome, error) {
	var last error
	for try := 0; ; try++ {
		st, err := a.staged(ctx, action)
		switch {
		case err != nil:
			return nil, errors.Join(last, err)
		case st.right():
			return st.outcome(), nil
		case try == callTries && last != nil:
			return nil, last
		case try == callTries:
			return nil, st.refusal()
		}
		last = call(st)
		again := last == nil || errors.Is(last, ErrNoAnswer) || notSent(last) || AlreadyLoaded(last) || NothingLoaded(last) || transient(last)
		if !again || ctx.Err() != nil {
			return nil, last
		}
		if last != nil {
			a.Cluster.tell(st.c.name(), "%v; looking at what is staged", last)
		}
	}
}

// lookReview only sees that there is a leader to ask: the comparison is the step.
func (a *Actor) lookReview(ctx context.Context, _ planner.Step) (executor.Stand, error) {
	_, err := a.ready(ctx)
	return executor.Pending, err
}

func (a *Actor) review(ctx context.Context, s planner.Step) (executor.Outcome, error) {
	st, err := a.staged(ctx, s.Action.Scheduler)
	if err != nil {
		return nil, err
	}
	if !st.right() {
		return nil, st.refusal()
	}
	return st.outcome(), nil
}

func (a *Actor) verifyStaged(ctx context.Context, s planner.Step) (string, error) {
	st, err := a.staged(ctx, s.Action.Scheduler)
	if err != nil {
		return "", err
	}
	if !st.right() {
		return "", st.refusal()
	}
	return fmt.Sprintf("%s staged on %s, each as in the backup", tasks(len(st.tasks)), st.c.name()), nil
}

func (a *Actor) lookDelete(ctx context.Context, s planner.Step) (executor.Stand, error) {
	st, err := a.staged(ctx, s.Action.Scheduler)
	if err != nil {
		return executor.Pending, err
	}
	if st.right() {
		return executor.Done, nil
	}
	return executor.Pending, a.deletable(ctx, st, s.Action.Scheduler)
}

// deletable refuses where something else than the tasks to delete stands between what is staged and what the step wants.
func (a *Actor) deletable(ctx context.Context, st staged, action *planner.SchedulerAction) error {
	_, left, err := a.expected(ctx, st.c.name(), action)
	if err != nil {
		return err
	}
	st.differences = differences(left, without(st.tasks, action.TaskIDs))
	if !st.right() {
		return st.refusal()
	}
	return nil
}

func (a *Actor) delete(ctx context.Context, s planner.Step) (executor.Outcome, error) {
	action := s.Action.Scheduler
	return a.until(ctx, action, func(st staged) error {
		if err := a.deletable(ctx, st, action); err != nil {
			return err
		}
		return st.c.Delete(ctx, action.TaskIDs)
	})
}
