package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/restorectl/restorectl/cmd/render"
	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers"
)

func newUnlock(stop <-chan struct{}) *cobra.Command {
	var approved bool
	var path string
	var given values
	c := &cobra.Command{
		Use:   "unlock RUN_ID",
		Short: "End the claim that an unfinished run has on the cluster, and nothing else of it",
		Long: `A run locks the cluster from apply's first step to revert's end: its record in ZooKeeper and on each host keeps other runs from
beginning. Unlock ends that claim and nothing else: what the run altered stays altered, and its quarantine, its saved files and the copies
of its journal stay where they are. The way to end a run is revert, on any machine after adopt; unlock is for a run that nobody will
finish, whose traces somebody has put right by hand. A run that was unlocked can still be reverted.

It is refused while a process works on the run. Such a lock needs no unlocking: it ends with its process, or 45s after its last word.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o := newOperator(cmd, stop, approved)
			r, err := given.load(cmd, path)
			if err != nil {
				return err
			}
			cluster := o.connect(r)
			return errors.Join(unlock(cmd.Context(), o, cluster, args[0]), cluster.Close())
		},
	}
	given.register(c.Flags())
	c.Flags().StringVar(&path, "config", defaultConfig, "the cluster's configuration")
	c.Flags().BoolVar(&approved, "auto-approve", false, "ask nothing")
	return c
}

func unlock(ctx context.Context, o *operator, cluster *providers.Cluster, runID string) error {
	looking, cancel := o.untilStop(ctx)
	defer cancel()
	seen, err := cluster.Claims(looking)
	if err != nil {
		return err
	}
	if err := render.Claims(o.out, seen); err != nil {
		return err
	}
	for _, c := range seen.Claims() {
		if c.Run == runID {
			return endClaim(ctx, o, cluster, seen, c)
		}
	}
	return fmt.Errorf("run %s is open neither on a host nor in ZooKeeper: there is nothing to unlock", runID)
}

func endClaim(ctx context.Context, o *operator, cluster *providers.Cluster, seen *planner.Observation, claim planner.Claim) error {
	if who, ok := seen.Lock.Worker(); ok {
		return fmt.Errorf("somebody works on the cluster right now: %s; nothing was done: end that process first, its lock ends with it", who)
	}
	if err := explainRun(ctx, o, cluster, seen, claim.Run); err != nil {
		return err
	}
	if err := o.ask(ctx, "After this, another run may begin on what this one left as it is. The quarantine and the saved files stay. End the claim of run "+claim.Run+"?"); err != nil {
		return fmt.Errorf("%w: nothing was unlocked", err)
	}
	by, from := identity()
	mine := planner.Claim{Run: claim.Run, Plan: claim.Plan, By: by, From: from, Since: time.Now().UTC().Truncate(time.Second)}
	if err := cluster.Unlock(ctx, seen, mine); err != nil {
		return err
	}
	_, err := fmt.Fprintf(o.out, "The claim of run %s is ended. Nothing else of it was touched; `restorectl adopt` with its id takes it up again.\n", claim.Run)
	return err
}

// explainRun says how the run stands, as the copies of its journal have it.
func explainRun(ctx context.Context, o *operator, cluster *providers.Cluster, seen *planner.Observation, runID string) error {
	found, err := cluster.Recover(ctx, seen.Hosts, runID)
	if err != nil {
		_, err = fmt.Fprintf(o.out, "How far it came can't be told: %v%s\n", err, problems(found.Problems))
		return err
	}
	if err := render.Status(o.out, executor.NewHistory(executor.Events(found.Records)), time.Now()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(o.out, "\nThe way to end it is `restorectl adopt`, then `restorectl revert`.\n")
	return err
}
