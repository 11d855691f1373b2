package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"time"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/host"
)

// List names the files in a backup_dir with their sizes and when they were written. A folder that is not there has none.
func List(ctx context.Context, h host.Host, dir string) ([]planner.BackupFile, error) {
	entries, err := host.ReadDir(ctx, h, dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var files []planner.BackupFile
	for _, e := range entries {
		if e.Mode.IsRegular() {
			files = append(files, planner.BackupFile{Name: path.Base(e.Path), Size: e.Size, Modified: e.Modified})
		}
	}
	return files, nil
}

// Observe reads the chosen backup whole, from the operator's machine, from a store, or from dir, the backup_dir of the scheduler that the
// choice names. A backup that can't be read, or is no good, says so in Problem.
func Observe(ctx context.Context, from Sources, choice config.Backup, dir string) planner.Backup {
	seen := planner.Backup{Name: choice.Name, File: choice.File, Scheduler: choice.Scheduler, Store: choice.Store}
	b, err := read(ctx, from, choice, dir, &seen)
	if err != nil {
		seen.Problem = err.Error()
		return seen
	}
	sum := b.Summarize()
	seen.Size, seen.SHA256, seen.Time = b.Size, b.SHA256, b.Time().Truncate(time.Millisecond)
	seen.FrameworkID, seen.Tasks, seen.ActiveTasks = string(sum.FrameworkID), sum.Tasks, len(b.ActiveTaskIDs())
	seen.TasksByJob, seen.TasksByStatus = sum.TasksByJob, sum.TasksByStatus
	seen.CronJobs, seen.JobUpdates, seen.Quotas = sum.CronJobs, sum.JobUpdates, sum.Quotas
	for i := range b.Snapshot.Tasks {
		t := &b.Snapshot.Tasks[i]
		seen.TaskIDs = append(seen.TaskIDs, t.ID())
		seen.Index = append(seen.Index, planner.Task{ID: t.ID(), Job: t.Job().String(), Status: t.Status.String(), Agent: t.AssignedTask.SlaveHost})
	}
	seen.Crons, seen.Updates = b.Snapshot.CronSchedules(), b.Snapshot.Updates()
	slices.Sort(seen.TaskIDs)
	seen.Refusals = b.Refusals()
	return seen
}

func read(ctx context.Context, from Sources, choice config.Backup, dir string, seen *planner.Backup) (*Backup, error) {
	if choice.File != "" {
		seen.Name = filepath.Base(choice.File)
	}
	if err := CheckName(seen.Name); err != nil {
		return nil, err
	}
	where := choice.File
	switch {
	case choice.Store != "":
		where = choice.Name + " in store " + choice.Store
	case where == "":
		if dir == "" {
			return nil, fmt.Errorf("the flags of %s name no -backup_dir", choice.Scheduler)
		}
		seen.Path = path.Join(dir, choice.Name)
		where = seen.Path + " on " + choice.Scheduler
	}
	in, err := from.Open(ctx, choice, seen.Path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = in.Close() }() // Only read.
	return named(where, in)
}

// named reads a backup and says in errors where it lies.
func named(where string, r io.Reader) (*Backup, error) {
	b, err := Read(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", where, err)
	}
	return b, nil
}
