package providers

import (
	"context"
	"errors"
	"path"
	"sync"
	"time"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/backup"
)

// Backups reads every backup on every scheduler's host and in every store, side by side: newest snapshot first, those that are no good
// last. A host or a store that can't be read is in problems, by name. An error means that ctx ended.
func (c *Cluster) Backups(ctx context.Context) (found []planner.BackupSight, problems map[string]string, err error) {
	places := map[string]func(context.Context) ([]planner.BackupSight, error){}
	for _, s := range c.restore.Cluster.Present() {
		places[s.Name] = func(ctx context.Context) ([]planner.BackupSight, error) { return c.backupsOn(ctx, s.Name) }
	}
	for _, s := range c.restore.Backup.Stores {
		places[s.Name] = func(ctx context.Context) ([]planner.BackupSight, error) { return c.backupsIn(ctx, s) }
	}
	problems = map[string]string{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for name, read := range places {
		wg.Go(func() {
			limited, cancel := context.WithTimeout(ctx, readPatience)
			defer cancel()
			here, err := read(limited)
			mu.Lock()
			defer mu.Unlock()
			found = append(found, here...)
			if err != nil {
				problems[name] = err.Error()
			}
		})
	}
	wg.Wait()
	planner.SortSights(found)
	return found, problems, ctx.Err()
}

// backupsOn reads every backup on a scheduler's host.
func (c *Cluster) backupsOn(ctx context.Context, name string) ([]planner.BackupSight, error) {
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
		found = append(found, c.look(ctx, planner.BackupSight{Scheduler: name, Name: f.Name, Path: path.Join(seen.BackupDir(), f.Name), Size: f.Size}))
	}
	return found, ctx.Err()
}

// look reads a backup as a stream, and gives the sight with what was seen.
func (c *Cluster) look(ctx context.Context, sight planner.BackupSight) planner.BackupSight {
	if err := backup.CheckName(sight.Name); err != nil {
		sight.Problem = err.Error()
		return sight
	}
	c.options.note(sight.Place(), "reading "+sight.Name)
	report, err := c.scan(ctx, &sight)
	if err != nil {
		sight.Problem = err.Error()
		return sight
	}
	sight.Time, sight.Tasks, sight.FrameworkID = time.UnixMilli(report.TimestampMs).UTC(), report.Tasks, string(report.FrameworkID)
	sight.SHA256 = report.SHA256
	sight.Refusals, sight.LaterRefusals = refused(c.release, report.Refusals, report.LaterRefusals)
	return sight
}

func (c *Cluster) scan(ctx context.Context, sight *planner.BackupSight) (*backup.Report, error) {
	in, err := c.open(ctx, sight)
	if err != nil {
		return nil, err
	}
	report, err := backup.Scan(in, backup.Keep{})
	return report, errors.Join(err, in.Close())
}

// errNoBackup says that there is nothing to restore from.
var errNoBackup = errors.New("no scheduler and no store has a backup that could be restored")

// chooseNewest gives the usable backup with the newest snapshot inside, and tells o of the stores that could not be listed.
func (c *Cluster) chooseNewest(ctx context.Context, o *planner.Observation) (config.Backup, error) {
	found, problems, err := c.Backups(ctx)
	if err != nil {
		return config.Backup{}, err
	}
	c.found = found
	for _, s := range c.restore.Backup.Stores {
		if p := problems[s.Name]; p != "" {
			c.storeUnread(o, s.Name, p)
		}
	}
	for i := range found {
		if found[i].Usable() {
			chosen := c.restore.Backup
			chosen.Newest, chosen.Scheduler, chosen.Store, chosen.Name = false, found[i].Scheduler, found[i].Store, found[i].Name
			return chosen, nil
		}
	}
	return config.Backup{}, errNoBackup
}
