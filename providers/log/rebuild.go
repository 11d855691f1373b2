package log

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/aurora"
	"github.com/restorectl/restorectl/providers/aurora/logentry"
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
	r := logentry.NewReader()
	out := &planner.Rebuilt{}
	// next is the position that must come now for nothing to be missing since the last snapshot, which is at out.Snapshot.
	next, before := uint64(0), 0
	state, err := replica.Read(dir, func(a replica.Action) error {
		if !a.Learned {
			return nil
		}
		if a.Position > next {
			out.MissingAt = append(out.MissingAt, planner.Span{First: next, Last: a.Position - 1})
		}
		next = a.Position + 1
		if a.Type != replica.Append {
			return nil
		}
		snapshots := r.Counts.Snapshots
		if err := r.Read(a.Bytes); err != nil {
			return fmt.Errorf("position %d: %w", a.Position, err)
		}
		if r.Counts.Snapshots > snapshots {
			out.Snapshot, out.MissingAt, before = a.Position, nil, r.Counts.Transactions
		}
		return nil
	})
	r.Close()
	if err != nil {
		out.Problem = err.Error()
		return out
	}
	if next <= state.End {
		out.MissingAt = append(out.MissingAt, planner.Span{First: next, Last: state.End})
	}
	out.MissingAt = from(out.MissingAt, state.Begin)
	for _, s := range out.MissingAt {
		out.Missing += s.Last - s.First + 1
	}
	out.Transactions = r.Counts.Transactions - before
	if r.Store.Timestamp > 0 {
		out.SnapshotTime = time.UnixMilli(r.Store.Timestamp).UTC()
	}
	snap := Export(r.Store)
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

// from gives what of the spans is not before a position: what was truncated is not missing.
func from(spans []planner.Span, first uint64) []planner.Span {
	var out []planner.Span
	for _, s := range spans {
		if s.Last >= first {
			out = append(out, planner.Span{First: max(s.First, first), Last: s.Last})
		}
	}
	return out
}
