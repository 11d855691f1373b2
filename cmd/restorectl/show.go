package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/restorectl/restorectl/cmd/render"
	"github.com/restorectl/restorectl/planner/planfile"
)

// defaultPlan is the name of a plan file, next to its configuration.
const defaultPlan = "restore.plan"

func newShow() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "show [restore.plan]",
		Short: "Show a plan file",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, digest, err := planfile.Read(orDefault(args, defaultPlan))
			if err != nil {
				return err
			}
			if asJSON {
				doc, _, err := planfile.Encode(p)
				if err != nil {
					return err
				}
				_, err = cmd.OutOrStdout().Write(doc)
				return err
			}
			if err := render.Plan(cmd.OutOrStdout(), p, time.Now()); err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "\nsha256 %s\n", digest)
			return err
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print the plan document itself")
	return c
}
