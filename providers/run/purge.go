package run

import (
	"context"
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/providers/host"
)

// idForm is what a run's id looks like. Nothing else is ever deleted.
var idForm = regexp.MustCompile(`^[0-9a-f]{12}$`)

// Size is how much the run's folder takes, in bytes; 0 where there is none.
func (f *Folder) Size(ctx context.Context) (int64, error) {
	there, err := host.Exists(ctx, f.Host, f.Path())
	if err != nil || !there {
		return 0, err
	}
	res, err := f.Host.Run(ctx, host.Command{Root: true, Args: []string{"du", "-s", "-b", "--", f.Path()}})
	if err != nil {
		return 0, fmt.Errorf("the size of %s on %s: %w", f.Path(), f.Host.Name(), err)
	}
	words := strings.Fields(string(res.Stdout))
	if len(words) == 0 {
		return 0, fmt.Errorf("du of %s on %s printed nothing", f.Path(), f.Host.Name())
	}
	return strconv.ParseInt(words[0], 10, 64)
}

// Purge deletes the run's folder for good: the quarantine, the saved originals, the copy of the backup. It is the only thing in the
// program that deletes a log. A run that is open, or whose folder is not one of a run, is a *executor.Refusal. A folder that is gone
// already is no error.
func (f *Folder) Purge(ctx context.Context) error {
	if !idForm.MatchString(f.ID) || !path.IsAbs(f.Parent) || f.Parent == "/" {
		return &executor.Refusal{Reason: fmt.Sprintf("%s on %s is not the folder of a run", f.Path(), f.Host.Name())}
	}
	record, there, err := f.Record(ctx)
	if err != nil {
		return err
	}
	if !there {
		gone, err := host.Exists(ctx, f.Host, f.Path())
		if err != nil || !gone {
			return err
		}
		return &executor.Refusal{
			Reason: fmt.Sprintf("%s on %s has no record of its run", f.Path(), f.Host.Name()), Remedy: "look at it and delete it by hand, if it may go",
		}
	}
	if record.State == StateOpen {
		return &executor.Refusal{
			Reason: fmt.Sprintf("run %s is not finished on %s", f.ID, f.Host.Name()), Remedy: "finish it with `restorectl revert` first",
		}
	}
	// The record goes last: what a purge leaves that was cut off can be purged again.
	for _, args := range [][]string{
		{"find", f.Path(), "-xdev", "-mindepth", "1", "-maxdepth", "1", "!", "-name", "run.json", "-exec", "rm", "-rf", "--one-file-system", "--", "{}", ";"},
		{"rm", "-rf", "--one-file-system", "--", f.Path()},
		{"rmdir", "--ignore-fail-on-non-empty", "--", f.Parent},
	} {
		if _, err := f.Host.Run(ctx, host.Command{Root: true, Args: args}); err != nil {
			return fmt.Errorf("purging %s on %s: %w", f.Path(), f.Host.Name(), err)
		}
	}
	return nil
}
