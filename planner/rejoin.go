package planner

import (
	"fmt"
	"slices"
	"time"

	"github.com/restorectl/restorectl/config"
)

// Rejoin makes the plan that brings a scheduler back that was absent from a run: its scheduler is stopped before anything else, its old
// log goes into quarantine, and it starts empty and catches up from the others. The digest is that of the run's plan; r and o are the
// configuration and the observation in which the scheduler is not absent any more. Left is what the run did to its host before that died,
// which is undone first; nil where the run was without it from the beginning. Where a finding is an error the plan has no phases.
func Rejoin(digest, scheduler string, r *config.Restore, o *Observation, left *Left, now time.Time, tool string) *Plan {
	if left != nil {
		o = left.undone(o, scheduler, RunID(digest))
	}
	p := &Plan{
		Format: Format, Kind: KindRejoin, Tool: tool, Of: digest, Rejoins: scheduler, Remedy: RemedyRebuild,
		Created: now.UTC().Truncate(time.Second), Expires: now.UTC().Truncate(time.Second).Add(lifetime),
		Restore: withoutSecrets(*r), Observation: *o, Fingerprint: o.Fingerprint(),
	}
	if len(o.Hosts) > 0 {
		p.Cluster = o.Hosts[0].value(flagClusterName)
	}
	p.Findings = checkRejoin(r, o, scheduler, left)
	if p.HasErrors() {
		return p
	}
	b := builder{plan: p}
	names := []string{scheduler}
	b.phase(PhaseQuiesce, "stop the scheduler before its old log can do harm", only(names, b.quiesce))
	if left != nil {
		u := undo{builder: b, forward: left.Forward, progress: left.Progress}
		b.phase(PhaseRestore, "put back what the run changed", only(names, u.restore))
		b.phase(PhaseOpen, "open the HTTP port again", only(names, u.open))
	}
	b.phase(PhasePreflight, "make the run's folder", only(names, func(h *Host) []Step { return b.preflight(h)[:1] }))
	b.catchUp(names, "rejoined")
	return p
}

// checkRejoin says whether a scheduler can come back into the cluster, and what a run left on its host can be undone.
func checkRejoin(r *config.Restore, o *Observation, scheduler string, left *Left) []Finding {
	var fs findings
	checkAbsent(&fs, r, o)
	for i := range o.Hosts {
		h := &o.Hosts[i]
		if h.Name != scheduler {
			continue
		}
		checkHost(&fs, r, h, &Backup{})
		before := len(fs)
		if checkEdited(&fs, h); left == nil {
			fs.soften(before)
		}
		if h.Problem == "" && h.Process.PID != 0 {
			fs.add(Warning, "rejoining-scheduler-runs", h.Name, "its scheduler runs with its old log beside the restored ones: what it knew may be mixed in already",
				"go on at once: it is stopped first; then compare what is live with the backup (`restorectl diff`)")
		}
	}
	others := o.without(scheduler)
	if why := others.Unhealthy(); why != "" {
		fs.add(Error, "others-not-healthy", "", "the other schedulers can't let it catch up: "+why,
			"bring the cluster into normal service first: `restorectl status` says how")
	}
	checkAgreement(&fs, r, o, RemedyRebuild)
	return fs
}

// without is the observation as if the schedulers were absent.
func (o *Observation) without(schedulers ...string) *Observation {
	out := *o
	out.Hosts, out.Absent = nil, slices.Clone(o.Absent)
	for i := range o.Hosts {
		if h := &o.Hosts[i]; slices.Contains(schedulers, h.Name) {
			out.Absent = append(out.Absent, Absent{Name: h.Name})
		} else {
			out.Hosts = append(out.Hosts, *h)
		}
	}
	return &out
}

// Return gives the configuration of a plan with the scheduler taken in again; an error says that it was not left out.
func (p *Plan) Return(scheduler string) (*config.Restore, error) {
	r := p.Restore
	if !slices.Contains(r.Cluster.Absent, scheduler) {
		return nil, fmt.Errorf("%q was not left out of this run", scheduler)
	}
	r.Cluster.Return(scheduler)
	return &r, nil
}
