// Package session is what an operator does with a plan: apply it, go on with an interrupted run, revert it. It joins the plan file, the
// journal beside it, the executor and the rendering, and asks before it touches anything. Where the world is touched is behind the
// interface Cluster.
package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/restorectl/restorectl/cmd/render"
	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/planner/planfile"
)

// Cluster is the world of a plan.
type Cluster interface {
	// Observe looks at every scheduler and at the backup of the plan.
	Observe(ctx context.Context) (*planner.Observation, error)
	// Running asks the Mesos master what runs for the plan's framework; Problems say why it could not be asked.
	Running(ctx context.Context) planner.Running
	// Actor gives the actor of a step of the run with the id.
	Actor(runID string, s planner.Step) (executor.Actor, error)
	// Lock takes the cluster for this process; an error says who else works on it, or has a run open.
	Lock(ctx context.Context, c planner.Claim) (executor.Lock, error)
	// Mirror keeps copies of a run's journal in the cluster.
	Mirror(runID string) executor.Mirror
}

// Session is one operator at one terminal.
type Session struct {
	Out io.Writer
	// Progress shows a run as it goes; nil is one that writes to Out.
	Progress *render.Progress
	// Ask asks a question; an error means no.
	Ask func(ctx context.Context, question string) error
	// Stop, when closed, lets the running step finish and begins no other.
	Stop <-chan struct{}
	Now  func() time.Time
	// Approvals says by whom a plan was approved. A plan that asks for approvals is refused where it is nil.
	Approvals Approvals
	// By and From name the operator and the machine, Tool the version of the program, for the record.
	By, From, Tool string
}

// ErrDeclined is what Ask gives when the operator does not say yes.
var ErrDeclined = errors.New("not approved")

// Apply executes the plan in the file at path, or goes on with its run. It refuses when the cluster is not as the plan saw it, when
// another run beside the plan is not finished, and when the plan ran already: a plan runs once.
func (s *Session) Apply(ctx context.Context, path string, cluster Cluster) error {
	p, digest, err := planfile.Read(path)
	if err != nil {
		return err
	}
	journal := JournalPath(path, digest)
	h, err := HistoryOf(journal, p, digest)
	if err != nil {
		return err
	}
	if err := RefuseUnfinished(filepath.Dir(path), journal, p.Restore.Cluster.Absent); err != nil {
		return err
	}
	approvedBy, err := s.requireApproval(path, p, h)
	if err != nil {
		return err
	}
	if err := s.confirm(ctx, p, h, journal); err != nil {
		return err
	}
	return s.locked(ctx, journal, digest, cluster, func(lock executor.Lock) error {
		if h.Forward == nil {
			if err := refuseDrift(ctx, p, digest, cluster); err != nil {
				return err
			}
		}
		return s.execute(ctx, p, digest, planner.RunID(digest), journal, cluster, lock, approvedBy...)
	})
}

// confirm shows what will be done and asks for it.
func (s *Session) confirm(ctx context.Context, p *planner.Plan, h *executor.History, journal string) error {
	if err := refuseRan(h, journal); err != nil {
		return err
	}
	switch {
	case h.Forward != nil:
		if err := render.Status(s.Out, h, s.Now()); err != nil {
			return err
		}
		return s.Ask(ctx, "Go on with this run?")
	case s.Now().After(p.Expires):
		return fmt.Errorf("the plan expired at %s: make a new one with `restorectl plan`, or see what changed with `restorectl apply --refresh`", p.Expires.Format(time.RFC3339))
	}
	if err := render.Plan(s.Out, p, s.Now()); err != nil {
		return err
	}
	return s.Ask(ctx, "Apply this plan?")
}

// refuseRan refuses a plan that ran already, or is being undone, and points to its run.
func refuseRan(h *executor.History, journal string) error {
	var why string
	switch {
	case h.Inverse != nil && h.Inverse.Ended:
		why = "this plan was applied and undone: a plan runs once; make a new one with `restorectl plan`"
	case h.Inverse != nil:
		why = "the run of this plan is being undone: `restorectl revert` goes on with that"
	case h.Closed():
		why = "this plan was applied: a plan runs once; make a new one with `restorectl plan`"
	case h.Forward != nil && h.Forward.Ended:
		why = fmt.Sprintf("this plan was applied, complete since %s: a plan runs once; `restorectl revert` puts the cluster back into normal service",
			h.Forward.Last.UTC().Format(time.RFC3339))
	default:
		return nil
	}
	return fmt.Errorf("%s; its run is %s, by %s from %s, recorded in %s", why, planner.RunID(h.Forward.Digest), h.Forward.By, h.Forward.From, journal)
}

// refuseDrift looks at the cluster again and refuses when it is not as the plan saw it.
func refuseDrift(ctx context.Context, p *planner.Plan, digest string, cluster Cluster) error {
	now, err := cluster.Observe(ctx)
	if err != nil {
		return err
	}
	if r, ok := now.OpenOn(planner.RunID(digest)); ok {
		return fmt.Errorf("this plan is being applied: %s, is open, and its journal is not here; nothing was done: go on where it lies, or take the run over with `restorectl adopt`", r.Claim())
	}
	diffs := planner.Drift(&p.Observation, now)
	if len(diffs) == 0 {
		return nil
	}
	var b strings.Builder
	for _, d := range diffs {
		b.WriteString("\n  " + d.String())
	}
	return fmt.Errorf("the cluster is no longer as the plan saw it, so nothing was done:%s\nmake a new plan with `restorectl plan`, or see what that changes with `restorectl apply --refresh`", b.String())
}

// Revert undoes the run in a journal: a new inverse plan, or the one that was begun already. The schedulers in without, whose hosts died
// since the run began, are left out; the cluster is that of Remains.
func (s *Session) Revert(ctx context.Context, journal string, without []string, cluster Cluster) error {
	h, err := s.knowCommit(ctx, journal, without, cluster)
	if err != nil {
		return err
	}
	p, digest, err := s.inverse(h, without)
	if err != nil {
		return err
	}
	return s.undo(ctx, h, p, digest, "Revert?", journal, cluster)
}

// undo shows an inverse plan of a run, asks the question, and executes it. One without steps, of a run that touched nothing yet, needs
// no question, but it must be recorded: else the run would stand in the way of every other one.
func (s *Session) undo(ctx context.Context, h *executor.History, p *planner.Plan, digest, question, journal string, cluster Cluster) error {
	if err := render.Plan(s.Out, p, s.Now()); err != nil {
		return err
	}
	if len(p.Phases) > 0 {
		if err := s.Ask(ctx, question); err != nil {
			return err
		}
	}
	return s.locked(ctx, journal, h.Forward.Digest, cluster, func(lock executor.Lock) error {
		return s.execute(ctx, p, digest, planner.RunID(h.Forward.Digest), journal, cluster, lock)
	})
}

func (s *Session) inverse(h *executor.History, without []string) (*planner.Plan, string, error) {
	left, err := leftOut(h, without)
	switch {
	case err != nil:
		return nil, "", err
	case h.Inverse != nil && h.Inverse.Ended:
		return nil, "", fmt.Errorf("the run was undone, complete since %s: there is nothing to revert", h.Inverse.Last.UTC().Format(time.RFC3339))
	case h.Inverse != nil && len(left) == len(h.Left()):
		return h.Inverse.Plan, h.Inverse.Digest, nil
	case h.Closed():
		return nil, "", errors.New("the run is complete and left nothing to revert: the replicas have caught up, and their old logs are in quarantine")
	}
	p, err := planner.Inverse(h.Forward.Plan, h.Forward.Digest, h.Forward.Progress, s.Now(), s.Tool, left...)
	if err != nil {
		return nil, "", err
	}
	_, digest, err := planfile.Encode(p)
	return p, digest, err
}

// execute runs a plan, forward or inverse, which persons approved, and says at the end what is true and which ways lead on.
func (s *Session) execute(ctx context.Context, p *planner.Plan, digest, runID, path string, cluster Cluster, lock executor.Lock, persons ...string) error {
	journal, err := s.openJournal(ctx, path, cluster.Mirror(runID))
	if err != nil {
		return err
	}
	if err := lock.Open(ctx); err != nil {
		return errors.Join(err, journal.Close())
	}
	progress := s.Progress
	if progress == nil {
		progress = render.NewProgress(s.Out)
	}
	run := executor.Run{
		Plan: p, Digest: digest, Journal: journal, Lock: lock, Report: progress, Stop: s.Stop, By: s.By, From: s.From, ApprovedBy: persons,
		Actor: func(step planner.Step) (executor.Actor, error) { return cluster.Actor(runID, step) },
		Gate: func(ctx context.Context, step planner.Step) error {
			return s.gate(ctx, step, journal, progress)
		},
	}
	err = errors.Join(run.Execute(ctx), journal.Close())
	h := executor.NewHistory(journal.Events())
	if err != nil {
		return explain(err, h, path)
	}
	return render.Status(s.Out, h, s.Now())
}

// ErrStopped says that a run began, or was gone on with, and did not come to its end.
var ErrStopped = errors.New("the run stopped")

// explain adds to an error of a run where it is recorded and what leads on.
func explain(err error, h *executor.History, journal string) error {
	if errors.Is(err, ErrDeclined) {
		return fmt.Errorf("%w: the run waits at its gate and nothing was committed; %s", err, render.Next(h))
	}
	return fmt.Errorf("%w: %w\nWhat was done is recorded in %s. Next: %s", ErrStopped, err, journal, render.Next(h))
}
