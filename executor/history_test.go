package executor

import (
	"slices"
	"testing"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/planner"
)

// TestAHostThatTheUndoingLeftOutStaysOpen has a host die in the middle of a run, and rejoin.
func TestAHostThatTheUndoingLeftOutStaysOpen(t *testing.T) {
	forward, inverse := &planner.Plan{Kind: planner.KindApply}, &planner.Plan{Kind: planner.KindRollback}
	inverse.Restore.Cluster = config.Cluster{Absent: []string{"a3"}}
	rejoin := &planner.Plan{Kind: planner.KindRejoin, Rejoins: "a3"}
	events := []Event{
		{Kind: EventBegin, Plan: "f", Body: forward}, {Kind: EventBegin, Plan: "i", Body: inverse}, {Kind: EventEnd, Plan: "i"},
		{Kind: EventBegin, Plan: "j", Body: rejoin}, {Kind: EventEnd, Plan: "j"},
	}
	h := NewHistory(events[:3])
	if !slices.Equal(h.Left(), []string{"a3"}) || !slices.Equal(h.Open(), []string{"a3"}) || !h.Over() || h.Finished() || h.Whole != inverse {
		t.Errorf("left %v, open %v, over %t, finished %t", h.Left(), h.Open(), h.Over(), h.Finished())
	}
	if h := NewHistory(events); len(h.Open()) > 0 || !h.Finished() || h.Whole != rejoin {
		t.Errorf("after the rejoin: open %v, finished %t", h.Open(), h.Finished())
	}
}
