package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/restorectl/restorectl/cmd/render"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/aurora"
	"github.com/restorectl/restorectl/providers/aurora/logentry"
	"github.com/restorectl/restorectl/providers/backup"
	"github.com/restorectl/restorectl/providers/log"
	"github.com/restorectl/restorectl/providers/log/replica"
)

// logReport is what inspect log --json prints.
type logReport struct {
	Status    string `json:"status"`
	Promised  uint64 `json:"promised"`
	Begin     uint64 `json:"begin"`
	End       uint64 `json:"end"`
	Actions   int    `json:"actions"`
	Holes     uint64 `json:"holes"`
	Unlearned uint64 `json:"unlearned"`
	// Entries counts what was met by kind, Snapshot is the position of the last snapshot, Transactions counts those after it.
	Entries      logentry.Counts `json:"entries"`
	Snapshot     uint64          `json:"snapshot"`
	Transactions int             `json:"transactions_since_snapshot"`
	// Missing are the positions after the last snapshot that are not there or not learned, but for the last position alone, which was
	// being written when the log ended: that is Unfinished.
	Missing    []planner.Span `json:"missing"`
	Unfinished bool           `json:"unfinished"`
	Tasks      int            `json:"tasks"`
	// State is what was rebuilt, told as inspect backup tells a backup; null where nothing whole came of it.
	State *backup.Report `json:"state"`
	// Problem says what ended the reading; everything else covers what was read before.
	Problem string `json:"problem,omitempty"`
}

func newInspectLog(stop <-chan struct{}) *cobra.Command {
	var asJSON, list bool
	var from remote
	var where taskFilter
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
			rebuilt, problem := replica.Rebuild(dir)
			if rebuilt.State == nil {
				return fmt.Errorf("%s: %w", args[0], problem)
			}
			state, tasks, err := describeState(rebuilt, &where)
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			switch {
			case asJSON && list:
				err = printJSON(out, reportTasks(tasks))
			case list:
				err = render.Tasks(out, tasks)
			case asJSON:
				err = printJSON(out, reportLog(rebuilt, state, problem))
			default:
				err = render.Log(out, rebuilt, state, problem, time.Now())
			}
			if err = errors.Join(err, problem); err != nil || export == "" {
				return err
			}
			return exportBackup(cmd, export, log.Export(rebuilt.Reader.Store))
		},
	}
	from.register(cmd)
	where.register(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().BoolVar(&list, "tasks", false, "list the tasks of the state instead; --role and so on choose among them")
	cmd.Flags().StringVar(&export, "export-backup", "", "write the rebuilt state to `FILE`, as a backup that a scheduler can stage; only of a log that could be read whole")
	return cmd
}

// describeState tells of a rebuilt state what inspect backup tells of a backup. A state that no scheduler could have is none.
func describeState(rebuilt *replica.Rebuilt, where *taskFilter) (*backup.Report, []backup.Task, error) {
	data, err := aurora.Marshal(log.Export(rebuilt.Reader.Store))
	if err != nil {
		return nil, nil, err
	}
	var tasks []backup.Task
	report, err := backup.Scan(bytes.NewReader(data), backup.Keep{ActiveIDs: true, Visit: func(t backup.Task) {
		if where.matches(t) {
			tasks = append(tasks, t)
		}
	}})
	if errors.Is(err, backup.ErrInconsistent) {
		return nil, tasks, nil
	}
	return report, tasks, err
}

func reportLog(rebuilt *replica.Rebuilt, state *backup.Report, problem error) *logReport {
	s, r := rebuilt.State, rebuilt.Reader
	report := &logReport{
		Status: s.Status.String(), Promised: s.Promised, Begin: s.Begin, End: s.End, Actions: s.Actions, Holes: s.Holes, Unlearned: s.Unlearned,
		Entries: r.Counts, Snapshot: rebuilt.Snapshot, Transactions: rebuilt.Transactions, Missing: []planner.Span{}, Unfinished: rebuilt.Unfinished,
		Tasks: len(r.Store.Tasks()), State: state,
	}
	for _, m := range rebuilt.Missing {
		report.Missing = append(report.Missing, planner.Span(m))
	}
	if problem != nil {
		report.Problem = problem.Error()
	}
	return report
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
