package main

import (
	"context"
	"errors"
	"time"
)

func cutConnections(_ context.Context, v *victim) error { return v.cluster.CutConnections(v.host) }

func cutAllConnections(_ context.Context, v *victim) error {
	var errs []error
	for _, h := range v.cluster.Info().Hosts {
		errs = append(errs, v.cluster.CutConnections(h.Name))
	}
	return errors.Join(errs...)
}

// delayAnswers makes the way to a host a slow one for some time.
func delayAnswers(ctx context.Context, v *victim) error {
	const delay = 300 * time.Millisecond
	if err := v.cluster.Slow(v.host, delay); err != nil {
		return errNothing // The host is down.
	}
	sleep(ctx, 3*short)
	_ = v.cluster.Slow(v.host, 0) // A host that went down meanwhile is no longer slow.
	return nil
}

// loseAnswer waits for a call until the command ends.
func loseAnswer(call string) func(context.Context, *victim) error {
	return func(ctx context.Context, v *victim) error { return v.lose(ctx, call, func() {}) }
}

// loseAnswerAndTool also kills the command right then.
func loseAnswerAndTool(call string) func(context.Context, *victim) error {
	return func(ctx context.Context, v *victim) error {
		return v.lose(ctx, call, func() { _ = v.tool.Kill() }) // It waits for the answer.
	}
}

func (v *victim) lose(ctx context.Context, call string, also func()) error {
	lost := make(chan struct{}, 3)
	err := v.cluster.LoseAnswer(call, func(string) {
		also()
		lost <- struct{}{}
	})
	if err != nil {
		return errNothing // A host is down.
	}
	defer func() { _ = v.cluster.LoseAnswer("", nil) }() // A host that is down waits for nothing.
	select {
	case <-lost:
		return nil
	case <-v.ended:
	case <-ctx.Done():
	}
	return errNothing
}
