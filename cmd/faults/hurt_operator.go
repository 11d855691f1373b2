package main

import (
	"context"
	"errors"
	"os"
	"syscall"
	"time"
)

// How long things are away that come back by themselves. The long time is more than a scheduler's page may take to come.
const (
	short = 2 * time.Second
	long  = 17 * time.Second
)

// gone takes it as nothing to hurt that a process has ended.
func gone(err error) error {
	if errors.Is(err, os.ErrProcessDone) || errors.Is(err, syscall.ESRCH) {
		return errNothing
	}
	return err
}

func killTool(_ context.Context, v *victim) error { return gone(v.tool.Kill()) }

func interruptTool(_ context.Context, v *victim) error { return gone(v.tool.Signal(os.Interrupt)) }

func interruptToolTwice(ctx context.Context, v *victim) error {
	if err := interruptTool(ctx, v); err != nil {
		return err
	}
	sleep(ctx, short/10)
	if err := interruptTool(ctx, v); err != nil && !errors.Is(err, errNothing) {
		return err
	}
	return nil
}

// suspendTool is a laptop whose lid is closed for a while.
func suspendTool(ctx context.Context, v *victim) error {
	if err := gone(v.tool.Signal(syscall.SIGSTOP)); err != nil {
		return err
	}
	sleep(ctx, 2*short)
	return gone(v.tool.Signal(syscall.SIGCONT))
}

// fillJournal lets the journal grow no further than a few bytes, as on a full disk: the next event is torn.
func fillJournal(_ context.Context, v *victim) error {
	path := v.journal()
	info, err := os.Stat(path)
	if err != nil {
		return errNothing
	}
	const torn = 40
	size := uint64(info.Size()) + torn //nolint:gosec // Sizes are not negative.
	return gone(limitFiles(v.tool.Pid, size))
}

// sleep waits, unless ctx ends before.
func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
