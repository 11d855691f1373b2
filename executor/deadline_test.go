package executor

import (
	"testing"
	"time"

	"github.com/restorectl/restorectl/planner"
)

// TestDeadlineCountsFromTheStart finds the start done again in a later process, as a resumed run does: the scheduler is no younger for it.
func TestDeadlineCountsFromTheStart(t *testing.T) {
	began := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	plan := &planner.Plan{Kind: planner.KindApply, Phases: []planner.Phase{{Name: planner.PhaseStart, Steps: []planner.Step{
		{ID: "start/a/start", Host: "a", Action: planner.Action{Service: &planner.ServiceAction{Op: "start"}}},
		{ID: "start/b/start", Host: "b", Action: planner.Action{Service: &planner.ServiceAction{Op: "start"}}},
	}}, {Name: planner.PhaseCommit, Steps: []planner.Step{{ID: planner.CommitStep}}}}}
	plan.Restore.Procedure.RegistrationDelay = time.Hour
	at := func(minute int, e Event) Event {
		e.Time, e.Plan = began.Add(time.Duration(minute)*time.Minute), "digest"
		return e
	}
	events := []Event{at(0, Event{Kind: EventBegin, Body: plan})}
	if _, ok := NewHistory(events).Deadline(); ok {
		t.Error("nothing was started, and there is a deadline")
	}
	events = append(events, at(5, Event{Kind: EventIntent, Step: "start/b/start"}), at(6, Event{Kind: EventResult, Step: "start/b/start"}),
		at(7, Event{Kind: EventIntent, Step: "start/a/start"}), at(8, Event{Kind: EventResult, Step: "start/a/start"}),
		at(30, Event{Kind: EventResult, Step: "start/b/start", Found: true}))
	if end, ok := NewHistory(events).Deadline(); !ok || !end.Equal(began.Add(65*time.Minute)) {
		t.Errorf("deadline %s, %t", end, ok)
	}
	events = append(events, at(40, Event{Kind: EventIntent, Step: "start/b/start"}))
	if end, _ := NewHistory(events).Deadline(); !end.Equal(began.Add(67 * time.Minute)) {
		t.Errorf("after a restart of b the deadline is %s", end)
	}
	events = append(events, at(50, Event{Kind: EventResult, Step: planner.CommitStep}))
	if _, ok := NewHistory(events).Deadline(); ok {
		t.Error("after the commit nothing expires")
	}
}
