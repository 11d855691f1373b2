package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/restorectl/restorectl/config"
)

func newValidate() *cobra.Command {
	return &cobra.Command{
		Use:   "validate [restore.hcl]",
		Short: "Check a configuration; reach no host",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			path := "restore.hcl"
			if len(args) == 1 {
				path = args[0]
			}
			home, err := os.UserHomeDir()
			if err != nil {
				return fmt.Errorf("paths that begin with ~/ have no meaning here: %w", err)
			}
			r, files, diags := config.Load(path, config.Inputs{Home: home})
			if err := config.WriteDiagnostics(cmd.ErrOrStderr(), files, diags, 100); err != nil {
				return err
			}
			if diags.HasErrors() {
				return errors.New("the configuration is not valid; nothing was done")
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s is valid: %d schedulers.\n", path, len(r.Cluster.Schedulers))
			return err
		},
	}
}
