package scheduler

import (
	"context"
	"fmt"
	"strings"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
)

// confirm waits for the leader after the commit and compares its store with what was committed. It does not wait for the old
// leader, whose process may live on with its port closed, but names it. Only where nobody leads for long are such processes restarted.
func (a *Actor) confirm(ctx context.Context, s planner.Step) (executor.Outcome, error) {
	t, err := a.confirmed(ctx, s)
	if err != nil {
		return nil, err
	}
	outcome := executor.Outcome{"leader": t.leader.name(), "tasks": count(t.tasks)}
	if names, _ := a.halfAlive(ctx); len(names) > 0 {
		outcome["half_alive"] = strings.Join(names, ",")
	}
	return outcome, nil
}

func (a *Actor) confirmed(ctx context.Context, s planner.Step) (trace, error) {
	t, err := a.settled(ctx, s.Action.Scheduler, "the next leader", over, newRevival(a).unless)
	if err == nil && t.fate == lost {
		err = t.refusal
	}
	return t, err
}

func (a *Actor) verifyConfirm(ctx context.Context, s planner.Step) (string, error) {
	t, err := a.confirmed(ctx, s)
	if err != nil {
		return "", err
	}
	seen := fmt.Sprintf("%s leads, its store holds %s as committed", t.leader.name(), tasks(t.tasks))
	if _, words := a.halfAlive(ctx); words != "" {
		seen += "; " + words + ": `restorectl revert` restarts it"
	}
	return seen, nil
}

// halfAlive names the schedulers whose process runs although nothing listens on their port, and says so in words.
func (a *Actor) halfAlive(ctx context.Context) (names []string, words string) {
	return a.halfAliveOf(ctx, a.Cluster.survey(ctx))
}

func (a *Actor) halfAliveOf(ctx context.Context, sights []sight) (names []string, words string) {
	if a.Process == nil {
		return nil, ""
	}
	var found []string
	for _, s := range sights {
		if !refused(s.err) {
			continue
		}
		// A process that can't be asked after is not known to be half alive.
		if pid, err := a.Process(ctx, s.name); err == nil && pid > 0 {
			names = append(names, s.name)
			found = append(found, fmt.Sprintf("%s is half alive: process %d runs and its port is closed", s.name, pid))
		}
	}
	return names, strings.Join(found, "; ")
}
