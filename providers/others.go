package providers

import (
	"context"
	"path"
	"sync"
	"time"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/backup"
	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/store"
)

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
		add := func(here []planner.BackupSight) {
			mu.Lock()
			defer mu.Unlock()
			candidates = append(candidates, here...)
		}
		for i := range o.Hosts {
			wg.Go(func() { add(c.othersOn(ctx, &o.Hosts[i], &o.Backup)) })
		}
		for _, s := range c.restore.Backup.Stores {
			wg.Go(func() { add(c.othersIn(ctx, s, &o.Backup)) })
		}
		wg.Wait()
	}
	for _, b := range candidates {
		chosen := b.Scheduler == o.Backup.Scheduler && b.Store == o.Backup.Store && b.Name == o.Backup.Name || b.SHA256 != "" && b.SHA256 == o.Backup.SHA256
		if !chosen && (b.Name == o.Backup.Name || b.Usable() && b.Time.After(o.Backup.Time)) {
			o.Others = append(o.Others, b)
		}
	}
	planner.SortSights(o.Others)
}

// othersOn reads the candidates on a scheduler's host.
func (c *Cluster) othersOn(ctx context.Context, seen *planner.Host, chosen *planner.Backup) []planner.BackupSight {
	if seen.Problem != "" {
		return nil
	}
	h, err := c.machines.Host(ctx, seen.Name)
	if err != nil {
		// The host was observed a moment ago; that it is lost now shows in the steps.
		return nil
	}
	var found []planner.BackupSight
	for _, f := range seen.Backups {
		if !matters(&f, chosen, seen.Name == chosen.Scheduler) {
			continue
		}
		sight := planner.BackupSight{Scheduler: seen.Name, Name: f.Name, Path: path.Join(seen.BackupDir(), f.Name), Size: f.Size}
		if f.Size == chosen.Size {
			// To hash it over there is cheaper than to bring it here.
			if digest, err := host.Digest(ctx, h, sight.Path); err == nil && digest == chosen.SHA256 {
				continue
			}
		}
		found = append(found, c.look(ctx, sight))
	}
	return found
}

// othersIn reads the candidates in a store. One that can't be listed has no better backup than the chosen one, as far as anybody knows;
// `restorectl backups` says why.
func (c *Cluster) othersIn(ctx context.Context, s config.Store, chosen *planner.Backup) []planner.BackupSight {
	files, err := store.List(ctx, s)
	if err != nil {
		c.options.note(s.Name, err.Error())
		return nil
	}
	var found []planner.BackupSight
	for _, f := range files {
		if matters(&f, chosen, s.Name == chosen.Store) {
			found = append(found, c.look(ctx, planner.BackupSight{Store: s.Name, Name: f.Name, Path: f.Name, Size: f.Size}))
		}
	}
	return found
}

// matters says whether a file is read that lies where the chosen one is, or elsewhere.
func matters(f *planner.BackupFile, chosen *planner.Backup, same bool) bool {
	switch {
	case backup.CheckName(f.Name) != nil:
		return false
	case f.Name == chosen.Name:
		return !same
	}
	return !f.Modified.Before(chosen.Time.Add(-mtimeMargin))
}
