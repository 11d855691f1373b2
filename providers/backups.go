package providers

import (
	"context"
	"errors"
	"io"
	"path"
	"sync"
	"time"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/backup"
	"github.com/restorectl/restorectl/providers/host"
)

// Backups reads every backup on every scheduler's host, hosts side by side: newest snapshot first, those that are no good last. A host
// that can't be read is in problems, by scheduler name. An error means that ctx ended.
func (c *Cluster) Backups(ctx context.Context) (found []planner.BackupSight, problems map[string]string, err error) {
	problems = map[string]string{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, s := range c.restore.Cluster.Present() {
		wg.Go(func() {
			limited, cancel := context.WithTimeout(ctx, readPatience)
			defer cancel()
			here, err := c.backupsOf(limited, s.Name)
			mu.Lock()
			defer mu.Unlock()
			found = append(found, here...)
			if err != nil {
				problems[s.Name] = err.Error()
			}
		})
	}
	wg.Wait()
	planner.SortSights(found)
	return found, problems, ctx.Err()
}

func (c *Cluster) backupsOf(ctx context.Context, name string) ([]planner.BackupSight, error) {
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
	var found []planner.BackupSight
	for _, f := range files {
		c.options.note(name, "reading "+f.Name)
		sight := planner.BackupSight{Scheduler: name, Name: f.Name, Path: path.Join(seen.BackupDir(), f.Name), Size: f.Size}
		scanBackup(ctx, h, &sight)
		found = append(found, sight)
	}
	return found, ctx.Err()
}

// scanBackup reads a file as a stream.
func scanBackup(ctx context.Context, h host.Host, sight *planner.BackupSight) {
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
	c.found = found
	for i := range found {
		if found[i].Usable() {
			return config.Backup{Scheduler: found[i].Scheduler, Name: found[i].Name, MaxAge: c.restore.Backup.MaxAge, Dir: c.restore.Backup.Dir}, nil
		}
	}
	return config.Backup{}, errNoBackup
}

// mtimeMargin is how far the clock that dated a file may be behind the one that dated the snapshot in it.
const mtimeMargin = time.Minute

// observeOthers reads those backups that may be newer than the chosen one, and those of its name with another content. Names, sizes and
// dates of files only choose what is read: one that was last written before the chosen snapshot was taken can't hold a newer one. What
// was read tells the rest.
func (c *Cluster) observeOthers(ctx context.Context, o *planner.Observation) {
	candidates := c.found
	if candidates == nil {
		var mu sync.Mutex
		var wg sync.WaitGroup
		for i := range o.Hosts {
			wg.Go(func() {
				here := c.othersOn(ctx, &o.Hosts[i], &o.Backup)
				mu.Lock()
				defer mu.Unlock()
				candidates = append(candidates, here...)
			})
		}
		wg.Wait()
	}
	for _, b := range candidates {
		chosen := b.Scheduler == o.Backup.Scheduler && b.Name == o.Backup.Name || b.SHA256 != "" && b.SHA256 == o.Backup.SHA256
		if !chosen && (b.Name == o.Backup.Name || b.Usable() && b.Time.After(o.Backup.Time)) {
			o.Others = append(o.Others, b)
		}
	}
	planner.SortSights(o.Others)
}

// othersOn reads the candidates on a scheduler's host.
func (c *Cluster) othersOn(ctx context.Context, seen *planner.Host, chosen *planner.Backup) []planner.BackupSight {
	var found []planner.BackupSight
	if seen.Problem != "" {
		return nil
	}
	h, err := c.machines.Host(ctx, seen.Name)
	if err != nil {
		// The host was observed a moment ago; what is lost now shows in the steps.
		return nil
	}
	for _, f := range seen.Backups {
		sameName := f.Name == chosen.Name
		if sameName && seen.Name == chosen.Scheduler || !sameName && f.Modified.Before(chosen.Time.Add(-mtimeMargin)) || backup.CheckName(f.Name) != nil {
			continue
		}
		sight := planner.BackupSight{Scheduler: seen.Name, Name: f.Name, Path: path.Join(seen.BackupDir(), f.Name), Size: f.Size}
		if f.Size == chosen.Size {
			// To hash it over there is cheaper than to bring it here.
			if digest, err := host.Digest(ctx, h, sight.Path); err == nil && digest == chosen.SHA256 {
				continue
			}
		}
		c.options.note(seen.Name, "reading "+f.Name)
		scanBackup(ctx, h, &sight)
		found = append(found, sight)
	}
	return found
}
