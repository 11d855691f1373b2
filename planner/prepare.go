package planner

import (
	"fmt"
	"strings"
)

func (b *builder) preflight(h *Host) []Step {
	bk := &b.plan.Observation.Backup
	return []Step{
		{
			ID: "run-folder", Title: "make the run's folder", Timeout: Duration(shortStep),
			Action:  Action{Run: &RunAction{Op: OpOpen}},
			Changes: []Change{{Subject: "folder", After: b.plan.RunFolder(h.Name) + "/<run>", Where: "mode 0700, on the log's filesystem"}},
			Guard:   "no other run is open on this host", Verification: "the run's record can be read back",
		},
		{
			ID: "ship-backup", Title: "keep a safe copy of " + bk.Name, Timeout: Duration(uploadStep),
			Action: Action{Backup: &BackupAction{Op: OpShip, Name: bk.Name, Size: bk.Size, SHA256: bk.SHA256,
				File: bk.File, Scheduler: bk.Scheduler, Path: bk.Path, Store: bk.Store}},
			Changes: []Change{{Subject: "file", After: bk.Name, Where: "in the run's folder, where no rotation reaches it"}},
			Guard:   "the source has the planned digest", Verification: "the copy has the digest " + short(bk.SHA256),
		},
	}
}

func (b *builder) quiesce(h *Host) []Step {
	if h.Service.State == "stopped" {
		b.leaveOut(h.Name + ": stop " + h.Service.Name + ": it is stopped")
		return nil
	}
	stop := b.stopStep(h)
	if b.plan.Restore.Procedure.Literal {
		stop.HoldsUntil = hostStep(PhaseRehearse, h, "start")
	}
	return []Step{stop}
}

// hostStep is the id of a step of a host.
func hostStep(phase string, h *Host, step string) string { return phase + "/" + h.Name + "/" + step }

// stopStep stops a scheduler until it is started in the phase of that name: a host that reboots meanwhile starts it by itself.
func (b *builder) stopStep(h *Host) Step {
	return Step{
		HoldsUntil: hostStep(PhaseStart, h, "start"),
		ID:         "stop", Title: "stop " + h.Service.Name, Timeout: Duration(b.plan.Restore.Cluster.Service.StopTimeout + waitMargin),
		Action:  Action{Service: &ServiceAction{Op: OpStop, Settle: Duration(b.plan.Restore.Cluster.Service.SettleTime()), HTTPPort: h.HTTPPort()}},
		Changes: []Change{{Subject: "service " + h.Service.Name, Before: h.Service.State, After: "stopped"}},
		Guard:   "the service is known to its supervisor", Verification: "the process is gone and stays gone",
		Inverse: &Step{ID: "start", Title: "start " + h.Service.Name},
	}
}

func (b *builder) isolate(h *Host) []Step {
	allow := b.plan.Restore.Isolation.Allow
	after := "reachable from the host itself only"
	if len(allow) > 0 {
		after = "reachable from the host itself and " + strings.Join(allow, ", ")
	}
	port := h.HTTPPort()
	subject := fmt.Sprintf("TCP port %d", port)
	block := Step{
		// The rules live in memory, so a reboot takes them away.
		HoldsUntil: PhaseCommit + "/confirm",
		ID:         "block", Title: fmt.Sprintf("block port %d from outside", port), Timeout: Duration(shortStep),
		Action:  Action{Firewall: &FirewallAction{Op: OpBlock, HTTPPort: port, Allow: allow}},
		Changes: []Change{{Subject: subject, Before: "reachable from anywhere", After: after, Where: h.Firewall.Kind}},
		Guard:   "the packet filter can be used", Verification: "the rules are in force and a connection from outside is refused",
		Inverse: &Step{
			ID: "unblock", Title: fmt.Sprintf("unblock port %d", port), Timeout: Duration(shortStep),
			Action:  Action{Firewall: &FirewallAction{Op: OpUnblock, HTTPPort: port}},
			Changes: []Change{{Subject: subject, Before: after, After: "reachable from anywhere", Where: h.Firewall.Kind}},
			Guard:   "authentication is back as it was", Verification: "restorectl's rules are gone",
		},
	}
	return append([]Step{block}, b.hold(h)...)
}

func (b *builder) reset(h *Host) []Step {
	rep := &h.Replica
	cfg := &b.plan.Restore.Cluster.Log
	if rep.State == "initialised" {
		b.leaveOut(h.Name + ": reset of the log: it is initialised and empty")
		return nil
	}
	user := h.LogUser(cfg.User)
	log := LogAction{Path: rep.Path, User: user, Tool: cfg.Tool, Mode: rep.Mode, Absent: rep.State == "missing"}
	quarantine, initialize, recover := log, log, log
	quarantine.Op, initialize.Op, recover.Op = OpQuarantine, OpInitialize, OpRecover
	before := describeReplica(rep)
	return []Step{
		{
			ID: "quarantine", Title: "move the log into quarantine", Timeout: Duration(shortStep),
			Action:  Action{Log: &quarantine},
			Changes: []Change{{Subject: "log " + rep.Path, Before: before, Where: "moved to the run's folder, not deleted"}},
			Guard:   "the scheduler is stopped", Verification: "the folder is gone and the quarantine holds it",
			Inverse: &Step{
				ID: "recover-log", Title: "bring the log back from quarantine", Timeout: Duration(shortStep),
				Action:  Action{Log: &recover},
				Changes: []Change{{Subject: "log " + rep.Path, Before: "initialised, empty", After: before}},
				Guard:   "the scheduler is stopped", Verification: "the quarantine is empty and the log is in its place",
			},
		},
		{
			ID: "initialize", Title: "initialise an empty log", Timeout: Duration(shortStep),
			Action:  Action{Log: &initialize},
			Changes: []Change{{Subject: "log " + rep.Path, After: "VOTING, no entries", Where: "as " + user}},
			Guard:   "nothing is in its place", Verification: "read back natively: VOTING, no entries, owner " + user,
		},
	}
}

func describeReplica(r *Replica) string {
	switch r.State {
	case "used":
		return fmt.Sprintf("%s, positions %d to %d", r.Status, r.Begin, r.End)
	case "damaged":
		return "damaged: " + r.Problem
	default:
		return r.State
	}
}

func (b *builder) rehearse(h *Host) []Step {
	start := b.startStep(h)
	start.Action.Service.Tolerate, start.HoldsUntil = true, ""
	return []Step{start, b.stopStep(h)}
}

func (b *builder) start(h *Host) []Step { return []Step{b.startStep(h)} }

func (b *builder) startStep(h *Host) Step {
	return Step{
		// A scheduler that is held does not come up by itself after a reboot, and the cluster that is committed to needs a quorum.
		HoldsUntil: PhaseCommit + "/confirm",
		ID:         "start", Title: "start " + h.Service.Name, Timeout: Duration(b.plan.Restore.Cluster.Service.StartTimeout + waitMargin),
		Action: Action{Service: &ServiceAction{Op: OpStart, Settle: Duration(b.plan.Restore.Cluster.Service.SettleTime()), HTTPPort: h.HTTPPort(),
			Flags: b.plan.flagsInForce(h), Isolated: true, Marker: h.Service.Marker}},
		Changes: []Change{{Subject: "service " + h.Service.Name, Before: "stopped", After: "running, away from the Mesos master"}},
		Guard:   b.away("the port is blocked and the settings are the planned ones"), Verification: "the process stays, and its command line shows the planned flags",
		Inverse: &Step{ID: "stop", Title: "stop " + h.Service.Name},
	}
}

func (b *builder) awaitLeader() []Step {
	return []Step{{
		ID: "leader", Title: "wait for one leader that answers", Timeout: Duration(b.plan.Restore.Procedure.LeaderTimeout),
		Action:       Action{Scheduler: &SchedulerAction{Op: OpAwaitLeader}},
		Changes:      []Change{{Subject: "leader", After: "one scheduler in LEADER_AWAITING_REGISTRATION"}},
		Guard:        b.away("every scheduler is started"),
		Verification: "named by /vars and by the election, and a read call answers OK",
		HoldsUntil:   CommitStep,
	}}
}
