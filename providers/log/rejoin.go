package log

import (
	"cmp"
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

// awaitRejoin waits until the replica has caught up. When ctx ends first, the error says what was seen last.
func (a *Actor) awaitRejoin(ctx context.Context, w *work) error {
	last := catchingUp{host: w.host().Name(), to: w.MinEnd}
	for {
		done, err := last.look(ctx, a, w)
		if done || err != nil && ctx.Err() == nil {
			return err
		}
		select {
		case <-ctx.Done():
			return a.notCaughtUp(ctx, &last)
		case <-time.After(rejoinPause):
		}
	}
}

// catchingUp is what was seen last of a replica that has to catch up to a position. What the end of the time cuts off is not seen.
type catchingUp struct {
	host string
	to   uint64
	// log is how far it is, and scheduler whether its scheduler runs; empty where nobody could look.
	log, scheduler string
}

func (c *catchingUp) look(ctx context.Context, a *Actor, w *work) (bool, error) {
	stand, seen, err := w.caughtUp(ctx)
	if err != nil || stand == executor.Done {
		return err == nil, err
	}
	if seen != c.log && a.Progress != nil {
		a.Progress(c.host, "waiting for it to catch up: "+seen)
	}
	c.log = seen
	running, err := a.Running(ctx, w.host())
	if err != nil {
		return false, err
	}
	c.scheduler = "its scheduler does not run"
	if running {
		c.scheduler = "its scheduler runs"
	}
	return false, nil
}

// notCaughtUp says how far a replica came that was waited for in vain, and which of the others it could not learn from.
func (a *Actor) notCaughtUp(ctx context.Context, last *catchingUp) error {
	seen := cmp.Or(last.scheduler, "it can't be told whether its scheduler runs")
	if last.log != "" {
		seen += ", " + last.log
	}
	if a.Others != nil {
		for _, why := range a.Others(context.WithoutCancel(ctx), last.host) {
			seen += "; " + why
		}
	}
	return fmt.Errorf("the replica of %s has not caught up to position %d, for which it needs a quorum of running schedulers: %s: %w", last.host, last.to, seen, context.Cause(ctx))
}
