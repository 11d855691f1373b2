package scheduler

import (
	"bytes"
	"context"
	"fmt"
	"sync"

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

// Kept are the tasks of backups that were read whole, by SHA-256, for as long as the process lives: hundreds of megabytes come over a slow
// line once, and not again for each step. Nobody may change them. The zero value is empty.
type Kept struct {
	mu    sync.Mutex
	tasks map[string][]aurora.ScheduledTask
}

func (k *Kept) get(sha256 string) ([]aurora.ScheduledTask, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	tasks, there := k.tasks[sha256]
	return tasks, there
}

func (k *Kept) keep(sha256 string, tasks []aurora.ScheduledTask) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.tasks == nil {
		k.tasks = map[string][]aurora.ScheduledTask{}
	}
	k.tasks[sha256] = tasks
}

// Shipped reads the copy of the backup that lies in the run's folder on each host. It implements Backups.
type Shipped struct {
	Folders run.Locator
	// Kept has what was read before; it is never nil.
	Kept *Kept
}

// Tasks reads the copy on the scheduler's host, or sees there that it still has the digest of what is kept. A copy with another digest is an
// error.
func (s Shipped) Tasks(ctx context.Context, scheduler, name, sha256 string) ([]aurora.ScheduledTask, error) {
	if err := backup.CheckName(name); err != nil {
		return nil, err
	}
	folder, err := s.Folders.Folder(ctx, scheduler)
	if err != nil {
		return nil, err
	}
	file := folder.Path("backup", name)
	tasks, there := s.Kept.get(sha256)
	if there {
		err = host.CheckDigest(ctx, folder.Host, file, sha256)
	} else {
		tasks, err = read(ctx, folder.Host, file, sha256)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the run's copy of the backup: %w", err)
	}
	s.Kept.keep(sha256, tasks)
	return tasks, nil
}

// read brings a backup here and decodes it.
func read(ctx context.Context, h host.Host, file, sha256 string) ([]aurora.ScheduledTask, error) {
	var content bytes.Buffer
	if _, err := host.Fetch(ctx, h, file, &content, sha256); err != nil {
		return nil, err
	}
	b, err := backup.Read(&content)
	if err != nil {
		return nil, fmt.Errorf("%s on %s: %w", file, h.Name(), err)
	}
	return b.Snapshot.Tasks, nil
}
