package scheduler

import (
	"bytes"
	"context"
	"fmt"

	"github.com/restorectl/restorectl/providers/aurora"
	"github.com/restorectl/restorectl/providers/backup"
	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/run"
)

// Backups gives the tasks of the backup that a run restores.
type Backups interface {
	// Tasks gives all tasks of the backup with that name and digest, as the named scheduler has it.
	Tasks(ctx context.Context, scheduler, name, sha256 string) ([]aurora.ScheduledTask, error)
}

// Shipped reads the copy of the backup that lies in the run's folder on each host. It implements Backups.
type Shipped struct {
	Folders run.Locator
}

// Tasks reads the copy on the scheduler's host. A copy with another digest is an error.
func (s Shipped) Tasks(ctx context.Context, scheduler, name, sha256 string) ([]aurora.ScheduledTask, error) {
	if err := backup.CheckName(name); err != nil {
		return nil, err
	}
	folder, err := s.Folders.Folder(ctx, scheduler)
	if err != nil {
		return nil, err
	}
	file := folder.Path("backup", name)
	var content bytes.Buffer
	if _, err := host.Fetch(ctx, folder.Host, file, &content, sha256); err != nil {
		return nil, fmt.Errorf("reading the run's copy of the backup: %w", err)
	}
	b, err := backup.Read(&content)
	if err != nil {
		return nil, fmt.Errorf("the run's copy of the backup, %s on %s: %w", file, scheduler, err)
	}
	return b.Snapshot.Tasks, nil
}
