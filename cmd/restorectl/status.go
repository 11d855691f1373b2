package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/restorectl/restorectl/cmd/render"
)

func newStatus() *cobra.Command {
	return &cobra.Command{
		Use:   "status [restore.plan | run.journal]",
		Short: "Say where a run stands, what is still altered, and what to do next",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			journal, err := findJournal(args)
			if err != nil {
				return err
			}
			h, err := readHistory(journal)
			if err != nil {
				return err
			}
			return render.Status(cmd.OutOrStdout(), h, time.Now())
		},
	}
}
