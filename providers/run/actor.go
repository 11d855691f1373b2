package run

import (
	"context"
	"fmt"
	"time"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
)

// Actor carries out planner.RunAction.
type Actor struct {
	Folders Locator
	// By and From name the operator and the machine, for the record.
	By, From string
	// Now is the clock that the record's time is taken from; nil is the machine's.
	Now func() time.Time
}

// Look says whether the record is as the step wants it.
func (a *Actor) Look(ctx context.Context, s planner.Step) (executor.Stand, error) {
	f, action, err := a.step(ctx, s)
	if err != nil {
		return executor.Pending, err
	}
	if action.Op == planner.OpOpen {
		done, err := f.opened(ctx)
		return stand(done), err
	}
	record, there, err := f.Record(ctx)
	return stand(!there || record.State == action.State), err
}

// Act opens or closes the record.
func (a *Actor) Act(ctx context.Context, s planner.Step) (executor.Outcome, error) {
	f, action, err := a.step(ctx, s)
	if err != nil {
		return nil, err
	}
	outcome := executor.Outcome{"folder": f.Path()}
	if action.Op == planner.OpClose {
		return outcome, f.Close(ctx, action.State)
	}
	now := time.Now
	if a.Now != nil {
		now = a.Now
	}
	return outcome, f.Open(ctx, planner.RunRecord{By: a.By, From: a.From, Started: now().UTC().Truncate(time.Second)})
}

// Verify reads the record back.
func (a *Actor) Verify(ctx context.Context, s planner.Step) (string, error) {
	f, action, err := a.step(ctx, s)
	if err != nil {
		return "", err
	}
	want := StateOpen
	if action.Op == planner.OpClose {
		want = action.State
	}
	record, there, err := f.Record(ctx)
	switch {
	case err != nil:
		return "", err
	case !there:
		return "", fmt.Errorf("there is no record in %s on %s", f.Path(), f.Host.Name())
	case record.State != want:
		return "", fmt.Errorf("the record in %s on %s says %q, not %q", f.Path(), f.Host.Name(), record.State, want)
	}
	return fmt.Sprintf("%s says %s", f.Path("run.json"), record.State), nil
}

func (a *Actor) step(ctx context.Context, s planner.Step) (*Folder, *planner.RunAction, error) {
	action := s.Action.Run
	if action == nil || action.Op != planner.OpOpen && action.Op != planner.OpClose {
		return nil, nil, fmt.Errorf("step %s does not open or close a run", s.ID)
	}
	f, err := a.Folders.Folder(ctx, s.Host)
	return f, action, err
}

func stand(done bool) executor.Stand {
	if done {
		return executor.Done
	}
	return executor.Pending
}
