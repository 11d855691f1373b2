package session

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
)

// openRun writes the journal of a run without a3 that was applied and reverted.
func openRun(t *testing.T) (path string, w *world, s *Session) {
	t.Helper()
	path, w, s, _ = setupOf(t, []string{"a1", "a2"}, []string{"a3"})
	if err := s.Apply(t.Context(), path, w); err != nil {
		t.Fatal(err)
	}
	journal, err := FindJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Revert(t.Context(), journal, nil, w); err != nil {
		t.Fatal(err)
	}
	return journal, w, s
}

func TestAnAbsentSchedulerStaysOpenUntilItRejoins(t *testing.T) {
	journal, w, s := openRun(t)
	folder := filepath.Dir(journal)
	if err := RefuseUnfinished(folder, "", nil); err == nil || !strings.Contains(err.Error(), "rejoin a3") {
		t.Errorf("a plan that counts a3 in: %v", err)
	}
	if err := RefuseUnfinished(folder, "", []string{"a3"}); err != nil {
		t.Errorf("a plan that leaves a3 out as well: %v", err)
	}
	h, err := History(journal)
	if err != nil {
		t.Fatal(err)
	}
	if h.Finished() || !h.Over() || len(h.Open()) != 1 {
		t.Errorf("finished %t, over %t, open %v", h.Finished(), h.Over(), h.Open())
	}
	p := rejoinPlanOf(h)
	w.failAt = "reset/a3/vacate" // It is cut off, and goes on.
	if err := s.Rejoin(t.Context(), journal, p, w); err == nil {
		t.Fatal("it did not fail")
	}
	w.failAt = ""
	if err := s.Rejoin(t.Context(), journal, p, w); err != nil {
		t.Fatal(err)
	}
	if err := s.Rejoin(t.Context(), journal, p, w); err == nil || !strings.Contains(err.Error(), "came back already") {
		t.Errorf("a second time: %v", err)
	}
	if err := RefuseUnfinished(folder, "", nil); err != nil {
		t.Errorf("after the rejoin: %v", err)
	}
}

// rejoinPlanOf is a plan of one step more than nothing, in the form that planner.Rejoin gives.
func rejoinPlanOf(h *executor.History) *planner.Plan {
	return &planner.Plan{Format: planner.Format, Kind: planner.KindRejoin, Rejoins: "a3", Of: h.Forward.Digest, Phases: []planner.Phase{
		{Name: planner.PhaseReset, Steps: []planner.Step{{ID: "reset/a3/vacate", Host: "a3", Timeout: planner.Duration(1 << 40)}}},
	}}
}
