package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newValidate() *cobra.Command {
	var given values
	c := &cobra.Command{
		Use:   "validate [restore.hcl]",
		Short: "Check a configuration; reach no host",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			path := orDefault(args, defaultConfig)
			r, err := given.load(cmd, path)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s is valid: %d schedulers.\n", path, len(r.Cluster.Schedulers))
			return err
		},
	}
	given.register(c.Flags())
	return c
}
