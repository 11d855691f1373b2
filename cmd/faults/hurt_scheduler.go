package main

import (
	"context"
	"strings"
	"syscall"
	"time"
)

// unlessStopped takes it as nothing to hurt that a scheduler does not run, or its host.
func unlessStopped(err error) error {
	if err == nil {
		return nil
	}
	for _, words := range []string{"has no process now", "the host is down", "connection refused", "connection reset", "EOF"} {
		if strings.Contains(err.Error(), words) {
			return errNothing
		}
	}
	return gone(err)
}

func killScheduler(_ context.Context, v *victim) error {
	return unlessStopped(v.cluster.KillScheduler(v.host, syscall.SIGKILL))
}

func terminateScheduler(_ context.Context, v *victim) error {
	return unlessStopped(v.cluster.KillScheduler(v.host, syscall.SIGTERM))
}

func freezeScheduler(d time.Duration) func(context.Context, *victim) error {
	return func(ctx context.Context, v *victim) error {
		if err := unlessStopped(v.cluster.FreezeScheduler(v.host)); err != nil {
			return err
		}
		sleep(ctx, d)
		_ = v.cluster.ThawScheduler(v.host) // It may have been killed, or its host.
		return nil
	}
}

func halveScheduler(ctx context.Context, v *victim) error {
	return unlessStopped(v.cluster.HalveScheduler(ctx, v.host))
}

// moveLeadership lets another scheduler lead, as soon as one does.
func moveLeadership(ctx context.Context, v *victim) error {
	for !v.cluster.MoveLeadership() {
		select {
		case <-v.ended:
			return errNothing
		case <-ctx.Done():
			return errNothing
		case <-time.After(short / 10):
		}
	}
	return nil
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
	for {
		err := unlessStopped(v.cluster.Stage(ctx, v.host, backupName))
		if err == nil {
			return nil
		}
		select {
		case <-v.ended:
			return errNothing
		case <-ctx.Done():
			return errNothing
		case <-time.After(short / 10):
		}
	}
}
