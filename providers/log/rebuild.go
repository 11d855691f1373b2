package log

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/aurora"
	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/log/replica"
)

// Rebuild reads the scheduler's state from a copy of the replica at path. What keeps it from being whole is in its Problem; an error
// means that the host could not be asked.
func Rebuild(ctx context.Context, h host.Host, path string) (*planner.Rebuilt, error) {
	dir, err := os.MkdirTemp("", "restorectl-log-")
	if err != nil {
		return nil, fmt.Errorf("making a place for a copy of the log: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }() // What stays lies in the folder for temporary files.
	if err := Copy(ctx, h, path, dir); err != nil {
		return nil, err
	}
	return rebuild(dir), nil
}

// rebuild reads the copy in dir.
func rebuild(dir string) *planner.Rebuilt {
	r, err := replica.Rebuild(dir)
	if err != nil {
		return &planner.Rebuilt{Problem: err.Error()}
	}
	out := &planner.Rebuilt{Snapshot: r.Snapshot, Transactions: r.Transactions, Unfinished: r.Unfinished}
	for _, s := range r.Missing {
		out.MissingAt = append(out.MissingAt, planner.Span(s))
		out.Missing += s.Last - s.First + 1
	}
	store := r.Reader.Store
	if store.Timestamp > 0 {
		out.SnapshotTime = time.UnixMilli(store.Timestamp).UTC()
	}
	snap := Export(store)
	if snap.Timestamp > 0 {
		out.Time = time.UnixMilli(snap.Timestamp).UTC()
	}
	out.Tasks = len(snap.Tasks)
	for i := range snap.Tasks {
		if snap.Tasks[i].Status.Active() {
			out.ActiveTasks++
		}
	}
	if out.Backup, err = aurora.Marshal(snap); err != nil {
		out.Problem = err.Error()
	}
	return out
}
