package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/restorectl/restorectl/cmd/render"
	"github.com/restorectl/restorectl/providers/aurora"
	"github.com/restorectl/restorectl/providers/aurora/difference"
	"github.com/restorectl/restorectl/providers/backup"
	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/log/replica"
)

// live stands for what the cluster's scheduler has now.
const live = "live"

func newDiff(stop <-chan struct{}) *cobra.Command {
	var asJSON bool
	var from remote
	cmd := &cobra.Command{
		Use:   "diff A B",
		Short: "Compare two states of a cluster: backups, logs, or what is live",
		Long: `Compare two states of a cluster. Each is a backup file, the folder of a log, either of them as HOST:/path on another machine, or the word
live for what the ACTIVE scheduler of --config has now. Nothing is changed.`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			o := newOperator(cmd, stop, false)
			ctx, cancel := o.untilStop(cmd.Context())
			defer cancel()
			var states [2]*aurora.Snapshot
			for i, arg := range args {
				var err error
				if states[i], err = readState(ctx, cmd, o, &from, arg); err != nil {
					return err
				}
			}
			between := difference.Compare(states[0], states[1])
			if asJSON {
				return printJSON(cmd.OutOrStdout(), between)
			}
			return render.Difference(cmd.OutOrStdout(), between)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	from.register(cmd)
	return cmd
}

// readState reads the state that an argument of diff means.
func readState(ctx context.Context, cmd *cobra.Command, o *operator, from *remote, arg string) (*aurora.Snapshot, error) {
	if arg == live {
		return from.live(ctx, o)
	}
	folder, err := from.isFolder(ctx, o, arg)
	if err != nil {
		return nil, err
	}
	if folder {
		dir, release, err := from.fetchLog(ctx, o, arg)
		if err != nil {
			return nil, err
		}
		defer release()
		rebuilt, err := replica.Rebuild(dir)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", arg, err)
		}
		return rebuilt.Reader.Store.Snapshot(), nil
	}
	in, err := openBackup(ctx, cmd, o, from, arg)
	if err != nil {
		return nil, err
	}
	b, err := backup.Read(in)
	if err = errors.Join(err, in.Close()); err != nil {
		return nil, fmt.Errorf("%s: %w", arg, err)
	}
	return &b.Snapshot, nil
}

// isFolder says whether a path, here or on another host, is a folder: a log.
func (r *remote) isFolder(ctx context.Context, o *operator, path string) (bool, error) {
	name, file, ok := splitRemote(path)
	if !ok {
		info, err := os.Stat(path)
		return err == nil && info.IsDir(), nil
	}
	h, machines, err := r.connect(ctx, o, name)
	if err != nil {
		return false, err
	}
	file, err = host.Expand(ctx, h, file)
	var info host.FileInfo
	if err == nil {
		info, err = host.Stat(ctx, h, file)
	}
	return info.Mode.IsDir(), errors.Join(err, machines.Close())
}

// live asks the ACTIVE scheduler of the configuration for what it has.
func (r *remote) live(ctx context.Context, o *operator) (*aurora.Snapshot, error) {
	if r.config == "" {
		return nil, errors.New("which cluster is live? Name its configuration with --config")
	}
	loaded, err := r.values.loadFor(o, r.config)
	if err != nil {
		return nil, err
	}
	cluster := o.connect(loaded)
	state, err := cluster.Live(ctx)
	return state, errors.Join(err, cluster.Close())
}
