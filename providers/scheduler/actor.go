package scheduler

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/aurora"
)

// Actor carries out planner.SchedulerAction.
type Actor struct {
	Cluster *Cluster
	Backups Backups
	// Process gives the number of a scheduler's process as its supervisor knows it, 0 where none runs. It names processes that
	// live on with their port closed; nil where nobody can tell.
	Process func(ctx context.Context, scheduler string) (int, error)
	// Restart stops and starts a scheduler through its supervisor: what lives on with its port closed does not come back by itself.
	// Nil where nobody can.
	Restart func(ctx context.Context, scheduler string) error
	// FrameworkID reads from the Mesos master the id that the scheduler registered with, empty where it can't be told; nil where
	// nobody can.
	FrameworkID func(ctx context.Context) (string, error)
}

// op is how one operation is carried out.
type op struct {
	look   func(context.Context, planner.Step) (executor.Stand, error)
	act    func(context.Context, planner.Step) (executor.Outcome, error)
	verify func(context.Context, planner.Step) (string, error)
}

func (a *Actor) op(s planner.Step) (op, error) {
	action := s.Action.Scheduler
	if action == nil {
		return op{}, fmt.Errorf("step %s is not for the schedulers", s.ID)
	}
	ops := map[planner.SchedulerOp]op{
		planner.OpAwaitLeader: {a.lookLeader, a.awaitLeader, a.verifyLeader},
		planner.OpUnload:      {a.lookUnload, a.unload, a.verifyUnload},
		planner.OpStage:       {a.lookStage, a.stage, a.verifyStaged},
		planner.OpReview:      {a.lookReview, a.review, a.verifyStaged},
		planner.OpDelete:      {a.lookDelete, a.delete, a.verifyStaged},
		planner.OpCommit:      {a.lookCommit, a.commit, a.verifyCommit},
		planner.OpConfirm:     {always, a.confirm, a.verifyConfirm},
		planner.OpAwaitActive: {a.lookActive, a.awaitActive, a.verifyActive},
	}
	o, ok := ops[action.Op]
	if !ok {
		return op{}, fmt.Errorf("step %s asks the schedulers for %q, which is not known", s.ID, action.Op)
	}
	return o, nil
}

// Look says whether the step has still to be done. Steps that only wait or compare are always pending.
func (a *Actor) Look(ctx context.Context, s planner.Step) (executor.Stand, error) {
	o, err := a.op(s)
	if err != nil {
		return executor.Pending, err
	}
	return o.look(ctx, s)
}

// Act makes the step's calls, or waits.
func (a *Actor) Act(ctx context.Context, s planner.Step) (executor.Outcome, error) {
	o, err := a.op(s)
	if err != nil {
		return nil, err
	}
	return o.act(ctx, s)
}

// Verify asks the schedulers again.
func (a *Actor) Verify(ctx context.Context, s planner.Step) (string, error) {
	o, err := a.op(s)
	if err != nil {
		return "", err
	}
	return o.verify(ctx, s)
}

func always(context.Context, planner.Step) (executor.Stand, error) { return executor.Pending, nil }

func isRefusal(err error) bool { return executor.IsRefusal(err) }

// expected gives the tasks of the step's backup, read on the named scheduler's host: all of them, and those that stay.
func (a *Actor) expected(ctx context.Context, scheduler string, action *planner.SchedulerAction) (all, left []aurora.ScheduledTask, err error) {
	if a.Backups == nil {
		return nil, nil, errors.New("nobody can read the run's copy of the backup")
	}
	all, err = a.Backups.Tasks(ctx, scheduler, action.Backup, action.SHA256)
	if err != nil {
		return nil, nil, err
	}
	left = without(all, action.TaskIDs)
	if gone := len(all) - len(left); gone != len(action.TaskIDs) {
		return nil, nil, &executor.Refusal{
			Reason: fmt.Sprintf("of the %d tasks to delete the backup %s has %d", len(action.TaskIDs), action.Backup, gone),
			Remedy: "correct delete_tasks and make a new plan",
		}
	}
	return all, left, nil
}

// wanted are the tasks that a step wants to see staged: all before the deletion, the others after it.
func (a *Actor) wanted(ctx context.Context, scheduler string, action *planner.SchedulerAction) ([]aurora.ScheduledTask, error) {
	all, left, err := a.expected(ctx, scheduler, action)
	deleted := action.Deleted || action.Op == planner.OpDelete || action.Op == planner.OpCommit || action.Op == planner.OpConfirm
	if deleted {
		return left, err
	}
	return all, err
}

func count(n int) string { return strconv.Itoa(n) }

func tasks(n int) string {
	if n == 1 {
		return "1 task"
	}
	return count(n) + " tasks"
}
