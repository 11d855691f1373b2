package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/backup"
)

// salvage writes the state of the best replica into the folder as a backup file, and makes it the backup of the restore.
func salvage(ctx context.Context, r *config.Restore, seen *planner.Observation, folder string) error {
	best := seen.Best()
	name := fmt.Sprintf("salvaged-%s-%d", best.Name, best.Replica.End)
	path, err := filepath.Abs(filepath.Join(folder, name))
	if err != nil {
		return err
	}
	if there, err := os.ReadFile(path); err != nil || !bytes.Equal(there, best.Replica.Rebuilt.Backup) {
		if err := writeNew(path, best.Replica.Rebuilt.Backup); err != nil {
			return fmt.Errorf("the salvaged state was not written: %w", err)
		}
	}
	r.Backup = config.Backup{File: path, Dir: r.Backup.Dir}
	seen.Backup = backup.Observe(ctx, backup.Sources{}, r.Backup, "")
	return nil
}
