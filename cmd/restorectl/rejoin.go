package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/restorectl/restorectl/cmd/session"
	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
)

func newRejoin(stop <-chan struct{}) *cobra.Command {
	var approved bool
	c := &cobra.Command{
		Use:   "rejoin SCHEDULER [restore.plan | run.journal]",
		Short: "Bring a scheduler back that a run left out",
		Long: `Bring a scheduler back that was left out of a run with --without or absent: stop it before its old log can do harm, move that log into
quarantine, and let it start empty and catch up from the others. What will be done is shown and asked for first. It can be interrupted and
given again. It is not undone by revert: the old log beside the restored ones would do the harm; it stays in quarantine until purge.`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			journal, err := session.FindJournal(orDefault(args[1:], defaultPlan))
			if err != nil {
				return err
			}
			h, err := session.HistoryAmong(journal)
			if err != nil {
				return err
			}
			if err := session.Rejoinable(h, args[0]); err != nil {
				return err
			}
			o := newOperator(cmd, stop, approved)
			p, err := rejoinPlan(cmd.Context(), o, h, args[0])
			if err != nil {
				return err
			}
			cluster := o.follow(p, h.Surroundings)
			return errors.Join(o.session().Rejoin(cmd.Context(), journal, p, cluster), cluster.Close())
		},
	}
	c.Flags().BoolVar(&approved, "auto-approve", false, "ask nothing")
	return c
}

// rejoinPlan gives the plan that was begun, or makes one of what is seen now.
func rejoinPlan(ctx context.Context, o *operator, h *executor.History, scheduler string) (*planner.Plan, error) {
	if a := h.Rejoins[scheduler]; a != nil {
		return a.Plan, nil
	}
	r, err := h.Whole.Return(scheduler)
	if err != nil {
		return nil, err
	}
	ctx, cancel := o.untilStop(ctx)
	defer cancel()
	around := h.Surroundings.In(*r)
	cluster := o.connect(&around)
	seen, err := cluster.Observe(ctx)
	if err = errors.Join(err, cluster.Close()); err != nil {
		return nil, err
	}
	var left *planner.Left
	if slices.Contains(h.Left(), scheduler) {
		left = &planner.Left{Forward: h.Forward.Plan, Progress: h.Forward.Progress}
	}
	return planner.Rejoin(h.Forward.Digest, scheduler, r, seen, left, time.Now(), version()), nil
}
