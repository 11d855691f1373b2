package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/planner/planfile"
)

// Abandon undoes the run in a journal as Revert does, and where the commit was made it undoes that too: the old log comes back. It refuses
// once a scheduler has run with its real Mesos master on the restored state.
func (s *Session) Abandon(ctx context.Context, journal string, without []string, cluster Cluster) error {
	h, err := History(journal)
	if err != nil {
		return err
	}
	left, err := leftOut(h, without)
	if err != nil {
		return err
	}
	switch {
	case h.Inverse != nil && h.Inverse.Ended && h.Inverse.Plan.Kind == planner.KindRevert:
		return tooLate("the cluster is in normal service with the restored state since " + h.Inverse.Last.UTC().Format(time.RFC3339))
	case h.Forward == nil || h.Closed() || h.Forward.Progress(planner.CommitStep) == planner.NotBegun || h.Inverse != nil && h.Inverse.Plan.Kind == planner.KindRollback:
		return s.Revert(ctx, journal, without, cluster)
	}
	now, err := cluster.Observe(ctx)
	if err != nil {
		return err
	}
	now.Running = cluster.Running(ctx)
	if why := abandonable(h, now); why != "" {
		return tooLate(why)
	}
	p, err := planner.Abandon(h.Forward.Plan, h.Forward.Digest, h.Forward.Progress, s.Now(), s.Tool, left...)
	if err != nil {
		return err
	}
	p.Findings = append(p.Findings, planner.AbandonNotes(now)...)
	_, digest, err := planfile.Encode(p)
	if err != nil {
		return err
	}
	return s.undo(ctx, h, p, digest, "Abandon the restore, and bring the old log back?", journal, cluster)
}

func abandonable(h *executor.History, now *planner.Observation) string {
	var undoing *planner.Plan
	undone := func(string) planner.Progress { return planner.NotBegun }
	if h.Inverse != nil {
		undoing, undone = h.Inverse.Plan, h.Inverse.Progress
	}
	commit := h.Forward.Steps[planner.CommitStep]
	return planner.Abandonable(h.Forward.Plan, undoing, undone, commit.Time, now)
}

func tooLate(why string) error {
	return fmt.Errorf("the old log can't come back: %w: %s; what a scheduler told Mesos on the restored state is not in the old log; "+
		"nothing was changed; the old log stays in quarantine, where `restorectl inspect log` reads it", ErrTooLate, why)
}

// ErrTooLate says that a restore can't be abandoned any more.
var ErrTooLate = errors.New("a scheduler has run with its real Mesos master since the commit, or may have")
