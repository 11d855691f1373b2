package main

import (
	"errors"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/restorectl/restorectl/cmd/session"
	"github.com/restorectl/restorectl/planner/planfile"
)

func newApply(stop <-chan struct{}) *cobra.Command {
	var approved, anew bool
	var given values
	c := &cobra.Command{
		Use:   "apply [restore.plan | restore.hcl]",
		Short: "Execute a plan, or go on with its interrupted run",
		Long: `Execute the plan in the file, and nothing else. Where the cluster is no longer as the plan saw it, nothing is done and the difference
is shown; with --refresh a new plan is made then, and what changed is shown before it is asked for. A run that was interrupted, by whatever,
goes on from where it was. Given a configuration, apply plans first.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o := newOperator(cmd, stop, approved)
			path := orDefault(args, defaultPlan)
			if filepath.Ext(path) != ".hcl" && given.any() {
				return errors.New("a plan has its variables in it already: give --var and --var-file to `restorectl plan`")
			}
			if filepath.Ext(path) == ".hcl" {
				_, file, err := makePlan(cmd, o, &given, path, "")
				if err != nil || file == "" {
					return err
				}
				path = file
			}
			if anew {
				if goOn, err := refresh(cmd.Context(), o, path); err != nil || !goOn {
					return err
				}
			}
			p, digest, err := planfile.Read(path)
			if err != nil {
				return err
			}
			h, err := session.HistoryOf(session.JournalPath(path, digest), p, digest)
			if err != nil {
				return err
			}
			cluster := o.follow(p, h.Surroundings)
			return errors.Join(orWithout(o.session().Apply(cmd.Context(), path, cluster)), cluster.Close())
		},
	}
	given.register(c.Flags())
	c.Flags().BoolVar(&anew, "refresh", false, "plan anew first, show what changed, and write the new plan in the place of the old one")
	c.Flags().BoolVar(&approved, "auto-approve", false, "ask nothing, and pass the gate before the commit")
	return c
}
