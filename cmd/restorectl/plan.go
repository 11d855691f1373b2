package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/restorectl/restorectl/cmd/render"
	"github.com/restorectl/restorectl/cmd/session"
	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/planner/planfile"
)

// codeChanges is the exit code of plan --detailed-exitcode where there is something to do.
const codeChanges = 2

func newPlan(stop <-chan struct{}) *cobra.Command {
	var out string
	var detailed, accepted bool
	var given values
	var without []string
	c := &cobra.Command{
		Use:   "plan [restore.hcl]",
		Short: "Look at the cluster and write a plan; change nothing",
		Long: `Look at every scheduler's host and at the backup, say what was found, and write the plan of the restore into a file for the change
ticket. Nothing is changed anywhere. The plan file holds no secrets. Where remedy = "auto" chose something else than to restore the
configuration's backup, plan asks before it writes the plan.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o := newOperator(cmd, stop, accepted)
			path := orDefault(args, defaultConfig)
			p, file, err := makePlan(cmd, o, &given, path, out, without...)
			if err != nil || file == "" {
				return err
			}
			_, err = fmt.Fprintf(o.out, "`restorectl apply %s` executes it, and nothing else.\n", file)
			if err == nil && detailed && len(p.Phases) > 0 {
				return exitCode(codeChanges)
			}
			return err
		},
	}
	given.register(c.Flags())
	c.Flags().StringVar(&out, "out", "", "write the plan to `FILE` instead of restore.plan next to the configuration")
	c.Flags().BoolVar(&accepted, "accept-remedy", false, "take the remedy that \"auto\" chooses, without asking")
	c.Flags().StringSliceVar(&without, "without", nil, "leave out the scheduler `HOST`, which is dead, and plan for a quorum of the others; may be repeated")
	c.Flags().BoolVar(&detailed, "detailed-exitcode", false, "exit with 2 where there is something to do, with 0 where there is not")
	return c
}

// makePlan plans, shows the plan and writes it. The file is next to the configuration where out is empty. Schedulers in without are left
// out, besides those that the configuration leaves out.
func makePlan(cmd *cobra.Command, o *operator, given *values, path, out string, without ...string) (p *planner.Plan, file string, err error) {
	r, err := given.load(cmd, path)
	if err != nil {
		return nil, "", err
	}
	if err := r.Cluster.Leave(without...); err != nil {
		return nil, "", fmt.Errorf("--without: %w", err)
	}
	if file = out; file == "" {
		file = strings.TrimSuffix(path, filepath.Ext(path)) + ".plan"
	}
	if err := session.RefuseUnfinished(filepath.Dir(file), "", r.Cluster.Absent); err != nil {
		return nil, "", err
	}
	if p, err = observeAndPlan(cmd.Context(), o, r, filepath.Dir(file)); err != nil {
		return nil, "", err
	}
	if err := render.Plan(o.out, p, time.Now()); err != nil {
		return nil, "", err
	}
	if !p.HasErrors() && len(p.Phases) == 0 {
		return p, "", nil
	}
	if p.HasErrors() {
		return nil, "", errors.New("there is no plan to apply: mend what the findings say first; nothing was changed")
	}
	if err := agree(cmd.Context(), o, p); err != nil {
		return nil, "", err
	}
	digest, err := planfile.Write(file, p, r.Sensitive)
	if err != nil {
		return nil, "", err
	}
	_, err = fmt.Fprintf(o.out, "\nWritten to %s, sha256 %s\n", file, digest)
	return p, file, err
}

// agree asks whether the remedy is wanted that "auto" chose in the place of the configuration's backup.
func agree(ctx context.Context, o *operator, p *planner.Plan) error {
	if !p.Unasked() {
		return nil
	}
	err := o.ask(ctx, fmt.Sprintf("The configuration names a backup to restore; %s does less, and is planned instead. Is that wanted?", p.Remedy))
	switch {
	case errors.Is(err, errNobody):
		return fmt.Errorf("no plan was written: %s was chosen by remedy = \"auto\", and %w: give --accept-remedy, or write remedy = %q in the block \"recovery\"", p.Remedy, err, p.Remedy)
	case err != nil:
		return fmt.Errorf("no plan was written: %w; remedy = %q in the block \"recovery\" plans to restore the backup all the same", err, planner.RemedyRestore)
	}
	return nil
}

// observeAndPlan looks at the cluster until the first interrupt: nothing has to be finished here.
// A state that is to be salvaged is written into the folder.
func observeAndPlan(ctx context.Context, o *operator, r *config.Restore, folder string) (*planner.Plan, error) {
	ctx, cancel := o.untilStop(ctx)
	defer cancel()
	cluster := o.connect(r)
	seen, err := cluster.Observe(ctx)
	if err = errors.Join(err, cluster.Close()); err != nil {
		return nil, err
	}
	if remedy, _, err := planner.Rank(r, seen); err == nil && remedy == planner.RemedySalvage {
		if err := salvage(ctx, r, seen, folder); err != nil {
			return nil, err
		}
	}
	return planner.New(r, seen, time.Now(), version()), nil
}
