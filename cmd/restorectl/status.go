package main

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/restorectl/restorectl/cmd/render"
	"github.com/restorectl/restorectl/cmd/session"
	"github.com/restorectl/restorectl/providers"
)

func newStatus(stop <-chan struct{}) *cobra.Command {
	var given values
	var offline bool
	c := &cobra.Command{
		Use:   "status [restore.plan | run.journal | restore.hcl]",
		Short: "Say where a run stands, what is still altered, and what to do next",
		Long: `Say where the run of a plan stands, as its journal has it, what is still altered, which deadline runs, and what to do next.
It also looks at the hosts and says what each scheduler does now; with --offline it does not. Given a configuration, look at the cluster
instead: which runs are open on it, of whom, and who works on it right now.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			path := orDefault(args, defaultPlan)
			if filepath.Ext(path) == ".hcl" {
				o := newOperator(cmd, stop, false)
				r, err := given.load(cmd, path)
				if err != nil {
					return err
				}
				cluster := o.connect(r)
				return errors.Join(claims(cmd.Context(), o, cluster), cluster.Close())
			}
			if given.any() {
				return errors.New("a plan has its variables in it already: --var and --var-file belong to a configuration")
			}
			journal, err := session.FindJournal(path)
			if err != nil {
				return err
			}
			h, err := session.HistoryAmong(journal)
			if err != nil {
				return err
			}
			if err := render.Status(cmd.OutOrStdout(), h, time.Now()); err != nil || offline || h.Forward == nil {
				return err
			}
			o := newOperator(cmd, stop, false)
			ctx, cancel := o.untilStop(cmd.Context())
			defer cancel()
			cluster := o.follow(h.Whole, h.Surroundings)
			hosts, absent := cluster.LookNow(ctx)
			return errors.Join(render.Live(cmd.OutOrStdout(), h, hosts, absent), cluster.Close())
		},
	}
	given.register(c.Flags())
	c.Flags().BoolVar(&offline, "offline", false, "read the journal only")
	return c
}

// claims shows which runs are open on a cluster, and who works on it.
func claims(ctx context.Context, o *operator, cluster *providers.Cluster) error {
	ctx, cancel := o.untilStop(ctx)
	defer cancel()
	seen, err := cluster.Claims(ctx)
	if err != nil {
		return err
	}
	return render.Claims(o.out, seen)
}
