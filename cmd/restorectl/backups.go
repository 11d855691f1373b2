package main

import (
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/restorectl/restorectl/cmd/render"
	"github.com/restorectl/restorectl/providers"
)

func newBackups(stop <-chan struct{}) *cobra.Command {
	var asJSON bool
	var given values
	cmd := &cobra.Command{
		Use:   "backups [restore.hcl]",
		Short: "List every backup on every scheduler and in every store, read whole",
		Long: `Read every backup on every scheduler's host and in the configuration's stores, and list them, the newest snapshot first: by the time
inside, never by name. Those with the same content have the same digest. Nothing is changed.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o := newOperator(cmd, stop, false)
			r, err := given.load(cmd, orDefault(args, defaultConfig))
			if err != nil {
				return err
			}
			ctx, cancel := o.untilStop(cmd.Context())
			defer cancel()
			surroundings := o.surroundings()
			if asJSON {
				surroundings.Progress = func(string, string) {}
			}
			cluster := providers.Connect(r, surroundings)
			found, problems, err := cluster.Backups(ctx)
			if err = errors.Join(err, cluster.Close()); err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), map[string]any{"backups": found, "problems": problems})
			}
			return render.Backups(cmd.OutOrStdout(), found, problems, time.Now())
		},
	}
	given.register(cmd.Flags())
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}
