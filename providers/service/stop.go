package service

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
)

// stop stops the service through its supervisor, since a process that is only killed would be brought back, and waits until the
// process that ran before is gone.
func (j *job) stop(ctx context.Context) (executor.Outcome, error) {
	state, err := j.sup.state(ctx, j.h)
	if err != nil {
		return nil, err
	}
	var before life
	if state.PID != 0 {
		if before, _, err = lifeOf(ctx, j.h, state.PID); err != nil {
			return nil, err
		}
	}
	limited, cancel := context.WithTimeout(ctx, patience(j.actor.Config.StopTimeout))
	defer cancel()
	stopErr := j.sup.stop(limited, j.h)
	if stopErr != nil && limited.Err() == nil {
		return nil, stopErr
	}
	var last planner.Service
	err = j.poll(limited, func() (bool, error) {
		var err error
		if last, err = j.sup.state(limited, j.h); err != nil {
			return false, err
		}
		_, there, err := before.still(limited, j.h)
		return last.State == StateStopped && last.PID == 0 && !there, err
	})
	switch {
	case err != nil && errors.Is(limited.Err(), context.DeadlineExceeded) && ctx.Err() == nil:
		return nil, j.notStopped(ctx, before)
	case err != nil:
		return nil, err
	}
	return executor.Outcome{"service": last.Name, "state": last.State}, nil
}

// notStopped says what remains of a service that was told to stop and did not within its time.
func (j *job) notStopped(ctx context.Context, before life) error {
	state, err := j.sup.state(ctx, j.h)
	if err != nil {
		return err
	}
	remains := "its supervisor says " + described(state)
	now, there, err := before.still(ctx, j.h)
	if err != nil {
		return err
	}
	if there {
		remains = now.String() + " is still there, " + remains
	}
	return fmt.Errorf("%s on %s did not stop within %s: %s; look why it hangs, end that process if nothing else helps, and try again",
		state.Name, j.h.Name(), patience(j.actor.Config.StopTimeout), remains)
}

// staysStopped looks whether anything brings the service back.
func (j *job) staysStopped(ctx context.Context) (string, error) {
	settle := time.Duration(j.action.Settle)
	until := time.Now().Add(settle)
	err := j.poll(ctx, func() (bool, error) {
		state, err := j.sup.state(ctx, j.h)
		if err != nil {
			return false, err
		}
		if state.State != StateStopped || state.PID != 0 {
			return false, fmt.Errorf("%s on %s came back after it was stopped: %s; find out what starts it (a timer, a watchdog, another supervisor) and stop that",
				state.Name, j.h.Name(), described(state))
		}
		return !time.Now().Before(until), nil
	})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("stopped, and no process for %s", settle), nil
}
