package log

import (
	"context"
	"fmt"
	"time"

	"github.com/restorectl/restorectl/executor"
)

// rejoinPause is how often a copy of a catching-up replica is read.
const rejoinPause = 2 * time.Second

// lookRejoin reads a copy of the replica, which its scheduler has open.
func (w *work) lookRejoin(ctx context.Context) (executor.Stand, error) {
	stand, _, err := w.caughtUp(ctx)
	return stand, err
}

// caughtUp also says in words how far the replica is.
func (w *work) caughtUp(ctx context.Context) (executor.Stand, string, error) {
	now, err := Observe(ctx, w.host(), w.Path)
	if err != nil {
		return executor.Pending, "", err
	}
	if now.State == stateUsed && now.Status == "VOTING" && now.End >= w.MinEnd {
		return executor.Done, "", nil
	}
	return executor.Pending, fmt.Sprintf("its log is %s %s up to position %d of %d", now.State, now.Status, now.End, w.MinEnd), nil
}

// awaitRejoin waits until the replica has caught up, or its scheduler does not run any more.
func (a *Actor) awaitRejoin(ctx context.Context, w *work) error {
	told := ""
	for {
		stand, seen, err := w.caughtUp(ctx)
		if err != nil || stand == executor.Done {
			return err
		}
		if seen != told && a.Progress != nil {
			told = seen
			a.Progress(w.host().Name(), "waiting for it to catch up: "+seen)
		}
		running, err := a.Running(ctx, w.host())
		if err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return a.notCaughtUp(ctx, w, running)
		case <-time.After(rejoinPause):
		}
	}
}

// notCaughtUp says how far a replica came that was waited for in vain, and which of the others it could not learn from.
func (a *Actor) notCaughtUp(ctx context.Context, w *work, running bool) error {
	ended := context.Cause(ctx)
	ctx = context.WithoutCancel(ctx)
	look, cancel := context.WithTimeout(ctx, rejoinPause)
	defer cancel()
	state := "its scheduler does not run"
	if running {
		state = "its scheduler runs"
	}
	if _, seen, err := w.caughtUp(look); err == nil && seen != "" {
		state += ", " + seen
	}
	if a.Others != nil {
		for _, why := range a.Others(ctx, w.host().Name()) {
			state += "; " + why
		}
	}
	return fmt.Errorf("the replica of %s has not caught up to position %d, for which it needs a quorum of running schedulers: %s: %w", w.host().Name(), w.MinEnd, state, ended)
}
