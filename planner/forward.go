package planner

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/restorectl/restorectl/config"
)

// Format is the version of the plan document that this package writes.
const Format = 1

// lifetime is how long a plan may wait for its approval.
const lifetime = 24 * time.Hour

// How long the kinds of steps may take, verification included.
const (
	shortStep  = 2 * time.Minute
	uploadStep = time.Hour
	callStep   = 15 * time.Minute
	waitMargin = time.Minute
)

// The names of the phases, in the order of the procedure.
const (
	PhasePreflight = "preflight"
	PhaseQuiesce   = "quiesce"
	PhaseIsolate   = "isolate"
	PhaseConfigure = "configure"
	PhaseRehearse  = "rehearse"
	PhaseReset     = "reset"
	PhaseStart     = "start"
	PhaseStage     = "stage"
	PhaseReview    = "review"
	PhaseCommit    = "commit"
)

// CommitStep is the id of the step after which the restored state is the cluster's.
const CommitStep = PhaseCommit + "/commit"

// New makes the plan of a restore. Where a finding is an error the plan has no phases: there is nothing to approve.
// The tool is the version of the program, for the record.
func New(r *config.Restore, o *Observation, now time.Time, tool string) *Plan {
	p := &Plan{
		Format: Format, Kind: KindApply, Tool: tool,
		Created: now.UTC().Truncate(time.Second), Expires: now.UTC().Truncate(time.Second).Add(lifetime),
		Restore: withoutSecrets(*r), Observation: *o, Fingerprint: o.Fingerprint(),
	}
	var impossible error
	p.Remedy, p.Ranking, impossible = Rank(r, o)
	if p.Remedy == RemedySalvage || p.Remedy == RemedyRestore {
		p.Impact = impact(o, r.Recovery.DeleteTasks)
	}
	p.Findings = Check(r, o, p.Remedy, p.Impact, now)
	if impossible != nil {
		p.Findings = append(p.Findings, Finding{Severity: Error, Code: "remedy-impossible", Summary: impossible.Error(),
			Remedy: `choose another one in the block "recovery", or remedy = "auto" for the mildest that is possible`})
	}
	if len(o.Hosts) > 0 {
		p.Cluster = o.Hosts[0].value(flagClusterName)
	}
	if p.HasErrors() {
		return p
	}
	b := builder{plan: p}
	switch p.Remedy {
	case RemedyNone:
	case RemedyRebuild:
		b.rebuild()
	case RemedySalvage, RemedyRestore:
		b.procedure()
	}
	return p
}

// procedure is the whole runbook.
func (b *builder) procedure() {
	b.phase(PhasePreflight, "keep a safe copy of the backup on every scheduler", b.preflight)
	b.phase(PhaseQuiesce, "stop every scheduler", b.quiesce)
	b.phase(PhaseIsolate, "block the HTTP port from outside", b.isolate)
	b.phase(PhaseConfigure, "let the schedulers come up without touching the cluster", b.configure)
	if b.plan.Restore.Procedure.Literal {
		b.phase(PhaseRehearse, "restart with the new flags and stop again", b.rehearse)
	} else {
		b.leaveOut("the runbook's restart and stop between configuration and reset: nothing happens in between (procedure { literal = true } puts it back)")
	}
	b.phase(PhaseReset, "move every replica's log aside and initialise an empty one", b.reset)
	b.phase(PhaseStart, "start every scheduler and find the leader", b.start, b.awaitLeader)
	b.phase(PhaseStage, "put the backup in place and stage it", b.place, b.stage)
	b.phase(PhaseReview, "compare what is staged with the backup", nil, b.review)
	b.phase(PhaseCommit, "commit", nil, b.commit)
}

// HasErrors says whether a finding forbids the plan.
func (p *Plan) HasErrors() bool {
	return slices.ContainsFunc(p.Findings, func(f Finding) bool { return f.Severity == Error })
}

// Steps gives all steps in order.
func (p *Plan) Steps() []Step {
	var steps []Step
	for _, ph := range p.Phases {
		steps = append(steps, ph.Steps...)
	}
	return steps
}

// builder gathers the phases of a plan.
type builder struct {
	plan *Plan
}

// phase adds a phase: the steps of each host, then those of the cluster. A phase without steps is left out.
func (b *builder) phase(name, title string, perHost func(h *Host) []Step, cluster ...func() []Step) {
	ph := Phase{Name: name, Title: title}
	for i := range b.plan.Observation.Hosts {
		if perHost == nil {
			break
		}
		h := &b.plan.Observation.Hosts[i]
		for _, s := range perHost(h) {
			s.Host = h.Name
			s.ID = name + "/" + h.Name + "/" + s.ID
			if s.Inverse != nil {
				s.Inverse.Host = h.Name
				s.Inverse.ID = h.Name + "/" + s.Inverse.ID
			}
			ph.Steps = append(ph.Steps, s)
		}
	}
	for _, f := range cluster {
		for _, s := range f() {
			s.ID = name + "/" + s.ID
			ph.Steps = append(ph.Steps, s)
		}
	}
	if len(ph.Steps) > 0 {
		b.plan.Phases = append(b.plan.Phases, ph)
	}
}

func (b *builder) leaveOut(what string) { b.plan.LeftOut = append(b.plan.LeftOut, what) }

func (b *builder) preflight(h *Host) []Step {
	folder := RunFolderBeside(h.LogPath())
	if f := b.plan.Restore.Cluster.Log.RunFolder; f != "" {
		folder = f
	}
	bk := &b.plan.Observation.Backup
	return []Step{
		{
			ID: "run-folder", Title: "make the run's folder", Timeout: Duration(shortStep),
			Action:  Action{Run: &RunAction{Op: "open"}},
			Changes: []Change{{Subject: "folder", After: folder + "/<run>", Where: "mode 0700, on the log's filesystem"}},
			Guard:   "no other run is open on this host", Verification: "the run's record can be read back",
		},
		{
			ID: "ship-backup", Title: "keep a safe copy of " + bk.Name, Timeout: Duration(uploadStep),
			Action: Action{Backup: &BackupAction{Op: "ship", Name: bk.Name, Size: bk.Size, SHA256: bk.SHA256,
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
		Action:  Action{Service: &ServiceAction{Op: "stop", Settle: Duration(b.plan.Restore.Cluster.Service.SettleTime()), HTTPPort: h.HTTPPort()}},
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
	return []Step{{
		// The rules live in memory, so a reboot takes them away.
		HoldsUntil: PhaseCommit + "/confirm",
		ID:         "block", Title: fmt.Sprintf("block port %d from outside", port), Timeout: Duration(shortStep),
		Action:  Action{Firewall: &FirewallAction{Op: "block", HTTPPort: port, Allow: allow}},
		Changes: []Change{{Subject: subject, Before: "reachable from anywhere", After: after, Where: h.Firewall.Kind}},
		Guard:   "the packet filter can be used", Verification: "the rules are in force and a connection from outside is refused",
		Inverse: &Step{
			ID: "unblock", Title: fmt.Sprintf("unblock port %d", port), Timeout: Duration(shortStep),
			Action:  Action{Firewall: &FirewallAction{Op: "unblock", HTTPPort: port}},
			Changes: []Change{{Subject: subject, Before: after, After: "reachable from anywhere", Where: h.Firewall.Kind}},
			Guard:   "authentication is back as it was", Verification: "restorectl's rules are gone",
		},
	}}
}

func (b *builder) reset(h *Host) []Step {
	rep := &h.Replica
	cfg := &b.plan.Restore.Cluster.Log
	if rep.State == "initialised" {
		b.leaveOut(h.Name + ": reset of the log: it is initialised and empty")
		return nil
	}
	user := cfg.User
	if user == "" {
		user = rep.Owner
	}
	log := LogAction{Path: rep.Path, User: user, Tool: cfg.Tool, Mode: rep.Mode, Absent: rep.State == "missing"}
	quarantine, initialize, recover := log, log, log
	quarantine.Op, initialize.Op, recover.Op = "quarantine", "initialize", "recover"
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
		HoldsUntil: CommitStep,
		ID:         "start", Title: "start " + h.Service.Name, Timeout: Duration(b.plan.Restore.Cluster.Service.StartTimeout + waitMargin),
		Action: Action{Service: &ServiceAction{Op: "start", Settle: Duration(b.plan.Restore.Cluster.Service.SettleTime()), HTTPPort: h.HTTPPort(),
			Flags: b.plan.flagsInForce(h), Isolated: true}},
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

func (b *builder) place(h *Host) []Step {
	bk := &b.plan.Observation.Backup
	user := b.plan.Restore.Cluster.Log.User
	if user == "" {
		user = h.Replica.Owner
	}
	place := BackupAction{Op: "place", Name: bk.Name, Size: bk.Size, SHA256: bk.SHA256, Dir: h.BackupDir(), User: user}
	remove := place
	remove.Op = "remove"
	file := path.Join(place.Dir, bk.Name)
	return []Step{
		{
			ID: "place-backup", Title: "put the backup into backup_dir", Timeout: Duration(uploadStep),
			Action:  Action{Backup: &place},
			Changes: []Change{{Subject: "file " + file, After: fmt.Sprintf("%d bytes, sha256 %s", bk.Size, short(bk.SHA256))}},
			Guard:   "no other file of that name is there", Verification: "the file has the planned digest",
			HoldsUntil: CommitStep,
			Inverse: &Step{
				ID: "remove-backup", Title: "take the backup out of backup_dir", Timeout: Duration(shortStep),
				Action:  Action{Backup: &remove},
				Changes: []Change{{Subject: "file " + file, Before: "placed by this run"}},
				Guard:   "this run placed it", Verification: "the file is gone, if it was not there before",
			},
		},
		{
			ID: "unload", Title: "unload whatever is staged", Timeout: Duration(callStep),
			Action:  Action{Scheduler: &SchedulerAction{Op: OpUnload}},
			Changes: []Change{{Subject: "staged backup", Before: "any", After: "none"}},
			Guard:   "the scheduler answers", Verification: "nothing is loaded",
		},
	}
}

func (b *builder) stage() []Step {
	bk := &b.plan.Observation.Backup
	return []Step{{
		ID: "stage", Title: "stage " + bk.Name + " on the leader", Timeout: Duration(callStep),
		Action:  Action{Scheduler: &SchedulerAction{Op: OpStage, Backup: bk.Name, SHA256: bk.SHA256}},
		Changes: []Change{{Subject: "staged backup", Before: "none", After: fmt.Sprintf("%s, %d tasks", bk.Name, bk.Tasks)}},
		Guard:   "the leader is still the leader, and its file has the planned digest", Verification: "the leader answers with what is staged",
		HoldsUntil: CommitStep,
	}}
}

func (b *builder) review() []Step {
	bk := &b.plan.Observation.Backup
	del := b.plan.Restore.Recovery.DeleteTasks
	scheduler := func(op SchedulerOp, deleted bool) Action {
		return Action{Scheduler: &SchedulerAction{Op: op, Backup: bk.Name, SHA256: bk.SHA256, TaskIDs: del, Deleted: deleted}}
	}
	var steps []Step
	if len(del) == 0 {
		steps = append(steps, Step{
			ID: "compare", Title: "compare what is staged with the backup, task by task", Timeout: Duration(callStep),
			Action: scheduler(OpReview, false), Guard: "the leader is still the leader",
			Verification: fmt.Sprintf("%d tasks, each as in the backup", bk.Tasks), HoldsUntil: CommitStep,
		})
	} else {
		del := Step{
			ID: "delete", Title: fmt.Sprintf("delete %d tasks from what is staged", len(del)), Timeout: Duration(callStep),
			Action: scheduler(OpDelete, false), Guard: "what is staged is the backup, task by task",
			Verification: fmt.Sprintf("%d tasks are left, each as in the backup", bk.Tasks-len(del)), HoldsUntil: CommitStep,
		}
		for _, id := range b.plan.Restore.Recovery.DeleteTasks {
			del.Changes = append(del.Changes, Change{Subject: "task " + id, Before: "staged"})
		}
		steps = append(steps, del, Step{
			ID: "compare", Title: "compare what is left with the backup, task by task", Timeout: Duration(callStep),
			Action: scheduler(OpReview, true), Guard: "the leader is still the leader",
			Verification: "no other task is missing", HoldsUntil: CommitStep,
		})
	}
	if b.plan.Restore.Recovery.Gate {
		steps = append(steps, Step{
			ID: "gate", Title: "wait for a person to say go", HoldsUntil: CommitStep,
			Action: Action{Gate: &GateAction{Message: fmt.Sprintf(
				"What is staged equals the plan: %d tasks of %s. The commit makes it the cluster's state; after it there is no way back to the old log without losing the restored one.",
				bk.Tasks-len(del), bk.Name)}},
		})
	}
	return steps
}

func (b *builder) commit() []Step {
	bk := &b.plan.Observation.Backup
	del := b.plan.Restore.Recovery.DeleteTasks
	action := func(op SchedulerOp) Action {
		return Action{Scheduler: &SchedulerAction{Op: op, Backup: bk.Name, SHA256: bk.SHA256, TaskIDs: del, Deleted: true}}
	}
	return []Step{
		{
			ID: "commit", Title: "commit what is staged", Timeout: Duration(callStep), Action: action(OpCommit),
			Changes: []Change{{Subject: "state of cluster " + b.plan.Cluster, Before: "empty", After: fmt.Sprintf("%d tasks of %s", bk.Tasks-len(del), bk.Name)}},
			Guard:   b.away("what is staged on the leader is what the plan says"), Verification: "the scheduler answers OK, or the next leader holds the state",
		},
		{
			ID: "confirm", Title: "wait for the next leader and look at its store", Timeout: Duration(b.plan.Restore.Procedure.LeaderTimeout), Action: action(OpConfirm),
			Guard: b.away("the commit was made"), Verification: "the next leader's store holds what was committed, task by task",
		},
	}
}

// short is the beginning of a digest, enough for people to tell two apart.
func short(digest string) string {
	if len(digest) > 12 {
		return digest[:12]
	}
	return digest
}

// withoutSecrets drops what the configuration holds only so that it can be kept out of everything that is written.
func withoutSecrets(r config.Restore) config.Restore {
	r.Sensitive = nil
	return r
}
