package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/restorectl/restorectl/cmd/render"
	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/planner/planfile"
)

// Rejoinable refuses a scheduler that has not to be brought back into the cluster of a run.
func Rejoinable(h *executor.History, scheduler string) error {
	if h.Forward == nil {
		return errors.New("no run was begun: nobody has to come back")
	}
	away := slices.Concat(h.Forward.Plan.Restore.Cluster.Absent, h.Left())
	switch a := h.Rejoins[scheduler]; {
	case a != nil && a.Ended:
		return fmt.Errorf("%s came back already, complete since %s", scheduler, a.Last.UTC().Format(time.RFC3339))
	case !slices.Contains(away, scheduler):
		return fmt.Errorf("%s was not left out of this run; left out: %s", scheduler, orNobody(away))
	case !slices.Contains(h.Open(), scheduler):
		return fmt.Errorf("%s has nothing to catch up: the logs of the others are the old ones; start its scheduler", scheduler)
	case !h.Over():
		return fmt.Errorf("the run is not over, and %s must wait for that: %s", scheduler, render.Next(h))
	}
	return nil
}

func orNobody(names []string) string {
	if len(names) == 0 {
		return "nobody"
	}
	return strings.Join(names, ", ")
}

// Rejoin brings an absent scheduler back by the plan p, or goes on with that. It belongs to the run in the journal.
func (s *Session) Rejoin(ctx context.Context, journal string, p *planner.Plan, cluster Cluster) error {
	h, err := History(journal)
	if err != nil {
		return err
	}
	if err := Rejoinable(h, p.Rejoins); err != nil {
		return err
	}
	if err := render.Plan(s.Out, p, s.Now()); err != nil {
		return err
	}
	if p.HasErrors() {
		return fmt.Errorf("%s can't come back yet: mend what the findings say first; nothing was changed", p.Rejoins)
	}
	if err := s.Ask(ctx, "Bring "+render.Printable(p.Rejoins)+" back?"); err != nil {
		return err
	}
	_, digest, err := planfile.Encode(p)
	if err != nil {
		return err
	}
	return s.locked(ctx, journal, h.Forward.Digest, cluster, func(lock executor.Lock) error {
		return s.execute(ctx, p, digest, planner.RunID(h.Forward.Digest), journal, cluster, lock)
	})
}
