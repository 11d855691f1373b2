package providers

import (
	"context"
	"fmt"
	"io"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/backup"
	"github.com/restorectl/restorectl/providers/store"
)

// sources is where backups are read from.
func (c *Cluster) sources() backup.Sources {
	return backup.Sources{Hosts: c.machines, Stores: c.openStored}
}

// openStored streams a backup from a store of the configuration.
func (c *Cluster) openStored(ctx context.Context, name, file string) (io.ReadCloser, error) {
	for _, s := range c.restore.Backup.Stores {
		if s.Name == name {
			return store.Read(ctx, s, file)
		}
	}
	return nil, fmt.Errorf("the configuration has no store %q", name)
}

// backupsIn reads every backup in a store.
func (c *Cluster) backupsIn(ctx context.Context, s config.Store) ([]planner.BackupSight, error) {
	files, err := store.List(ctx, s)
	if err != nil {
		return nil, err
	}
	var found []planner.BackupSight
	for _, f := range files {
		found = append(found, c.look(ctx, planner.BackupSight{Store: s.Name, Name: f.Name, Path: f.Name, Size: f.Size}))
	}
	return found, ctx.Err()
}

// open streams a backup that was seen.
func (c *Cluster) open(ctx context.Context, b *planner.BackupSight) (io.ReadCloser, error) {
	return c.sources().Open(ctx, config.Backup{Scheduler: b.Scheduler, Store: b.Store, Name: b.Name}, b.Path)
}
