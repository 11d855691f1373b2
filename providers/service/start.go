package service

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
)

// start starts the service through its supervisor and waits until a process is there.
func (j *job) start(ctx context.Context) (executor.Outcome, error) {
	limited, cancel := context.WithTimeout(ctx, patience(j.actor.Config.StartTimeout))
	defer cancel()
	if j.action.Marker != "" {
		if err := mark(limited, j.h, j.action.Marker); err != nil {
			return nil, err
		}
	}
	if err := j.sup.start(limited, j.h); err != nil {
		if limited.Err() != nil && ctx.Err() == nil {
			return nil, fmt.Errorf("the service on %s did not start within %s: %w", j.h.Name(), patience(j.actor.Config.StartTimeout), err)
		}
		return nil, err
	}
	last := unanswered
	err := j.poll(limited, func() (bool, error) {
		state, err := j.sup.state(limited, j.h)
		if err != nil {
			return false, err // The answer before stands: this question may have been cut off by the end of the time.
		}
		last = state
		return last.State == StateRunning && last.PID != 0 || j.action.Tolerate, nil
	})
	switch {
	case err != nil && limited.Err() != nil && ctx.Err() == nil:
		return nil, fmt.Errorf("%s on %s did not come up within %s: %s; its log says why", last.Name, j.h.Name(), patience(j.actor.Config.StartTimeout), described(last))
	case err != nil:
		return nil, err
	}
	return executor.Outcome{"service": last.Name, "state": last.State, "pid": fmt.Sprint(last.PID)}, nil
}

// staysStarted looks whether the service keeps its process, and whether that shows the wanted flags. A tolerant step accepts a
// service that does not keep it, but never a process with other flags.
func (j *job) staysStarted(ctx context.Context) (string, error) {
	limited, cancel := context.WithTimeout(ctx, patience(j.actor.Config.StartTimeout)+time.Duration(j.action.Settle))
	defer cancel()
	w := watch{job: j, last: unanswered, until: time.Now().Add(time.Duration(j.action.Settle))}
	err := j.poll(limited, func() (bool, error) { return w.look(limited) })
	switch {
	case err != nil && limited.Err() != nil && ctx.Err() == nil:
		return "", fmt.Errorf("the service on %s did not come up as planned within %s: %s", j.h.Name(), patience(j.actor.Config.StartTimeout), w.missing())
	case err != nil:
		return "", err
	}
	return w.seen(), nil
}

// watch follows a service that was started.
type watch struct {
	*job
	until   time.Time
	last    planner.Service
	pid     int
	shown   bool // the process showed all wanted flags
	wrong   string
	flipped bool // the supervisor brought it back, or it went
}

func (w *watch) look(ctx context.Context) (bool, error) {
	state, err := w.sup.state(ctx, w.h)
	if err != nil {
		return false, err // The answer before stands, as in start.
	}
	w.last = state
	if err := w.keeps(); err != nil {
		return false, err
	}
	if w.pid != 0 && !w.shown {
		if err := w.compare(ctx); err != nil {
			return false, err
		}
	}
	settled := !time.Now().Before(w.until)
	return settled && (w.shown || w.action.Tolerate && w.wrong == ""), nil
}

// keeps checks that the process is the one seen first.
func (w *watch) keeps() error {
	was := w.pid
	w.pid = w.last.PID
	if w.last.State != StateRunning {
		w.pid = 0
	}
	switch {
	case was == 0 && !w.flipped && (w.pid != 0 || w.action.Tolerate), was != 0 && was == w.pid:
		return nil
	}
	w.flipped, w.shown, w.wrong = true, false, ""
	switch {
	case w.action.Tolerate:
		return nil
	case was != 0 && w.pid != 0:
		return fmt.Errorf("%s on %s does not stay up: process %d went and its supervisor brought it back as %d; its log says why", w.last.Name, w.h.Name(), was, w.pid)
	}
	return fmt.Errorf("%s on %s does not stay up: %s; its log says why", w.last.Name, w.h.Name(), described(w.last))
}

// compare looks at the flags. A process that is only on its way to becoming the scheduler gets time.
func (w *watch) compare(ctx context.Context) error {
	wrong, certain, err := w.wrongFlags(ctx, w.pid)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil // It went; the next look tells.
	case err != nil:
		return err
	case wrong != "" && certain:
		return fmt.Errorf("%s on %s, process %d, does not run with the planned flags: %s", w.last.Name, w.h.Name(), w.pid, wrong)
	}
	w.wrong, w.shown = wrong, wrong == ""
	return nil
}

// missing says what is not as planned yet.
func (w *watch) missing() string {
	if w.wrong != "" {
		return fmt.Sprintf("process %d shows no scheduler with the planned flags: %s", w.pid, w.wrong)
	}
	return described(w.last)
}

// seen says what the watch ended with.
func (w *watch) seen() string {
	if w.flipped || w.pid == 0 {
		return "started, but it does not stay up, which is accepted here: " + described(w.last)
	}
	text := fmt.Sprintf("process %d stayed for %s", w.pid, time.Duration(w.action.Settle))
	if len(w.action.Flags) > 0 {
		text += fmt.Sprintf(" and shows the %d planned flags", len(w.action.Flags))
	}
	return text
}
