package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/restorectl/restorectl/cmd/render"
	"github.com/restorectl/restorectl/cmd/session"
	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers"
)

func newAdopt(stop <-chan struct{}) *cobra.Command {
	var approved bool
	var out string
	var given values
	c := &cobra.Command{
		Use:   "adopt [restore.hcl] [RUN_ID]",
		Short: "Take over a run whose journal is lost, from its copies on the hosts",
		Long: `Take over a run whose plan and journal are lost, with the laptop that they were on for one: read the copies of the journal in the run's
folders on the hosts, write plan and journal beside the configuration, and record who took the run over. After that status, apply and
revert go on from here, and the journal that was lost is refused should it come back. Without RUN_ID the one run that is open is taken.
A process that works on the run still has the lock, and is waited for a minute. The hosts' files and logs are not touched.`,
		Args: cobra.MaximumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			o := newOperator(cmd, stop, approved)
			path, runID := adoptArguments(args)
			r, err := given.load(cmd, path)
			if err != nil {
				return err
			}
			if out == "" {
				out = strings.TrimSuffix(path, filepath.Ext(path)) + ".plan"
			}
			return adopt(cmd.Context(), o, r, out, runID)
		},
	}
	given.register(c.Flags())
	c.Flags().StringVar(&out, "out", "", "write the plan to `FILE` instead of restore.plan next to the configuration")
	c.Flags().BoolVar(&approved, "auto-approve", false, "ask nothing")
	return c
}

func adoptArguments(args []string) (path, runID string) {
	path = defaultConfig
	for _, a := range args {
		if filepath.Ext(a) == "" {
			runID = a
		} else {
			path = a
		}
	}
	return path, runID
}

func adopt(ctx context.Context, o *operator, r *config.Restore, out, runID string) error {
	records, err := recoverRun(ctx, o, r, runID)
	if err != nil {
		return err
	}
	h := executor.NewHistory(executor.Events(records))
	if err := render.Status(o.out, h, time.Now()); err != nil {
		return err
	}
	if err := o.ask(ctx, "Take this run over?"); err != nil {
		return fmt.Errorf("%w: nothing was done", err)
	}
	around := planner.SurroundingsOf(r)
	cluster := o.follow(h.Forward.Plan, around)
	if err := errors.Join(o.session().Adopt(ctx, out, records, around, cluster), cluster.Close()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(o.out, "\nRun %s is taken over: its plan is %s, its journal %s.\n", planner.RunID(h.Forward.Digest), out, session.JournalPath(out, h.Forward.Digest))
	return err
}

// recoverRun finds the run and reads its journal from the hosts.
func recoverRun(ctx context.Context, o *operator, r *config.Restore, runID string) ([]executor.Record, error) {
	ctx, cancel := o.untilStop(ctx)
	defer cancel()
	cluster := o.connect(r)
	records, err := findRun(ctx, cluster, runID)
	return records, errors.Join(err, cluster.Close())
}

func findRun(ctx context.Context, cluster *providers.Cluster, runID string) ([]executor.Record, error) {
	seen, err := cluster.Claims(ctx)
	if err != nil {
		return nil, err
	}
	if runID == "" {
		if runID, err = onlyRun(seen); err != nil {
			return nil, err
		}
	}
	found, err := cluster.Recover(ctx, seen.Hosts, runID)
	if err != nil {
		return nil, fmt.Errorf("run %s can't be taken over: %w%s", runID, err, problems(found.Problems))
	}
	if err := executor.Consistent(executor.Events(found.Records)); err != nil {
		return nil, fmt.Errorf("the copy of the journal on %s: %w", found.From, err)
	}
	return found.Records, takeable(seen, &found, runID)
}

// takeable refuses a run that is not this cluster's, and one whose last events may be on hosts that can't be looked at.
func takeable(seen *planner.Observation, found *providers.Recovered, runID string) error {
	h := executor.NewHistory(executor.Events(found.Records))
	if h.Forward == nil || planner.RunID(h.Forward.Digest) != runID {
		return fmt.Errorf("the copy of the journal on %s is not that of run %s; nothing was done", found.From, runID)
	}
	p := h.Forward.Plan
	for i := range seen.Hosts {
		if name := seen.Hosts[i].ClusterName(); name != "" && name != p.Cluster {
			return fmt.Errorf("run %s is one on cluster %s, and the configuration leads to cluster %s; nothing was done", runID, p.Cluster, name)
		}
	}
	if n := len(p.Observation.Hosts); len(found.Seen) <= n/2 {
		return fmt.Errorf("only %d of %d hosts could be looked at, so that the last events of run %s may be missing%s; nothing was done: adopt needs a majority",
			len(found.Seen), n, runID, problems(found.Problems))
	}
	return nil
}

// onlyRun is the run that is open.
func onlyRun(seen *planner.Observation) (string, error) {
	claims := seen.Claims()
	hosts := map[string]string{}
	for i := range seen.Hosts {
		if p := seen.Hosts[i].Problem; p != "" {
			hosts[seen.Hosts[i].Name] = p
		}
	}
	switch len(claims) {
	case 1:
		return claims[0].Run, nil
	case 0:
		return "", fmt.Errorf("no run is open on the hosts%s: there is nothing to take over", problems(hosts))
	}
	var all []string
	for _, c := range claims {
		all = append(all, c.String())
	}
	return "", fmt.Errorf("several runs are open; name one of them: %s", strings.Join(all, "; "))
}

// problems says what could not be looked at, by host.
func problems(of map[string]string) string {
	if len(of) == 0 {
		return ""
	}
	var all []string
	for _, host := range slices.Sorted(maps.Keys(of)) {
		all = append(all, host+": "+of[host])
	}
	return " (" + strings.Join(all, "; ") + ")"
}
