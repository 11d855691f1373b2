package scheduler

import (
	"context"
	"fmt"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
)

// active looks once whether the cluster is in normal service: one leader, ACTIVE, registered with the Mesos master under the step's
// framework id, and all others following. The text says what was seen of the framework id.
func (a *Actor) active(ctx context.Context, action *planner.SchedulerAction) (leader, framework string, err error) {
	name, vars, err := a.Cluster.findLeader(ctx)
	if err != nil {
		_, half := a.halfAlive(ctx)
		return "", "", alongside(err, half)
	}
	if vars.Lifecycle() != Active || !vars.Registered() {
		return "", "", fmt.Errorf("%s leads in state %s and is not registered with the Mesos master yet", name, vars.Lifecycle())
	}
	sights := a.Cluster.survey(ctx)
	for _, s := range sights {
		if s.name != name && (s.err != nil || s.vars.Lifecycle() != StoragePrepared) {
			_, half := a.halfAliveOf(ctx, sights)
			return "", "", alongside(fmt.Errorf("%s is ACTIVE, but not all others follow it (%s)", name, described(sights)), half)
		}
	}
	c, err := a.Cluster.Client(ctx, name)
	if err != nil {
		return "", "", err
	}
	// Where authentication was off for the run and is back, nothing that this run has opens the API: then /vars has to do.
	if _, err := c.Ready(ctx); err != nil && (c.Credentials != nil || !unauthenticated(err)) {
		return "", "", err
	}
	framework, err = a.framework(ctx, action.FrameworkID)
	return name, framework, err
}

func alongside(err error, words string) error {
	if words == "" {
		return err
	}
	return fmt.Errorf("%w; %s", err, words)
}

// framework compares the id that the scheduler registered with to the wanted one.
func (a *Actor) framework(ctx context.Context, want string) (string, error) {
	if a.FrameworkID == nil || want == "" {
		return "framework id not compared", nil
	}
	got, err := a.FrameworkID(ctx)
	switch {
	case err != nil:
		return fmt.Sprintf("framework id not compared: %v", err), nil
	case got == "":
		return "framework id not compared: the master does not tell it", nil
	case got != want:
		return "", &executor.Refusal{
			Reason: fmt.Sprintf("the leader registered as framework %s and not as %s, the one in the backup", got, want),
			Remedy: "the tasks of the other framework are orphans now; look at the Mesos master before anything else",
		}
	}
	return "framework " + got, nil
}

func (a *Actor) lookActive(ctx context.Context, s planner.Step) (executor.Stand, error) {
	_, _, err := a.active(ctx, s.Action.Scheduler)
	switch {
	case err == nil:
		return executor.Done, nil
	case final(err):
		return executor.Pending, err
	}
	return executor.Pending, nil
}

func (a *Actor) awaitActive(ctx context.Context, s planner.Step) (executor.Outcome, error) {
	var leader string
	revive := newRevival(a)
	err := a.Cluster.await(ctx, "an ACTIVE leader", func() (err error) {
		leader, _, err = a.active(ctx, s.Action.Scheduler)
		return revive.unless(ctx, err)
	})
	if err != nil {
		return nil, err
	}
	return executor.Outcome{"leader": leader}, nil
}

func (a *Actor) verifyActive(ctx context.Context, s planner.Step) (string, error) {
	leader, framework, err := a.active(ctx, s.Action.Scheduler)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s is ACTIVE and registered (%s), %s", leader, framework, following(len(a.Cluster.Members)-1)), nil
}

func following(others int) string {
	if others == 1 {
		return "1 other follows"
	}
	return count(others) + " others follow"
}
