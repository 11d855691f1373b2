package planner

import (
	"slices"
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
