package providers

import (
	"cmp"
	"context"
	"errors"
	"io"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/backup"
	"github.com/restorectl/restorectl/providers/host"
)

// BackupSight is a file in a scheduler's backup_dir, read whole.
type BackupSight struct {
	Scheduler string `json:"scheduler"`
	Name      string `json:"name"`
	Path      string `json:"path"`
	// Size is in bytes; Time is that of the snapshot inside, and with the rest empty where Problem says what is wrong.
	Size        int64     `json:"size"`
	Time        time.Time `json:"time,omitzero"`
	Tasks       int       `json:"tasks"`
	FrameworkID string    `json:"framework_id"`
	SHA256      string    `json:"sha256,omitempty"`
	// Refusals say what a scheduler would refuse at staging.
	Refusals []string `json:"refusals,omitempty"`
	Problem  string   `json:"problem,omitempty"`
}

// Usable says that the backup can be restored.
func (b *BackupSight) Usable() bool { return b.Problem == "" && len(b.Refusals) == 0 }

// Backups reads every backup on every scheduler's host, hosts side by side: newest snapshot first, those that are no good last. A host
// that can't be read is in problems, by scheduler name. An error means that ctx ended.
func (c *Cluster) Backups(ctx context.Context) (found []BackupSight, problems map[string]string, err error) {
	problems = map[string]string{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, s := range c.restore.Cluster.Present() {
		wg.Go(func() {
			here, err := c.backupsOf(ctx, s.Name)
			mu.Lock()
			defer mu.Unlock()
			found = append(found, here...)
			if err != nil {
				problems[s.Name] = err.Error()
			}
		})
	}
	wg.Wait()
	slices.SortFunc(found, func(a, b BackupSight) int {
		return cmp.Or(b.Time.Compare(a.Time), strings.Compare(a.Name, b.Name), strings.Compare(a.Scheduler, b.Scheduler))
	})
	return found, problems, ctx.Err()
}

func (c *Cluster) backupsOf(ctx context.Context, name string) ([]BackupSight, error) {
	h, err := c.machines.Host(ctx, name)
	if err != nil {
		return nil, err
	}
	var seen planner.Host
	if err := c.lookSettings(ctx, h, &seen); err != nil {
		return nil, err
	}
	if seen.Settings.Problem != "" {
		return nil, errors.New(seen.Settings.Problem)
	}
	files, err := backup.List(ctx, h, seen.BackupDir())
	if err != nil {
		return nil, err
	}
	var found []BackupSight
	for _, f := range files {
		c.options.Progress(name, "reading "+f.Name)
		sight := BackupSight{Scheduler: name, Name: f.Name, Path: path.Join(seen.BackupDir(), f.Name), Size: f.Size}
		scanBackup(ctx, h, &sight)
		found = append(found, sight)
	}
	return found, ctx.Err()
}

// scanBackup reads a file as a stream.
func scanBackup(ctx context.Context, h host.Host, sight *BackupSight) {
	if err := backup.CheckName(sight.Name); err != nil {
		sight.Problem = err.Error()
		return
	}
	in, out := io.Pipe()
	go func() {
		_, err := host.Fetch(ctx, h, sight.Path, out, "")
		_ = out.CloseWithError(err) // Never fails.
	}()
	report, err := backup.Scan(in, backup.Keep{})
	_ = in.CloseWithError(err) // A command that is still writing ends.
	if err != nil {
		sight.Problem = err.Error()
		return
	}
	sight.Time, sight.Tasks, sight.FrameworkID = time.UnixMilli(report.TimestampMs).UTC(), report.Tasks, string(report.FrameworkID)
	sight.SHA256, sight.Refusals = report.SHA256, report.Refusals
}

// errNoBackup says that there is nothing to restore from.
var errNoBackup = errors.New("no scheduler has a backup that could be restored")

// chooseNewest gives the usable backup with the newest snapshot inside.
func (c *Cluster) chooseNewest(ctx context.Context) (config.Backup, error) {
	found, _, err := c.Backups(ctx)
	if err != nil {
		return config.Backup{}, err
	}
	for i := range found {
		if found[i].Usable() {
			return config.Backup{Scheduler: found[i].Scheduler, Name: found[i].Name, MaxAge: c.restore.Backup.MaxAge, Dir: c.restore.Backup.Dir}, nil
		}
	}
	return config.Backup{}, errNoBackup
}
