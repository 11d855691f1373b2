package master

import (
	"net/http"
	"time"
)

// EventKind says what happened.
type EventKind string

// The kinds of event.
const (
	FrameworkRegistered   EventKind = "framework-registered"
	FrameworkReregistered EventKind = "framework-reregistered"
	FrameworkRefused      EventKind = "framework-refused"
	FrameworkDisconnected EventKind = "framework-disconnected"
	FrameworkRemoved      EventKind = "framework-removed"
	TaskLaunched          EventKind = "task-launched"
	TaskKilledEvent       EventKind = "task-killed"
)

// Why says why a task was killed.
type Why string

// The reasons that the master or the simulated scheduler give.
const (
	// ByScheduler is a kill that the scheduler asked for, without saying more.
	ByScheduler Why = "scheduler"
	// ByReconciliation is a kill that the scheduler asked for because it did not know a task that reconciliation showed.
	ByReconciliation Why = "reconciliation"
	// ByFailoverTimeout is a kill by the master: the framework did not come back in time.
	ByFailoverTimeout Why = "failover-timeout"
)

// Event is one entry of the master's record.
type Event struct {
	// Number counts from 1 without a gap.
	Number      int       `json:"number"`
	Time        time.Time `json:"time"`
	Kind        EventKind `json:"kind"`
	FrameworkID string    `json:"framework_id"`
	TaskID      string    `json:"task_id,omitempty"`
	// Why is the reason of a kill; of other events, more about them in words.
	Why Why `json:"why,omitempty"`
}

// Events is the record since the master was made, oldest first.
func (s *Server) Events() []Event {
	var events []Event
	s.with(func(l *ledger, _ time.Time) { events = append(events, l.events...) })
	return events
}

func (s *Server) serveEvents(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, map[string]any{"events": append([]Event{}, s.Events()...)})
}
