package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/restorectl/restorectl/cmd/session"
)

func newRevert(stop <-chan struct{}) *cobra.Command {
	var approved, abandon bool
	var without []string
	c := &cobra.Command{
		Use:   "revert [restore.plan | run.journal]",
		Short: "Undo a run: into normal service after the commit, everything back before it",
		Long: `Undo the run of a plan. After a completed apply: take back every preparation and put the cluster into normal service with the
restored state. Before the commit: bring everything back as it was, the old log included. With --abandon that is also done after the commit, for as long as
no scheduler has run with its real Mesos master since. With --without the others are put back although a host died in the middle of the run; what
the run did to that host is undone by rejoin. Revert can be interrupted and run again.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			journal, err := session.FindJournal(orDefault(args, defaultPlan))
			if err != nil {
				return err
			}
			h, err := session.History(journal)
			if err != nil {
				return err
			}
			remains, err := session.Remains(h, without)
			if err != nil {
				return err
			}
			o := newOperator(cmd, stop, approved)
			cluster := o.follow(remains, h.Surroundings)
			undo := o.session().Revert
			if abandon {
				undo = o.session().Abandon
			}
			return errors.Join(orWithout(undo(cmd.Context(), journal, without, cluster)), cluster.Close())
		},
	}
	c.Flags().BoolVar(&abandon, "abandon", false, "give the restore up, the commit included: bring the old log back")
	c.Flags().StringSliceVar(&without, "without", nil, "leave out the scheduler `HOST`, which died in the middle of the run, until it rejoins; may be repeated")
	c.Flags().BoolVar(&approved, "auto-approve", false, "ask nothing")
	return c
}
