// Package render turns plans, findings, histories and progress into text for people. It writes and does nothing else, so that
// golden files can hold all of it.
package render

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/restorectl/restorectl/planner"
)

// Plan writes a plan for review: the backup, the schedulers, the findings, every step with its diff, and a summary line.
func Plan(w io.Writer, p *planner.Plan, now time.Time) error {
	out := &printer{w: w}
	out.line("%s of cluster %s", title(p.Kind), orUnknown(p.Cluster))
	out.line("")
	if p.Kind == planner.KindApply {
		chosen(out, &p.Observation.Backup, now)
		schedulers(out, p.Observation.Hosts, p.Observation.Absent)
		ranking(out, p)
		impact(out, p.Impact)
	}
	if p.Kind == planner.KindRejoin {
		schedulers(out, p.Observation.Hosts, p.Observation.Absent)
	}
	findings(out, p.Findings)
	for i, ph := range p.Phases {
		phase(out, i+1, ph)
	}
	if len(p.LeftOut) > 0 {
		out.line("Left out")
		for _, s := range p.LeftOut {
			out.line("  %s", s)
		}
		out.line("")
	}
	out.line("%s", Summary(p))
	return out.err
}

func title(k planner.Kind) string {
	switch k {
	case planner.KindRevert:
		return "Revert: back into normal service with the restored state, plan"
	case planner.KindRollback:
		return "Rollback: everything back as it was before the run, plan"
	case planner.KindRejoin:
		return "Rejoin: an absent scheduler comes back, plan"
	default:
		return "Restore plan"
	}
}

func orUnknown(s string) string {
	if s == "" {
		return "(name unknown)"
	}
	return s
}

func chosen(out *printer, b *planner.Backup, now time.Time) {
	if b.Problem != "" {
		return
	}
	where := b.File
	switch {
	case b.Scheduler != "":
		where = b.Scheduler + ":" + b.Path
	case b.Store != "":
		where = "store " + b.Store + ": " + b.Name
	}
	out.line("Backup  %s", where)
	out.line("  %d bytes, sha256 %s", b.Size, b.SHA256)
	out.line("  snapshot of %s, %s old, framework %s", b.Time.UTC().Format(time.RFC3339), planner.Age(now.Sub(b.Time)), orUnknown(b.FrameworkID))
	out.line("  %s, %d of them active, in %s; %s, %s, %s",
		plural(b.Tasks, "task"), b.ActiveTasks, plural(len(b.TasksByJob), "job"), plural(b.CronJobs, "cron job"), plural(b.JobUpdates, "job update"), plural(b.Quotas, "quota"))
	out.line("")
}

func schedulers(out *printer, hosts []planner.Host, absent []planner.Absent) {
	out.line("Schedulers")
	width := 0
	for i := range hosts {
		width = max(width, len(hosts[i].Name))
	}
	for i := range absent {
		width = max(width, len(absent[i].Name))
	}
	for i := range hosts {
		h := &hosts[i]
		if h.Problem != "" {
			out.line("  %-*s  unreachable", width, h.Name)
			continue
		}
		out.line("  %-*s  service %s, log %s, %s", width, h.Name, h.Service.State, log(&h.Replica), port(&h.HTTP))
	}
	for i := range absent {
		out.line("  %-*s  LEFT OUT", width, absent[i].Name)
	}
	out.line("")
}

func log(r *planner.Replica) string {
	if r.State == "used" {
		s := fmt.Sprintf("%s %d to %d", r.Status, r.Begin, r.End)
		if r.Holes > 0 {
			s += fmt.Sprintf(" with %d holes", r.Holes)
		}
		return s
	}
	return r.State
}

func port(h *planner.HTTP) string {
	if !h.Answers {
		return fmt.Sprintf("port %d does not answer", h.Port)
	}
	return fmt.Sprintf("port %d: %s", h.Port, h.Lifecycle)
}

// ranking writes what could be done about the log, the mildest first.
func ranking(out *printer, p *planner.Plan) {
	if len(p.Ranking) == 0 {
		return
	}
	out.line("Remedies, the mildest first")
	for _, c := range p.Ranking {
		state := "possible"
		switch {
		case c.Remedy == p.Remedy && c.Possible:
			state = "CHOSEN"
		case !c.Possible:
			state = "not possible"
		}
		out.line("  %s: %s: %s", c.Remedy, state, c.Why)
		if c.Possible {
			out.line("    loses: %s", c.Loses)
		}
	}
	out.line("")
}

// phase writes a phase. Hosts whose steps read the same are written once.
func phase(out *printer, n int, ph planner.Phase) {
	out.line("Phase %d  %s: %s", n, ph.Name, ph.Title)
	var hosts []string
	steps := map[string]string{}
	for _, s := range ph.Steps {
		if !slices.Contains(hosts, s.Host) {
			hosts = append(hosts, s.Host)
		}
		steps[s.Host] += step(s)
	}
	for i, host := range hosts {
		same := []string{host}
		if slices.ContainsFunc(hosts[:i], func(h string) bool { return steps[h] == steps[host] }) {
			continue
		}
		for _, other := range hosts[i+1:] {
			if steps[other] == steps[host] {
				same = append(same, other)
			}
		}
		if host == "" {
			same = []string{"the cluster"}
		}
		out.line("  %s", strings.Join(same, ", "))
		out.text(steps[host])
	}
	out.line("")
}

func step(s planner.Step) string {
	var b strings.Builder
	b.WriteString("    " + oneLine(s.Title) + "\n")
	for _, c := range s.Changes {
		b.WriteString("      " + oneLine(change(c)) + "\n")
	}
	if s.Guard != "" {
		b.WriteString("        only if  " + oneLine(s.Guard) + "\n")
	}
	if s.Verification != "" {
		b.WriteString("        then     " + oneLine(s.Verification) + "\n")
	}
	if s.Inverse != nil {
		b.WriteString("        undo     " + oneLine(s.Inverse.Title) + "\n")
	}
	return b.String()
}

func change(c planner.Change) string {
	where := ""
	if c.Where != "" {
		where = "   (" + c.Where + ")"
	}
	switch {
	case c.Before == "" && c.After == "":
		return "- " + c.Subject + where
	case c.Before == "":
		return "+ " + c.Subject + ": " + c.After + where
	case c.After == "":
		return "- " + c.Subject + ": " + c.Before + where
	default:
		return "~ " + c.Subject + ": " + c.Before + " -> " + c.After + where
	}
}
