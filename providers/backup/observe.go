package backup

import (
	"context"
	"errors"
	"fmt"
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

// Observe reads the chosen backup to its end, as a stream, from the operator's machine, from a store, or from dir, the backup_dir of the
// scheduler that the choice names. A backup that can't be read, or is no good, says so in Problem.
func Observe(ctx context.Context, from Sources, choice config.Backup, dir string) planner.Backup {
	seen := planner.Backup{Name: choice.Name, File: choice.File, Scheduler: choice.Scheduler, Store: choice.Store}
	r, err := observe(ctx, from, choice, dir, &seen)
	if err != nil {
		// What was read before the fault does not count.
		seen.TaskIDs, seen.Index, seen.ActiveTasks, seen.Problem = nil, nil, 0, err.Error()
		return seen
	}
	seen.Size, seen.SHA256, seen.Time = r.Size, r.SHA256, time.UnixMilli(r.TimestampMs).UTC()
	seen.FrameworkID, seen.Tasks = string(r.FrameworkID), r.Tasks
	seen.TasksByJob, seen.TasksByStatus = r.TasksByJob, r.TasksByStatus
	seen.CronJobs, seen.JobUpdates, seen.Quotas = r.CronJobs, r.JobUpdates, r.Quotas
	seen.Crons, seen.Updates, seen.Maintenance = r.Crons, r.Updates, r.Maintenance
	slices.Sort(seen.TaskIDs)
	seen.Refusals, seen.LaterRefusals = r.Refusals, r.LaterRefusals
	return seen
}

// observe reads the backup, of which seen gets the name, the place, and the tasks.
func observe(ctx context.Context, from Sources, choice config.Backup, dir string, seen *planner.Backup) (*Report, error) {
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
	r, err := Scan(in, Keep{Visit: func(t Task) {
		seen.TaskIDs = append(seen.TaskIDs, t.ID)
		seen.Index = append(seen.Index, planner.Task{ID: t.ID, Job: t.Job, Status: t.Status.String(), Agent: t.Host})
		if t.Status.Active() {
			seen.ActiveTasks++
		}
	}})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", where, err)
	}
	return r, nil
}
