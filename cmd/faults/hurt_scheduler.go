package main

import (
	"context"
	"errors"
	"strings"
	"syscall"
	"time"
)

// unlessStopped takes it as nothing to hurt that a scheduler does not run, or its host, or that it gives no answer for now.
func unlessStopped(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return errNothing
	}
	for _, words := range []string{"has no process now", "the host is down", "connection refused", "connection reset", "EOF"} {
		if strings.Contains(err.Error(), words) {
			return errNothing
		}
	}
	return gone(err)
}

// once does something as soon as there is something to hurt: in half of a run no scheduler is up.
func (v *victim) once(ctx context.Context, hurt func() error) error {
	for {
		err := unlessStopped(hurt())
		if !errors.Is(err, errNothing) {
			return err
		}
		select {
		case <-v.ended:
			return err
		case <-ctx.Done():
			return err
		case <-time.After(short / 10):
		}
	}
}

func signalScheduler(sig syscall.Signal) func(context.Context, *victim) error {
	return func(ctx context.Context, v *victim) error {
		return v.once(ctx, func() error { return v.cluster.KillScheduler(v.host, sig) })
	}
}

func freezeScheduler(d time.Duration) func(context.Context, *victim) error {
	return func(ctx context.Context, v *victim) error {
		if err := v.once(ctx, func() error { return v.cluster.FreezeScheduler(v.host) }); err != nil {
			return err
		}
		sleep(ctx, d)
		_ = v.cluster.ThawScheduler(v.host) // It may have been killed, or its host.
		return nil
	}
}

func halveScheduler(ctx context.Context, v *victim) error {
	return v.once(ctx, func() error { return v.cluster.HalveScheduler(ctx, v.host) })
}

// moveLeadership lets another scheduler lead, as soon as one does.
func moveLeadership(ctx context.Context, v *victim) error {
	return v.once(ctx, func() error {
		if v.cluster.MoveLeadership() {
			return nil
		}
		return errNothing
	})
}

// pauseZooKeeper takes the ensemble's quorum away for a moment.
func pauseZooKeeper(ctx context.Context, v *victim) error {
	if err := v.cluster.ZooKeeper().Pause(); err != nil {
		return err
	}
	sleep(ctx, short)
	return v.cluster.ZooKeeper().Resume()
}

// stageBehind stages the backup on a scheduler as soon as one answers, whether it leads or not.
func stageBehind(ctx context.Context, v *victim) error {
	return v.once(ctx, func() error { return v.cluster.Stage(ctx, v.host, backupName) })
}
