package planner

import (
	"fmt"
	"slices"
	"time"
)

// Progress is how far a step of a run came, as its journal tells.
type Progress int

// The progress of a step.
const (
	// NotBegun: the world was not touched.
	NotBegun Progress = iota
	// Begun: the intent is recorded and the result is not; the world may have been touched.
	Begun
	// Finished: the result is recorded.
	Finished
)

// The names of the phases of inverse plans.
const (
	PhaseRestore = "restore"
	PhaseServe   = "serve"
	PhaseOpen    = "open"
	PhaseClose   = "close"
)

// Inverse makes the plan that undoes what a run of p did, as progress tells by step id.
//
// After a finished commit the result is a KindRevert plan: the preparations are undone and the cluster goes back into normal
// service with the restored state; authentication is back before the port opens. Before the commit it is a KindRollback plan
// that brings everything back, the old log included. When it can't be known whether the commit happened, Inverse refuses. The
// schedulers in left, whose hosts died since the run began, are left out.
func Inverse(p *Plan, of string, progress func(id string) Progress, now time.Time, tool string, left ...string) (*Plan, error) {
	switch progress(CommitStep) {
	case Finished:
		return inverse(KindRevert, p, of, progress, now, tool, left)
	case Begun:
		return nil, fmt.Errorf("the commit was sent and its answer is not recorded, so it is not known which state the cluster has; " +
			"nothing was changed; run `restorectl apply` again: it looks whether the commit happened and goes on, then revert")
	case NotBegun:
	}
	return inverse(KindRollback, p, of, progress, now, tool, left)
}

func inverse(kind Kind, p *Plan, of string, progress func(id string) Progress, now time.Time, tool string, left []string) (*Plan, error) {
	rest, err := p.Leave(left...)
	if err != nil {
		return nil, err
	}
	inv := &Plan{
		Format: Format, Kind: kind, Tool: tool, Cluster: p.Cluster, Of: of,
		Created: now.UTC().Truncate(time.Second), Expires: now.UTC().Truncate(time.Second).Add(lifetime),
		Restore: rest.Restore, Observation: rest.Observation, Fingerprint: p.Fingerprint,
	}
	u := undo{builder: builder{plan: inv}, forward: p, progress: progress}
	if !u.touched() {
		return inv, nil
	}
	inv.Findings = inv.leftFindings(p)
	if kind == KindRevert {
		inv.Findings = append(inv.Findings, p.openFindings()...)
	}
	u.phase(PhaseQuiesce, "stop every scheduler", u.stop)
	u.phase(PhaseRestore, "put back what the run changed", u.restore)
	u.phase(PhaseStart, "start the schedulers", u.start)
	if kind == KindRevert {
		u.phase(PhaseServe, "wait for normal service", nil, u.serve)
	}
	u.phase(PhaseOpen, "open the HTTP port again", u.open)
	if kind == KindRollback && u.stopped() && len(p.Observation.Absent) == 0 && p.Observation.inService() {
		u.phase(PhaseServe, "wait for the service of before", nil, u.serveAgain)
	}
	u.phase(PhaseClose, "close the run's record", u.close)
	return inv, nil
}

// undo builds an inverse plan.
type undo struct {
	builder
	forward  *Plan
	progress func(id string) Progress
}

// touched says whether the run began any step at all.
func (u *undo) touched() bool {
	for _, s := range u.forward.Steps() {
		if u.progress(s.ID) != NotBegun {
			return true
		}
	}
	return false
}

// begun gives the steps of a host that may have touched it, in the order of the plan.
func (u *undo) begun(h *Host) []Step {
	var steps []Step
	for _, s := range u.forward.Steps() {
		if s.Host == h.Name && u.progress(s.ID) != NotBegun {
			steps = append(steps, s)
		}
	}
	return steps
}

// disturbed says whether the run did more to the host than to make its folder.
func (u *undo) disturbed(h *Host) bool {
	for _, s := range u.begun(h) {
		if s.Inverse != nil {
			return true
		}
	}
	return false
}

func (u *undo) stop(h *Host) []Step {
	if !u.disturbed(h) {
		return nil
	}
	s := u.stopStep(h)
	s.Inverse = nil
	s.Changes = []Change{{Subject: "service " + h.Service.Name, Before: "any", After: "stopped"}}
	return []Step{s}
}

// restore undoes the host's changes, last one first. The log is only brought back when no commit was made.
func (u *undo) restore(h *Host) []Step {
	var steps []Step
	begun := u.begun(h)
	for i := len(begun) - 1; i >= 0; i-- {
		inv := begun[i].Inverse
		if inv == nil || inv.Action.Firewall != nil || inv.Action == (Action{}) {
			continue
		}
		if inv.Action.Log != nil && u.plan.Kind == KindRevert {
			u.leaveOut(fmt.Sprintf("%s: the old log: it stays in quarantine until `restorectl purge`", h.Name))
			continue
		}
		s := *inv
		s.ID = trimHost(inv.ID, h.Name)
		steps = append(steps, s)
	}
	return steps
}

// trimHost takes off the host that the forward plan put before an inverse's id; phase puts it back.
func trimHost(id, host string) string {
	if len(id) > len(host) && id[:len(host)] == host {
		return id[len(host)+1:]
	}
	return id
}

func (u *undo) start(h *Host) []Step {
	if !u.disturbed(h) {
		return nil
	}
	if u.plan.Kind == KindRollback && h.Service.State == "stopped" {
		u.leaveOut(h.Name + ": start " + h.Service.Name + ": it was stopped before the run")
		return nil
	}
	flags := u.forward.flagsBefore(h)
	after := "running, as before the run"
	if u.plan.Kind == KindRevert {
		after = "running, with its real Mesos master"
	}
	return []Step{{
		ID: "start", Title: "start " + h.Service.Name, Timeout: Duration(u.plan.Restore.Cluster.Service.StartTimeout + waitMargin),
		Action: Action{Service: &ServiceAction{Op: OpStart, Settle: Duration(u.plan.Restore.Cluster.Service.SettleTime()), HTTPPort: h.HTTPPort(),
			Flags: flags, Tolerate: u.plan.Kind == KindRollback}},
		Changes: []Change{{Subject: "service " + h.Service.Name, Before: "stopped", After: after}},
		Guard:   u.away("the settings are restored"), Verification: "the process stays, and its command line shows the flags of before",
	}}
}

func (u *undo) serve() []Step { return []Step{u.served(u.forward.Observation.Backup.FrameworkID)} }

// serveAgain comes after the port is open, which it need not wait for. The framework is the one of before, whatever the backup has.
func (u *undo) serveAgain() []Step {
	s := u.served("")
	s.Guard = ""
	return []Step{s}
}

// stopped says whether the run may have stopped a scheduler.
func (u *undo) stopped() bool {
	return slices.ContainsFunc(u.forward.Observation.Hosts, func(h Host) bool { return u.disturbed(&h) })
}

func (u *undo) open(h *Host) []Step {
	var steps []Step
	for _, s := range u.begun(h) {
		if s.Inverse == nil || s.Inverse.Action.Firewall == nil {
			continue
		}
		open := *s.Inverse
		open.ID = trimHost(open.ID, h.Name)
		action := *open.Action.Firewall
		if u.plan.Kind == KindRevert {
			action.Require = map[string]*string{}
			if v, ok := u.forward.flagsBefore(h)[flagAuthentication]; ok {
				action.Require[flagAuthentication] = v
			}
		}
		open.Action.Firewall = &action
		steps = append(steps, open)
	}
	return steps
}

func (u *undo) close(h *Host) []Step {
	if len(u.begun(h)) == 0 {
		return nil
	}
	state := "rolled-back"
	if u.plan.Kind == KindRevert {
		state = "reverted"
	}
	return []Step{{
		ID: "run-folder", Title: "close the run's record", Timeout: Duration(shortStep),
		Action:       Action{Run: &RunAction{Op: OpClose, State: state}},
		Changes:      []Change{{Subject: "record of the run", Before: "open", After: state}},
		Verification: "the record can be read back",
	}}
}
