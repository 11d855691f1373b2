package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/restorectl/restorectl/cmd/session"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers"
)

func newPurge(stop <-chan struct{}) *cobra.Command {
	var approved bool
	c := &cobra.Command{
		Use:   "purge [restore.plan | run.journal]",
		Short: "Delete what a finished run left on the hosts: the old logs in quarantine",
		Long: `Delete what a finished run left on the hosts: the old logs in quarantine, the saved originals of edited files and the copies of the
backup. After that the old logs can't be had back. It is refused while the run is not finished, and while the cluster is not healthy: one
scheduler ACTIVE and registered, and a quorum of the replicas sound.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			journal, err := session.FindJournal(orDefault(args, defaultPlan))
			if err != nil {
				return err
			}
			h, err := session.HistoryAmong(journal)
			if err != nil {
				return err
			}
			if h.Forward == nil {
				return errors.New("no run was begun: there is nothing to purge")
			}
			if !h.Finished() {
				return errors.New("the run is not finished, so nothing was purged: `restorectl status` says what it needs")
			}
			o := newOperator(cmd, stop, approved)
			cluster := o.follow(h.Whole, h.Surroundings)
			return errors.Join(purge(cmd.Context(), o, cluster, planner.RunID(h.Forward.Digest)), cluster.Close())
		},
	}
	c.Flags().BoolVar(&approved, "auto-approve", false, "ask nothing")
	return c
}

func purge(ctx context.Context, o *operator, cluster *providers.Cluster, runID string) error {
	seen, err := cluster.Observe(ctx)
	if err != nil {
		return err
	}
	if why := seen.Unhealthy(); why != "" {
		return fmt.Errorf("the cluster is not healthy, so nothing was purged: %s; the old logs may still be needed", why)
	}
	kept, err := cluster.Kept(ctx, runID)
	if err != nil {
		return err
	}
	if len(kept) == 0 {
		_, err := fmt.Fprintf(o.out, "Run %s left nothing on the hosts.\n", runID)
		return err
	}
	for _, k := range kept {
		if _, err := fmt.Fprintf(o.out, "  %s: %s, %d KiB\n", k.Scheduler, k.Path, (k.Size+1023)>>10); err != nil {
			return err
		}
	}
	if err := o.ask(ctx, "Delete these for good? The old logs can't be had back after that."); err != nil {
		return fmt.Errorf("%w: nothing was purged", err)
	}
	if err := cluster.Purge(ctx, runID); err != nil {
		return err
	}
	_, err = fmt.Fprintf(o.out, "Purged: nothing of run %s is left on the hosts.\n", runID)
	return err
}
