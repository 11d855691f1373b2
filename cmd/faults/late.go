package main

import (
	"context"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
)

// aMoment is how long it may take until what a fault did shows.
const aMoment = time.Second

// hitTooLate says whether a fault came when the run had seen the cluster in service already and did not look again, or hit a run that
// was given up before it had touched a scheduler, and so never looks.
func (r *run) hitTooLate() bool {
	events, err := executor.ReadJournal(journalIn(r.dir))
	if err != nil {
		return false // It is said where the journal is demanded.
	}
	var seen time.Time
	for i := range events {
		if e := &events[i]; e.Kind == executor.EventResult && strings.HasPrefix(e.Step, planner.PhaseServe+"/") {
			seen = e.Time
		}
	}
	return !r.hitUntil.IsZero() && r.hitUntil.After(seen.Add(-aMoment))
}

// halfAlive is how status names a scheduler that lives on with its port closed.
var halfAlive = regexp.MustCompile(`(?m)^ *(\S+): HALF ALIVE`)

// restartHalfAlive does what a person does whom status tells of schedulers that are half alive.
func (r *run) restartHalfAlive(ctx context.Context) {
	said, err := r.give(ctx, "status", r.plan())
	if err != nil {
		return // It is demanded later.
	}
	for _, m := range halfAlive.FindAllStringSubmatch(said, -1) {
		if err := r.cluster.KillScheduler(m[1], syscall.SIGTERM); err != nil {
			r.fail("%s could not be restarted: %v", m[1], err)
		}
		r.late = append(r.late, m[1])
	}
}
