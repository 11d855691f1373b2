package render

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/restorectl/restorectl/planner"
)

// review is what a plan tells those who review it, in the words and the order that all formats have. A format only adds its marks.
type review struct {
	Title string
	// Backup is where the chosen backup lies, and after that what it is; empty where there is none to show.
	Backup     []string
	Schedulers []standing
	Ranking    []choice
	Impact     *cost
	// Findings are those of the plan, errors first.
	Findings []planner.Finding
	Stages   []stage
	LeftOut  []string
	Summary  string
}

// standing is a scheduler and the state that it was seen in.
type standing struct{ Name, State string }

// choice is a remedy with what came of it: "CHOSEN", "possible" or "not possible".
type choice struct{ Remedy, State, Why, Loses string }

// stage is a phase of which the hosts whose steps read the same are together.
type stage struct {
	N           int
	Name, Title string
	Groups      []group
}

// Heading is the stage's number, name and title.
func (s *stage) Heading() string { return fmt.Sprintf("Phase %d  %s: %s", s.N, s.Name, s.Title) }

// group is hosts with the same steps.
type group struct {
	Hosts string
	Steps []planner.Step
}

// thing is what a change changes, with its place.
func thing(c planner.Change) string {
	if c.Where == "" {
		return c.Subject
	}
	return c.Subject + " (" + c.Where + ")"
}

// newReview gives that of a plan; ages are what they are at now.
func newReview(p *planner.Plan, now time.Time) *review {
	r := &review{
		Title:    title(p.Kind) + " of cluster " + orUnknown(p.Cluster),
		Findings: worstFirst(p.Findings),
		LeftOut:  p.LeftOut,
		Summary:  Summary(p),
	}
	if p.Kind == planner.KindApply || p.Kind == planner.KindRejoin {
		r.Schedulers = standings(p.Observation.Hosts, p.Observation.Absent)
	}
	if p.Kind == planner.KindApply {
		r.Backup, r.Ranking, r.Impact = chosen(&p.Observation.Backup, now), ranking(p), costOf(p.Impact)
	}
	for i, ph := range p.Phases {
		r.Stages = append(r.Stages, stage{i + 1, ph.Name, ph.Title, groups(ph.Steps)})
	}
	return r
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

func chosen(b *planner.Backup, now time.Time) []string {
	if b.Problem != "" {
		return nil
	}
	where := b.File
	switch {
	case b.Scheduler != "":
		where = b.Scheduler + ":" + b.Path
	case b.Store != "":
		where = "store " + b.Store + ": " + b.Name
	}
	return []string{
		where,
		fmt.Sprintf("%d bytes, sha256 %s", b.Size, b.SHA256),
		fmt.Sprintf("snapshot of %s, %s old, framework %s", b.Time.UTC().Format(time.RFC3339), planner.Age(now.Sub(b.Time)), orUnknown(b.FrameworkID)),
		fmt.Sprintf("%s, %d of them active, in %s; %s, %s, %s",
			plural(b.Tasks, "task"), b.ActiveTasks, plural(len(b.TasksByJob), "job"), plural(b.CronJobs, "cron job"), plural(b.JobUpdates, "job update"), plural(b.Quotas, "quota")),
	}
}

func standings(hosts []planner.Host, absent []planner.Absent) []standing {
	var all []standing
	for i := range hosts {
		h := &hosts[i]
		state := "unreachable"
		if h.Problem == "" {
			state = fmt.Sprintf("service %s, log %s, %s", h.Service.State, log(&h.Replica), port(&h.HTTP))
		}
		all = append(all, standing{h.Name, state})
	}
	for i := range absent {
		all = append(all, standing{absent[i].Name, "LEFT OUT"})
	}
	return all
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

func ranking(p *planner.Plan) []choice {
	var all []choice
	for _, c := range p.Ranking {
		one := choice{Remedy: string(c.Remedy), State: "not possible", Why: c.Why}
		if c.Possible {
			one.State, one.Loses = "possible", c.Loses
			if c.Remedy == p.Remedy {
				one.State = "CHOSEN"
			}
		}
		all = append(all, one)
	}
	return all
}

// groups puts hosts together whose steps read the same, in the order of the first of them.
func groups(steps []planner.Step) []group {
	var hosts []string
	own, text := map[string][]planner.Step{}, map[string]string{}
	for _, s := range steps {
		if !slices.Contains(hosts, s.Host) {
			hosts = append(hosts, s.Host)
		}
		own[s.Host] = append(own[s.Host], s)
		text[s.Host] += step(s)
	}
	var all []group
	for i, host := range hosts {
		reads := func(other string) bool { return text[other] == text[host] }
		if slices.ContainsFunc(hosts[:i], reads) {
			continue
		}
		same := slices.DeleteFunc(slices.Clone(hosts[i:]), func(other string) bool { return !reads(other) })
		if host == "" {
			same = []string{"the cluster"}
		}
		all = append(all, group{strings.Join(same, ", "), own[host]})
	}
	return all
}
