package providers

import (
	"context"
	"fmt"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
)

// guarded is an actor that only acts while the schedulers that the plan leaves out stay away.
type guarded struct {
	executor.Actor
	cluster *Cluster
}

// guard puts the look at the absent schedulers before the steps after which one old replica could do harm: those that start a
// scheduler, commit, or go into service.
func (c *Cluster) guard(s planner.Step, a executor.Actor) executor.Actor {
	if len(c.restore.Cluster.Absent) == 0 {
		return a
	}
	starts := s.Action.Service != nil && s.Action.Service.Op == planner.OpStart
	if starts || s.Action.Scheduler != nil && guardedOp(s.Action.Scheduler.Op) {
		return guarded{a, c}
	}
	return a
}

func guardedOp(op planner.SchedulerOp) bool {
	switch op {
	case planner.OpAwaitLeader, planner.OpCommit, planner.OpConfirm, planner.OpAwaitActive:
		return true
	case planner.OpUnload, planner.OpStage, planner.OpReview, planner.OpDelete:
	}
	return false
}

// Look refuses while an absent scheduler lives. What was done already is told first: that a commit was made must not be overlooked.
func (g guarded) Look(ctx context.Context, s planner.Step) (executor.Stand, error) {
	stand, err := g.Actor.Look(ctx, s)
	if err != nil || stand == executor.Done {
		return stand, err
	}
	alive, err := g.cluster.stayAway(ctx)
	if err != nil || alive == nil {
		return stand, err
	}
	return stand, &executor.Refusal{
		Reason: fmt.Sprintf("%s, which this plan leaves out, is back: %s; its old log would be mixed with the restored one", alive.Name, alive.Alive()),
		Remedy: fmt.Sprintf("stop its scheduler and keep it stopped until `restorectl rejoin %s`, then give the same command again", alive.Name),
	}
}
