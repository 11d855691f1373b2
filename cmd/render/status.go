package render

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
)

// Status writes where a run stands, what is still altered on which host and since when, the deadlines that run, and what to do
// next.
func Status(w io.Writer, h *executor.History, now time.Time) error {
	out := &printer{w: w}
	f := h.Forward
	if f == nil {
		out.line("No run has begun.")
		return out.err
	}
	what := "restore of " + f.Plan.Observation.Backup.Name
	if f.Plan.Remedy == planner.RemedyRebuild {
		what = "rebuild of replicas"
	}
	out.line("Run %s on cluster %s: %s", planner.RunID(f.Digest), f.Plan.Cluster, what)
	out.line("  begun %s by %s from %s", f.Began.UTC().Format(time.RFC3339), f.By, f.From)
	if len(f.ApprovedBy) > 0 {
		out.line("  approved by %s", strings.Join(f.ApprovedBy, ", "))
	}
	attempt(out, "apply", f)
	if h.Inverse != nil {
		attempt(out, string(h.Inverse.Plan.Kind), h.Inverse)
	}
	for _, name := range slices.Sorted(maps.Keys(h.Rejoins)) {
		attempt(out, "rejoin of "+name, h.Rejoins[name])
	}
	out.line("")
	altered(out, h)
	kept(out, h)
	open(out, h)
	deadlines(out, h, now)
	out.line("Next: %s", Next(h))
	return out.err
}

func attempt(out *printer, name string, a *executor.Attempt) {
	if a.Ended {
		out.line("  %s: complete since %s", name, a.Last.UTC().Format(time.RFC3339))
		return
	}
	s, phase, ok := a.Next()
	if !ok {
		out.line("  %s: all steps have their results", name)
		return
	}
	done := 0
	for _, s := range a.Plan.Steps() {
		if a.Progress(s.ID) == planner.Finished {
			done++
		}
	}
	out.line("  %s: %d of %d steps done; stands in phase %s before %q%s", name, done, len(a.Plan.Steps()), phase, s.Title, at(s.Host))
	for _, s := range a.Plan.Steps() {
		if r := a.Steps[s.ID]; r.Failure != "" {
			out.line("    failed%s: %s: %s", at(s.Host), s.Title, r.Failure)
		}
	}
}

func at(host string) string {
	if host == "" {
		return ""
	}
	return " on " + host
}

// altered lists every step that can be undone and was not.
func altered(out *printer, h *executor.History) {
	undone := map[string]bool{}
	for _, a := range slices.AppendSeq([]*executor.Attempt{h.Inverse}, maps.Values(h.Rejoins)) {
		if a == nil {
			continue
		}
		for id, r := range a.Steps {
			undone[id] = undone[id] || r.Progress == planner.Finished
		}
	}
	left := h.Left()
	found := false
	for _, s := range h.Forward.Plan.Steps() {
		r := h.Forward.Steps[s.ID]
		if s.Inverse == nil || r.Progress == planner.NotBegun || s.Action.Service != nil || isUndone(undone, s.Inverse.ID) || h.Over() && !slices.Contains(left, s.Host) {
			continue
		}
		if !found {
			out.line("Still altered")
			found = true
		}
		word := ""
		if r.Progress == planner.Begun {
			word = " (begun; not known whether it happened)"
		}
		out.line("  %s: %s, since %s%s", s.Host, s.Title, r.Time.UTC().Format(time.RFC3339), word)
	}
	if found {
		out.line("")
	}
}

// isUndone finds an inverse by its id, which the inverse plan's phases put a phase before.
func isUndone(undone map[string]bool, id string) bool {
	return undone[planner.PhaseRestore+"/"+id] || undone[planner.PhaseOpen+"/"+id]
}

// kept lists what somebody else changed meanwhile, and the undoing kept.
func kept(out *printer, h *executor.History) {
	if h.Inverse == nil {
		return
	}
	found := false
	for _, s := range h.Inverse.Plan.Steps() {
		what := h.Inverse.Steps[s.ID].Outcome[executor.OutcomeKept]
		if what == "" {
			continue
		}
		if !found {
			out.line("Kept")
			found = true
		}
		out.line("  %s: %s: %s", s.Host, s.Title, what)
	}
	if found {
		out.line("")
	}
}

// open lists the schedulers that were absent, or died in the middle, and have not come back.
func open(out *printer, h *executor.History) {
	names := h.Open()
	if len(names) == 0 {
		return
	}
	out.line("Open")
	for _, name := range names {
		why := "still has its old log, which would be mixed with the restored one"
		if slices.Contains(h.Left(), name) {
			why = "is as the run left it, its log included, which would be mixed with that of the others"
		}
		out.line("  %s was left out and %s", name, why)
		out.line("    keep its scheduler from starting: leave its host off, or off the network; when it is back: `restorectl rejoin %s`", name)
	}
	out.line("")
}

// deadlines tells until when the half-disabled schedulers live.
func deadlines(out *printer, h *executor.History, now time.Time) {
	if end, ok := h.Deadline(); ok {
		out.line("Deadline")
		out.line("  %s", Deadline(end, now))
		out.line("")
	}
}

// Deadline says how long the leader will wait, away from Mesos, for the commit.
func Deadline(end, now time.Time) string {
	left := end.Sub(now)
	switch {
	case left <= 0:
		return fmt.Sprintf("the leader may have given up since %s (max_registration_delay); `restorectl apply` finds or starts the next one and stages again",
			end.UTC().Format(time.RFC3339))
	case left < soon:
		return fmt.Sprintf("SOON: %s left until the leader may give up, at %s (max_registration_delay)", planner.Age(left), end.UTC().Format(time.RFC3339))
	}
	return fmt.Sprintf("%s left until the leader may give up, at %s (max_registration_delay)", planner.Age(left), end.UTC().Format(time.RFC3339))
}

// soon is when a deadline is worth a louder word.
const soon = 10 * time.Minute

// Next says what to do next.
func Next(h *executor.History) string {
	switch open := h.Open(); {
	case h.Forward == nil:
		return "`restorectl apply` begins the run."
	case h.Over() && len(open) > 0:
		return comeBack(h, open)
	case h.Inverse != nil && h.Inverse.Ended && h.Inverse.Plan.Kind == planner.KindRevert:
		return "nothing: the cluster is back in normal service with the restored state; the old logs are still in quarantine on the hosts."
	case h.Inverse != nil && h.Inverse.Ended:
		return "nothing: everything is as it was before the run."
	case h.Inverse != nil:
		return "`restorectl revert` goes on undoing the run."
	case h.Closed():
		return "nothing: the replicas have caught up; their old logs are still in quarantine on the hosts."
	case h.Forward.Ended:
		return "the restore is committed, but the cluster is not in normal service: its port is blocked and it is kept away from Mesos. `restorectl revert` ends that."
	}
	switch h.Forward.Progress(planner.CommitStep) {
	case planner.Finished:
		return "`restorectl apply` goes on with the run, `restorectl revert` puts the cluster into normal service with the restored state."
	case planner.Begun:
		return "`restorectl apply` goes on with the run: it looks first whether the commit was made."
	case planner.NotBegun:
	}
	return "`restorectl apply` goes on with the run, `restorectl revert` brings everything back."
}

// comeBack says what to do about the schedulers that have to come back.
func comeBack(h *executor.History, open []string) string {
	for _, name := range open {
		if h.Rejoins[name] != nil {
			return fmt.Sprintf("`restorectl rejoin %s` goes on with bringing it back; keep its scheduler stopped until then.", name)
		}
	}
	rest := "is in normal service"
	if h.Inverse != nil && h.Inverse.Plan.Kind == planner.KindRollback {
		rest = "is as it was before the run: `restorectl plan --without " + open[0] + "` makes the next plan for it"
	}
	return fmt.Sprintf("`restorectl rejoin %s` when that host is back, before its scheduler starts; the rest of the cluster %s.", open[0], rest)
}
