package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/run"
)

// Actor carries out planner.BackupAction.
type Actor struct {
	// From is where the backup is shipped from.
	From    Sources
	Folders run.Locator
}

// work is one step's action on its host.
type work struct {
	*planner.BackupAction
	folder *run.Folder
}

func (w *work) host() host.Host { return w.folder.Host }

// shipped is the run's own copy, target the file in backup_dir, and placed says that the run put it there.
func (w *work) shipped() string { return w.folder.Path("backup", w.Name) }
func (w *work) target() string  { return path.Join(w.Dir, w.Name) }
func (w *work) placed() string  { return w.folder.Path("placed-backup") }

// Look compares digests: only a file with the planned content counts.
func (a *Actor) Look(ctx context.Context, s planner.Step) (executor.Stand, error) {
	w, err := a.of(ctx, s)
	if err != nil {
		return executor.Pending, err
	}
	switch w.Op {
	case planner.OpShip:
		return w.holds(ctx, w.shipped())
	case planner.OpPlace:
		// A file with the planned content that was there already is as good; whose it is only matters to remove.
		return w.holds(ctx, w.target())
	default:
		return w.lookRemove(ctx)
	}
}

// Act copies the backup, or removes what place put there.
func (a *Actor) Act(ctx context.Context, s planner.Step) (executor.Outcome, error) {
	w, err := a.of(ctx, s)
	if err != nil {
		return nil, err
	}
	switch w.Op {
	case planner.OpShip:
		return executor.Outcome{"path": w.shipped(), "sha256": w.SHA256}, a.ship(ctx, w)
	case planner.OpPlace:
		return executor.Outcome{"path": w.target(), "sha256": w.SHA256}, w.place(ctx)
	default:
		return w.remove(ctx)
	}
}

// Verify reads the digests again.
func (a *Actor) Verify(ctx context.Context, s planner.Step) (string, error) {
	w, err := a.of(ctx, s)
	if err != nil {
		return "", err
	}
	stand, err := a.Look(ctx, s)
	switch {
	case err != nil:
		return "", err
	case stand != executor.Done:
		return "", fmt.Errorf("%s on %s is not as the step left it", w.Name, w.host().Name())
	case w.Op == planner.OpRemove:
		return "this run's file is out of " + w.Dir, nil
	}
	return fmt.Sprintf("%d bytes, sha256 %.12s", w.Size, w.SHA256), nil
}

// holds says whether a file has the planned content.
func (w *work) holds(ctx context.Context, name string) (executor.Stand, error) {
	got, err := host.Digest(ctx, w.host(), name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return executor.Pending, nil
	case err != nil:
		return executor.Pending, err
	case got != w.SHA256:
		return executor.Pending, &executor.Refusal{
			Reason: fmt.Sprintf("%s on %s has the SHA-256 %s, not %s as planned", name, w.host().Name(), got, w.SHA256),
			Remedy: "find out who put it there and move it away; it was not overwritten",
		}
	}
	return executor.Done, nil
}

// ship copies the backup into the run's folder, through the operator's machine where it lies on another host.
func (a *Actor) ship(ctx context.Context, w *work) error {
	if err := host.MakeFolder(ctx, w.host(), path.Dir(w.shipped()), host.FileInfo{Mode: fs.ModeDir | 0o700}); err != nil {
		return err
	}
	source, err := a.From.Open(ctx, config.Backup{File: w.File, Store: w.Store, Scheduler: w.Scheduler, Name: w.Name}, w.Path)
	if err != nil {
		return err
	}
	defer func() { _ = source.Close() }() // Only read; the digest tells whether all of it came.
	return host.Send(ctx, w.host(), source, w.shipped(), w.SHA256, host.FileInfo{Mode: 0o600})
}

// place notes first that the file will be the run's own.
func (w *work) place(ctx context.Context) error {
	if err := host.WriteFile(ctx, w.host(), w.placed(), []byte(w.target()+"\n"), host.FileInfo{Mode: 0o600}); err != nil {
		return err
	}
	dir, err := host.Stat(ctx, w.host(), w.Dir)
	if err != nil {
		return fmt.Errorf("backup_dir of %s: %w", w.host().Name(), err)
	}
	copied := host.Command{Root: true, Args: []string{"cat", "--", w.shipped()}}
	r, pipe := io.Pipe()
	copied.Stdout = pipe
	go func() {
		_, err := w.host().Run(ctx, copied)
		_ = pipe.CloseWithError(err)
	}()
	err = host.Send(ctx, w.host(), r, w.target(), w.SHA256, host.FileInfo{Mode: 0o644, Owner: w.User, Group: dir.Group})
	_ = r.CloseWithError(err) // A command that is still writing ends.
	return err
}

func (w *work) lookRemove(ctx context.Context) (executor.Stand, error) {
	ours, err := host.Exists(ctx, w.host(), w.placed())
	if err != nil {
		return executor.Pending, err
	}
	if ours {
		return executor.Pending, nil
	}
	return executor.Done, nil
}

// remove takes away what place put there, unless somebody changed it. That the run placed it is forgotten last.
func (w *work) remove(ctx context.Context) (executor.Outcome, error) {
	outcome := executor.Outcome{"path": w.target()}
	got, err := host.Digest(ctx, w.host(), w.target())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = host.Sweep(ctx, w.host(), w.target())
	case err == nil && got != w.SHA256:
		outcome["kept"] = w.target() + ", which somebody else changed"
	case err == nil:
		err = host.Remove(ctx, w.host(), w.target())
	}
	if err != nil {
		return nil, err
	}
	return outcome, host.Remove(ctx, w.host(), w.placed())
}

func (a *Actor) of(ctx context.Context, s planner.Step) (*work, error) {
	act := s.Action.Backup
	if act == nil || act.Op != planner.OpShip && act.Op != planner.OpPlace && act.Op != planner.OpRemove {
		return nil, fmt.Errorf("step %s does not move a backup", s.ID)
	}
	if err := CheckName(act.Name); err != nil {
		return nil, err
	}
	f, err := a.Folders.Folder(ctx, s.Host)
	return &work{act, f}, err
}
