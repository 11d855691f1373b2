package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/restorectl/restorectl/cmd/render"
	"github.com/restorectl/restorectl/cmd/session"
)

func newStatus() *cobra.Command {
	return &cobra.Command{
		Use:   "status [restore.plan | run.journal]",
		Short: "Say where a run stands, what is still altered, and what to do next",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			path := defaultPlan
			if len(args) == 1 {
				path = args[0]
			}
			journal, err := session.FindJournal(path)
			if err != nil {
				return err
			}
			h, err := session.History(journal)
			if err != nil {
				return err
			}
			return render.Status(cmd.OutOrStdout(), h, time.Now())
		},
	}
}
