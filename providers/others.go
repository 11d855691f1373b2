package providers

import (
	"context"
	"path"
	"slices"
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

// observeOthers reads those backups that may be newer than the chosen one, those of its name with another content, and, where the chosen one
// is flawed, the last written one in each place that serves. Names, sizes and dates of files only choose what is read: one that was last
// written before the chosen snapshot was taken can't hold a newer one. What was read tells the rest.
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
			wg.Go(func() { add(c.othersOn(ctx, &o.Hosts[i], o)) })
		}
		problems := make([]error, len(c.restore.Backup.Stores))
		for i, s := range c.restore.Backup.Stores {
			wg.Go(func() {
				here, err := c.othersIn(ctx, s, o)
				add(here)
				problems[i] = err
			})
		}
		wg.Wait()
		for i, err := range problems {
			if err != nil {
				c.storeUnread(o, c.restore.Backup.Stores[i].Name, err.Error())
			}
		}
	}
	chosen := &o.Backup
	for _, b := range candidates {
		same := b.Scheduler == chosen.Scheduler && b.Store == chosen.Store && b.Name == chosen.Name || b.SHA256 != "" && b.SHA256 == chosen.SHA256
		if !same && (b.Name == chosen.Name || b.Usable() && b.Time.After(chosen.Time) || o.Serves(&b)) {
			o.Others = append(o.Others, b)
		}
	}
	planner.SortSights(o.Others)
}

// storeUnread notes that a store could not be listed.
func (c *Cluster) storeUnread(o *planner.Observation, name, problem string) {
	if o.StoreProblems == nil {
		o.StoreProblems = map[string]string{}
	}
	o.StoreProblems[name] = problem
}

// othersOn reads the candidates on a scheduler's host.
func (c *Cluster) othersOn(ctx context.Context, seen *planner.Host, o *planner.Observation) []planner.BackupSight {
	if seen.Problem != "" {
		return nil
	}
	h, err := c.machines.Host(ctx, seen.Name)
	if err != nil {
		// The host was observed a moment ago; that it is lost now shows in the steps.
		return nil
	}
	return candidates(seen.Backups, o, seen.Name == o.Backup.Scheduler, func(f *planner.BackupFile) (planner.BackupSight, bool) {
		sight := planner.BackupSight{Scheduler: seen.Name, Name: f.Name, Path: path.Join(seen.BackupDir(), f.Name), Size: f.Size}
		if f.Size == o.Backup.Size {
			// To hash it over there is cheaper than to bring it here.
			if digest, err := host.Digest(ctx, h, sight.Path); err == nil && digest == o.Backup.SHA256 {
				return sight, false
			}
		}
		return c.look(ctx, sight), true
	})
}

// othersIn reads the candidates in a store.
func (c *Cluster) othersIn(ctx context.Context, s config.Store, o *planner.Observation) ([]planner.BackupSight, error) {
	files, err := store.List(ctx, s)
	if err != nil {
		return nil, err
	}
	return candidates(files, o, s.Name == o.Backup.Store, func(f *planner.BackupFile) (planner.BackupSight, bool) {
		return c.look(ctx, planner.BackupSight{Store: s.Name, Name: f.Name, Path: f.Name, Size: f.Size}), true
	}), nil
}

// candidates looks at those of a place's files that matter, the last written first. Same says that the chosen backup is there; look says
// false for what turns out to be another copy of it.
func candidates(files []planner.BackupFile, o *planner.Observation, same bool, look func(*planner.BackupFile) (planner.BackupSight, bool)) []planner.BackupSight {
	files = slices.Clone(files)
	slices.SortStableFunc(files, func(a, b planner.BackupFile) int { return b.Modified.Compare(a.Modified) })
	seeks := o.Flawed()
	var found []planner.BackupSight
	for i := range files {
		f := &files[i]
		if backup.CheckName(f.Name) != nil || same && f.Name == o.Backup.Name || !seeks && !matters(f, &o.Backup) {
			continue
		}
		sight, other := look(f)
		if !other {
			continue
		}
		found = append(found, sight)
		seeks = seeks && !o.Serves(&sight)
	}
	return found
}

// matters says whether a file may hold something newer than the chosen backup, or contradicts it.
func matters(f *planner.BackupFile, chosen *planner.Backup) bool {
	return f.Name == chosen.Name || !chosen.Time.IsZero() && !f.Modified.Before(chosen.Time.Add(-mtimeMargin))
}
