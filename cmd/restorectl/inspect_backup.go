package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/restorectl/restorectl/cmd/render"
	"github.com/restorectl/restorectl/providers/backup"
)

func newInspectBackup(stop <-chan struct{}) *cobra.Command {
	var asJSON, list bool
	var where taskFilter
	var from remote
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "Read a backup whole and say what is in it",
		Long: `Read a backup whole and say what is in it. FILE is a file on this machine, HOST:/path on another one, or - for standard input. The
backup is read as a stream: its size does not matter. Nothing is changed.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var tasks []backup.Task
			keep := backup.Keep{ActiveIDs: asJSON}
			if list {
				keep.Visit = func(t backup.Task) {
					if where.matches(t) {
						tasks = append(tasks, t)
					}
				}
			}
			report, err := scanBackup(cmd, newOperator(cmd, stop, false), &from, args[0], keep)
			if err != nil {
				return err
			}
			switch {
			case asJSON && list:
				return printJSON(cmd.OutOrStdout(), reportTasks(tasks))
			case list:
				return render.Tasks(cmd.OutOrStdout(), tasks)
			case asJSON:
				return printJSON(cmd.OutOrStdout(), report)
			}
			return render.Backup(cmd.OutOrStdout(), report, time.Now())
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().BoolVar(&list, "tasks", false, "list the tasks instead; --role and so on choose among them")
	where.register(cmd)
	from.register(cmd)
	return cmd
}

// taskReport is a task in what --tasks --json prints.
type taskReport struct {
	ID       string `json:"id"`
	Job      string `json:"job"`
	Instance int32  `json:"instance"`
	Status   string `json:"status"`
	// Host is the agent's, empty where the task waits for one.
	Host string `json:"host"`
}

func reportTasks(tasks []backup.Task) []taskReport {
	out := []taskReport{}
	for _, t := range tasks {
		out = append(out, taskReport{t.ID, t.Job, t.Instance, t.Status.String(), t.Host})
	}
	return out
}

// taskFilter chooses tasks that have all of what is given.
type taskFilter struct{ role, environment, job, status string }

func (f *taskFilter) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.role, "role", "", "only tasks of this `ROLE`")
	flags.StringVar(&f.environment, "env", "", "only tasks of this `ENVIRONMENT`")
	flags.StringVar(&f.job, "job", "", "only tasks of the job of this `NAME`, or role/environment/name")
	flags.StringVar(&f.status, "status", "", "only tasks in this `STATUS`, such as RUNNING")
}

func (f *taskFilter) matches(t backup.Task) bool {
	parts := append(strings.SplitN(t.Job, "/", 3), "", "")
	is := func(wanted, value string) bool { return wanted == "" || strings.EqualFold(wanted, value) }
	return is(f.role, parts[0]) && is(f.environment, parts[1]) && is(f.status, t.Status.String()) &&
		(f.job == "" || f.job == parts[2] || f.job == t.Job)
}

// scanBackup reads the backup in a file, on another host, or from standard input where the file is called -.
func scanBackup(cmd *cobra.Command, o *operator, from *remote, path string, keep backup.Keep) (*backup.Report, error) {
	ctx, cancel := o.untilStop(cmd.Context())
	defer cancel()
	in, err := openBackup(ctx, cmd, o, from, path)
	if err != nil {
		return nil, err
	}
	report, err := backup.Scan(in, keep)
	if err != nil {
		err = fmt.Errorf("%s can't be restored: %w; choose another backup", path, err)
	}
	return report, errors.Join(err, in.Close())
}

func openBackup(ctx context.Context, cmd *cobra.Command, o *operator, from *remote, path string) (io.ReadCloser, error) {
	if path == "-" {
		return io.NopCloser(cmd.InOrStdin()), nil
	}
	if err := backup.CheckName(filepath.Base(path)); err != nil {
		return nil, err
	}
	if host, file, ok := splitRemote(path); ok {
		return from.open(ctx, o, host, file)
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no backup %s", path)
	}
	return f, err
}

func printJSON(w io.Writer, v any) error {
	out := json.NewEncoder(w)
	out.SetIndent("", " ")
	return out.Encode(v)
}
