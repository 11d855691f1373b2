package log

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/run"
)

// Actor carries out planner.LogAction.
type Actor struct {
	Folders run.Locator
	// Running says whether a host's scheduler has a process.
	Running func(ctx context.Context, h host.Host) (bool, error)
	// Others says of the other schedulers, by name, why a replica can't catch up from them; empty where it can. Nil where nobody can tell.
	Others func(ctx context.Context, scheduler string) []string
	// Progress, where not nil, is told how far a replica that is waited for has come, by scheduler name.
	Progress func(scheduler, text string)
}

// work is one step's action on its host.
type work struct {
	*planner.LogAction
	folder *run.Folder
}

func (w *work) host() host.Host { return w.folder.Host }

// quarantined is where the old log lies, discarded where logs go that a rollback or a second try takes away.
func (w *work) quarantined() string { return w.folder.Path("quarantine", "log") }
func (w *work) discarded() string   { return w.folder.Path("discarded") }

// begun is the file that says that the log in place was made by this run.
func (w *work) begun() string { return w.folder.Path("initialized") }

// Look says how the log stands towards the step. Nothing is done to a log that a process may use.
func (a *Actor) Look(ctx context.Context, s planner.Step) (executor.Stand, error) {
	w, err := a.of(ctx, s)
	if err != nil {
		return executor.Pending, err
	}
	if w.Op == planner.OpRejoin {
		return w.lookRejoin(ctx)
	}
	if err := a.unused(ctx, w); err != nil {
		return executor.Pending, err
	}
	switch w.Op {
	case planner.OpQuarantine:
		return w.lookQuarantine(ctx)
	case planner.OpInitialize, planner.OpVacate:
		return w.lookFresh(ctx)
	default:
		return w.lookRecover(ctx)
	}
}

// Act does the step.
func (a *Actor) Act(ctx context.Context, s planner.Step) (executor.Outcome, error) {
	w, err := a.of(ctx, s)
	if err != nil {
		return nil, err
	}
	switch w.Op {
	case planner.OpQuarantine:
		return w.quarantine(ctx)
	case planner.OpInitialize, planner.OpVacate:
		return w.makeFresh(ctx)
	case planner.OpRejoin:
		return nil, a.awaitRejoin(ctx, w)
	default:
		return w.recover(ctx)
	}
}

// Verify looks where the logs are now, and reads an initialised one.
func (a *Actor) Verify(ctx context.Context, s planner.Step) (string, error) {
	w, err := a.of(ctx, s)
	if err != nil {
		return "", err
	}
	stand, err := a.Look(ctx, s)
	if err != nil {
		return "", err
	}
	if stand != executor.Done {
		return "", fmt.Errorf("the log %s on %s is not as the step left it", w.Path, w.host().Name())
	}
	switch {
	case w.Op == planner.OpInitialize, w.Op == planner.OpVacate:
		return w.verifyFresh(ctx)
	case w.Op == planner.OpRejoin:
		return fmt.Sprintf("VOTING, up to position %d at least", w.MinEnd), nil
	case w.Op == planner.OpQuarantine && w.Absent:
		return "there was no log", nil
	case w.Op == planner.OpQuarantine:
		return "the log lies in " + w.quarantined(), nil
	}
	return "the log is where it was before", nil
}

// unused refuses to touch a log whose scheduler runs, or that any process has open: one that its supervisor lost sight of.
func (a *Actor) unused(ctx context.Context, w *work) error {
	h := w.host()
	running, err := a.Running(ctx, h)
	if err != nil {
		return err
	}
	if running {
		return &executor.Refusal{
			Reason: fmt.Sprintf("the scheduler on %s runs, so that its log must not be touched", h.Name()),
			Remedy: "find out who started it, stop it, then go on with `restorectl apply` or `restorectl revert`",
		}
	}
	user, err := openedBy(ctx, h, w.Path)
	if err != nil {
		return err
	}
	if user != "" {
		return &executor.Refusal{
			Reason: fmt.Sprintf("process %s on %s has the log %s open", user, h.Name(), w.Path),
			Remedy: "look at that process and end it, then go on with `restorectl apply` or `restorectl revert`",
		}
	}
	return nil
}

func (a *Actor) of(ctx context.Context, s planner.Step) (*work, error) {
	act := s.Action.Log
	if act == nil || !slices.Contains([]planner.LogOp{planner.OpQuarantine, planner.OpInitialize, planner.OpVacate, planner.OpRejoin, planner.OpRecover}, act.Op) {
		return nil, fmt.Errorf("step %s is not about a log", s.ID)
	}
	if a.Running == nil {
		return nil, errors.New("the log's actor was not told how to see a running scheduler")
	}
	f, err := a.Folders.Folder(ctx, s.Host)
	return &work{act, f}, err
}
