package log

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/providers/host"
)

// private is the mode of the folders in a run's folder.
var private = host.FileInfo{Mode: fs.ModeDir | 0o700}

// where says which of the places that matter hold something.
type where struct {
	log, quarantine, quarantined, begun bool
}

func (w *work) where(ctx context.Context) (where, error) {
	var at where
	for _, look := range []struct {
		there *bool
		path  string
	}{{&at.log, w.Path}, {&at.quarantine, path.Dir(w.quarantined())}, {&at.quarantined, w.quarantined()}, {&at.begun, w.begun()}} {
		var err error
		if *look.there, err = host.Exists(ctx, w.host(), look.path); err != nil {
			return at, err
		}
	}
	return at, nil
}

func (w *work) lookQuarantine(ctx context.Context) (executor.Stand, error) {
	at, err := w.where(ctx)
	switch {
	case err != nil:
		return executor.Pending, err
	case at.quarantined, w.Absent && at.quarantine:
		return executor.Done, nil
	case w.Absent && at.log:
		return executor.Pending, w.refuse("a log appeared in %s on %s, where the plan saw none")
	case !w.Absent && !at.log:
		return executor.Pending, w.refuse("the log %s on %s is gone")
	}
	return executor.Pending, nil
}

func (w *work) refuse(format string) error {
	return &executor.Refusal{Reason: fmt.Sprintf(format, w.Path, w.host().Name()), Remedy: "find out who did that, and make a new plan; nothing was moved"}
}

// quarantine renames the log into the run's folder. The empty quarantine says that there was no log.
func (w *work) quarantine(ctx context.Context) (executor.Outcome, error) {
	if err := host.MakeFolder(ctx, w.host(), path.Dir(w.quarantined()), private); err != nil {
		return nil, err
	}
	if w.Absent {
		return executor.Outcome{"log": "absent"}, nil
	}
	return executor.Outcome{"from": w.Path, "to": w.quarantined()}, host.Move(ctx, w.host(), w.Path, w.quarantined())
}

func (w *work) lookRecover(ctx context.Context) (executor.Stand, error) {
	at, err := w.where(ctx)
	switch {
	case err != nil:
		return executor.Pending, err
	case at.quarantined, w.Absent && at.begun && at.log:
		return executor.Pending, nil
	case !w.Absent && !at.log:
		return executor.Pending, &executor.Refusal{
			Reason: fmt.Sprintf("the old log of %s is neither in %s nor in %s", w.host().Name(), w.Path, w.quarantined()),
			Remedy: "find out who moved it, and put it back into one of these places",
		}
	}
	return executor.Done, nil
}

// recover moves what stands in the log's place aside and the old log back.
func (w *work) recover(ctx context.Context) (executor.Outcome, error) {
	outcome := executor.Outcome{}
	at, err := w.where(ctx)
	if err != nil {
		return nil, err
	}
	if at.log {
		if outcome["discarded"], err = w.discard(ctx); err != nil {
			return nil, err
		}
	}
	if at.quarantined {
		outcome["recovered"] = w.Path
		return outcome, host.Move(ctx, w.host(), w.quarantined(), w.Path)
	}
	return outcome, nil
}

// maxDiscards bounds how many logs one run moves aside: a few tries that were cut off.
const maxDiscards = 100

// discard moves what stands in the log's place aside, where nothing else stands, and says where it is now.
func (w *work) discard(ctx context.Context) (string, error) {
	if err := host.MakeFolder(ctx, w.host(), w.discarded(), private); err != nil {
		return "", err
	}
	for n := 1; n <= maxDiscards; n++ {
		to := path.Join(w.discarded(), "log")
		if n > 1 {
			to = fmt.Sprintf("%s-%d", to, n)
		}
		err := host.Move(ctx, w.host(), w.Path, to)
		if !errors.Is(err, fs.ErrExist) {
			return to, err
		}
	}
	return "", fmt.Errorf("%s on %s holds %d logs already; look at why so many tries failed", w.discarded(), w.host().Name(), maxDiscards)
}
