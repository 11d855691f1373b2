package log

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"strconv"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/host"
)

// defaultMode is the log folder's permission where there was none to copy.
const defaultMode = 0o755

// lookFresh says whether a fresh log stands in the old one's place: initialised and empty, or an empty folder.
func (w *work) lookFresh(ctx context.Context) (executor.Stand, error) {
	at, err := w.where(ctx)
	if err != nil {
		return executor.Pending, err
	}
	if !at.quarantine || !w.Absent && !at.quarantined {
		return executor.Pending, &executor.Refusal{
			Reason: fmt.Sprintf("the old log of %s is not in quarantine", w.host().Name()),
			Remedy: "look at " + w.Path + "; `restorectl revert` undoes what this run did",
		}
	}
	if !at.log {
		return executor.Pending, nil
	}
	now, err := Observe(ctx, w.host(), w.Path)
	switch {
	case err != nil:
		return executor.Pending, err
	case now.State == stateEmpty, now.State == stateUninitialised:
		// A try that was cut off, or a scheduler that a reboot started: nothing was ever written there.
		return w.emptyStand(&now), nil
	case !at.begun, now.State == stateUsed:
		return executor.Pending, &executor.Refusal{
			Reason: fmt.Sprintf("a log that this run did not leave so stands in %s on %s (%s)", w.Path, w.host().Name(), now.State),
			Remedy: "find out who made it and move it away, then go on with `restorectl apply`; nothing was moved",
		}
	case now.State == w.fresh() && now.Owner == w.User:
		return executor.Done, nil
	}
	// A try that was cut off.
	return executor.Pending, nil
}

// emptyStand says how an empty log stands: as the step wants it only if it wants it empty.
func (w *work) emptyStand(now *planner.Replica) executor.Stand {
	if now.State == w.fresh() && now.Owner == w.User {
		return executor.Done
	}
	return executor.Pending
}

// fresh is the state of the log that the step makes.
func (w *work) fresh() string {
	if w.Op == planner.OpVacate {
		return stateEmpty
	}
	return stateInitialised
}

// makeFresh makes a fresh folder and lets mesos-log initialise a log in it, where the step wants one. What a try that was cut off
// left is moved aside.
func (w *work) makeFresh(ctx context.Context) (executor.Outcome, error) {
	h := w.host()
	at, err := w.where(ctx)
	if err != nil {
		return nil, err
	}
	outcome := executor.Outcome{"path": w.Path}
	if err := host.WriteFile(ctx, h, w.begun(), []byte(w.Path+"\n"), host.FileInfo{Mode: 0o600}); err != nil {
		return nil, err
	}
	if at.log {
		if outcome["discarded"], err = w.discard(ctx); err != nil {
			return nil, err
		}
	}
	as := host.FileInfo{Owner: w.User, Mode: fs.ModeDir | defaultMode}
	if bits, err := strconv.ParseUint(w.Mode, 8, 32); err == nil {
		as.Mode = fs.ModeDir | fs.FileMode(bits)&fs.ModePerm
	}
	if at.quarantined {
		old, err := host.Stat(ctx, h, w.quarantined())
		if err != nil {
			return nil, err
		}
		as.Group = old.Group
	}
	if err := host.MakeFolder(ctx, h, w.Path, as); err != nil {
		return nil, err
	}
	if w.Op == planner.OpVacate {
		return outcome, nil
	}
	if _, err := h.Run(ctx, host.Command{User: w.User, Args: []string{w.Tool, "initialize", "--path=" + w.Path}}); err != nil {
		return nil, fmt.Errorf("the log on %s could not be initialised: %w", h.Name(), err)
	}
	return outcome, nil
}

// verifyFresh looks at the owner of every file: a scheduler can't open a log whose files are root's.
func (w *work) verifyFresh(ctx context.Context) (string, error) {
	entries, err := host.ReadDir(ctx, w.host(), w.Path)
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		if e.Owner != w.User {
			return "", fmt.Errorf("%s on %s belongs to %s, not to %s", e.Path, w.host().Name(), e.Owner, w.User)
		}
	}
	if w.Op == planner.OpVacate {
		return "an empty folder, owner " + w.User, nil
	}
	return fmt.Sprintf("read back from %s: VOTING, no entries, owner %s", path.Base(w.Path), w.User), nil
}
