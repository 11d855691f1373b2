package log

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/log/replica"
)

// The states of a replica (planner.Replica.State) that are told apart here.
const (
	stateMissing       = "missing"
	stateEmpty         = "empty"
	stateUninitialised = "uninitialised"
	stateInitialised   = "initialised"
	stateUsed          = "used"
	stateDamaged       = "damaged"
)

// Observe reads the replica in the folder at path from a copy, so that nothing on the host is changed or locked. A replica that can't
// be read says so itself; an error means that the host could not be asked, or that there is no place for the copy.
func Observe(ctx context.Context, h host.Host, path string) (planner.Replica, error) {
	seen := planner.Replica{Path: path}
	free, err := host.FreeBytes(ctx, h, path)
	if err != nil {
		return seen, err
	}
	seen.Free = free
	info, err := host.Stat(ctx, h, path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		seen.State = stateMissing
		return seen, nil
	case errors.Is(err, host.ErrUnreachable):
		return seen, err
	case err != nil:
		return broken(seen, err), nil
	case !info.Mode.IsDir():
		return broken(seen, fmt.Errorf("it is not a folder but %s", info.Mode)), nil
	}
	seen.Owner, seen.Mode = info.Owner, fmt.Sprintf("%04o", info.Mode.Perm())
	if seen.Mountpoint, err = host.IsMountpoint(ctx, h, path); err != nil {
		return seen, err
	}
	return seen, read(ctx, h, &seen)
}

func broken(seen planner.Replica, err error) planner.Replica {
	seen.State, seen.Problem = stateDamaged, err.Error()
	return seen
}

// read copies the replica, reads the copy, and removes it.
func read(ctx context.Context, h host.Host, seen *planner.Replica) error {
	dir, err := os.MkdirTemp("", "restorectl-log-")
	if err != nil {
		return fmt.Errorf("making a place for a copy of the log: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }() // What stays lies in the folder for temporary files.
	err = Copy(ctx, h, seen.Path, dir)
	switch {
	case errors.Is(err, host.ErrUnreachable), ctx.Err() != nil:
		return err
	case err != nil:
		*seen = broken(*seen, err)
		return nil
	}
	if seen.Size, err = size(dir); err != nil {
		return err
	}
	state, err := replica.Read(dir, nil)
	if state != nil {
		seen.Status, seen.Begin, seen.End = state.Status.String(), state.Begin, state.End
		seen.Holes, seen.Unlearned = state.Holes, state.Unlearned
		for _, s := range state.Spans {
			seen.Spans = append(seen.Spans, planner.Span(s))
		}
	}
	switch {
	case errors.Is(err, replica.ErrNoDatabase):
		seen.State = stateEmpty
	case errors.Is(err, replica.ErrDamaged):
		*seen = broken(*seen, err)
	case err != nil:
		return err
	case state.Initialised():
		seen.State = stateInitialised
	case state.Actions == 0:
		seen.State = stateUninitialised
	default:
		seen.State = stateUsed
	}
	return nil
}

// size adds up the files of a folder, in bytes.
func size(dir string) (int64, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, err
	}
	total := int64(0)
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			return 0, err
		}
		total += info.Size()
	}
	return total, nil
}
