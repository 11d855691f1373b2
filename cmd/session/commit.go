package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
)

// knowCommit reads the history of a run that is to be undone without some of its schedulers. Where the answer to the commit was lost it looks
// at the others whether the commit was made, and records that: apply, which looks as well, can't go on without those schedulers.
func (s *Session) knowCommit(ctx context.Context, journal string, without []string, cluster Cluster) (*executor.History, error) {
	h, err := History(journal)
	if err != nil {
		return nil, err
	}
	left, err := leftOut(h, without)
	if err != nil || len(left) == 0 || h.Inverse != nil || h.Forward.Progress(planner.CommitStep) != planner.Begun {
		return h, err
	}
	err = s.locked(ctx, journal, h.Forward.Digest, cluster, func(executor.Lock) error {
		found, err := s.fate(ctx, h.Forward, cluster)
		if err != nil {
			return err
		}
		j, err := s.openJournal(ctx, journal, cluster.Mirror(planner.RunID(h.Forward.Digest)))
		if err != nil {
			return err
		}
		return errors.Join(j.Append(found), j.Close())
	})
	if err != nil {
		return nil, err
	}
	return History(journal)
}

// fate looks whether a commit was made, and gives the event that says so. What can't be told is an error.
func (s *Session) fate(ctx context.Context, a *executor.Attempt, cluster Cluster) (executor.Event, error) {
	steps := a.Plan.Steps()
	step := steps[slices.IndexFunc(steps, func(s planner.Step) bool { return s.ID == planner.CommitStep })]
	actor, err := cluster.Actor(planner.RunID(a.Digest), step)
	if err != nil {
		return executor.Event{}, err
	}
	if _, err := fmt.Fprintln(s.Out, "The answer to the commit is not recorded: looking at whoever leads whether it was made."); err != nil {
		return executor.Event{}, err
	}
	ctx, stop := UntilStop(ctx, s.Stop)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, time.Duration(step.Timeout))
	defer cancel()
	stand, err := actor.Look(ctx, step)
	done, known := executor.Happened(stand, err)
	switch {
	case !known:
		return executor.Event{}, fmt.Errorf("the answer to the commit was lost, and the other schedulers don't show whether it was made: %w; nothing was changed; "+
			"the same command looks again, and with --abandon it brings the old logs back whether or not", err)
	case done:
		return executor.Event{Kind: executor.EventResult, Plan: a.Digest, Step: step.ID, Found: true, Seen: "found done"}, nil
	}
	return executor.Event{Kind: executor.EventWithdrawal, Plan: a.Digest, Step: step.ID, Found: true}, nil
}
