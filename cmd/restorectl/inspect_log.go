package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/restorectl/restorectl/cmd/render"
	"github.com/restorectl/restorectl/providers/aurora"
	"github.com/restorectl/restorectl/providers/aurora/logentry"
	"github.com/restorectl/restorectl/providers/log"
	"github.com/restorectl/restorectl/providers/log/replica"
)

// logReport is what inspect log --json prints.
type logReport struct {
	Status    string          `json:"status"`
	Promised  uint64          `json:"promised"`
	Begin     uint64          `json:"begin"`
	End       uint64          `json:"end"`
	Actions   int             `json:"actions"`
	Holes     uint64          `json:"holes"`
	Unlearned uint64          `json:"unlearned"`
	Entries   logentry.Counts `json:"entries"`
	Tasks     int             `json:"tasks"`
	// Problem says what ended the reading; everything else covers what was read before.
	Problem string `json:"problem,omitempty"`
}

func newInspectLog(stop <-chan struct{}) *cobra.Command {
	var asJSON bool
	var from remote
	var export string
	cmd := &cobra.Command{
		Use:   "log DIR",
		Short: "Read a copy of a replica's log and rebuild the scheduler's state from it",
		Long: `Read a replica of the replicated log with every checksum verified, and rebuild the scheduler's state from it. No byte is changed.
DIR is a folder on this machine, or HOST:/path on another one, of which a copy is read. A log on this machine that a scheduler has
open must be copied first.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, release, err := from.fetchLog(cmd.Context(), newOperator(cmd, stop, false), args[0])
			if err != nil {
				return err
			}
			defer release()
			state, r, err := replica.Rebuild(dir)
			if state == nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			report := logReport{
				Status: state.Status.String(), Promised: state.Promised, Begin: state.Begin, End: state.End, Actions: state.Actions,
				Holes: state.Holes, Unlearned: state.Unlearned, Entries: r.Counts, Tasks: len(r.Store.Tasks()),
			}
			if err != nil {
				report.Problem = err.Error()
			}
			if asJSON {
				err = errors.Join(printJSON(cmd.OutOrStdout(), report), err)
			} else {
				err = errors.Join(render.Log(cmd.OutOrStdout(), state, r, err), err)
			}
			if err != nil || export == "" {
				return err
			}
			return exportBackup(cmd, export, log.Export(r.Store))
		},
	}
	from.register(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().StringVar(&export, "export-backup", "", "write the rebuilt state to `FILE`, as a backup that a scheduler can stage; only of a log that could be read whole")
	return cmd
}

// exportBackup writes a snapshot as a backup file, which must not exist yet.
func exportBackup(cmd *cobra.Command, path string, s *aurora.Snapshot) error {
	data, err := aurora.Marshal(s)
	if err != nil {
		return err
	}
	if err := writeNew(path, data); err != nil {
		return fmt.Errorf("the backup was not written: %w", err)
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "Written to %s, %d bytes, %d tasks.\n", path, len(data), len(s.Tasks))
	return err
}

// writeNew writes a file that must not exist yet, for its owner only.
func writeNew(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists already, and is left as it is", path)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}
