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
			return w.notCaughtUp(ctx, running)
		case <-time.After(rejoinPause):
		}
	}
}

// notCaughtUp says how far a replica came that was waited for in vain.
func (w *work) notCaughtUp(ctx context.Context, running bool) error {
	look, cancel := context.WithTimeout(context.WithoutCancel(ctx), rejoinPause)
	defer cancel()
	state := "its scheduler does not run"
	if running {
		state = "its scheduler runs"
	}
	if _, seen, err := w.caughtUp(look); err == nil && seen != "" {
		state += ", " + seen
	}
	return fmt.Errorf("the replica of %s has not caught up to position %d: %s: %w", w.host().Name(), w.MinEnd, state, context.Cause(ctx))
}
