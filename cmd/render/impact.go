package render

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/restorectl/restorectl/planner"
)

// maxJobs bounds how many jobs of one kind are listed; the plan file has all tasks.
const maxJobs = 20

// cost is what a restore will do to tasks, in words: totals, and under them roles and jobs, worst first.
type cost struct {
	// Source is who told it.
	Source string
	Items  []item
}

// item is a total, and what it consists of.
type item struct {
	Text  string
	Parts []string
}

// impact writes what a restore will do to tasks.
func impact(out *printer, c *cost) {
	if c == nil {
		return
	}
	out.line("Impact, by %s", c.Source)
	for _, i := range c.Items {
		out.line("  %s", i.Text)
		for _, part := range i.Parts {
			out.line("    %s", part)
		}
	}
	out.line("")
}

// costOf words an impact; nil where it could not be told.
func costOf(im *planner.Impact) *cost {
	if im == nil {
		return nil
	}
	c := &cost{Source: im.Source + believed(im.Believed)}
	c.add(fmt.Sprintf("%s running now, of which %d are not affected", plural(im.Running, "task"), im.Unaffected))
	for _, kind := range []struct {
		tasks []planner.Task
		what  string
	}{
		{im.Killed, "will be killed: not active in the backup"},
		{im.Restarted, "will be killed and launched anew: waiting for an agent in the backup, leaving theirs, or on one that is being drained"},
		{im.Rescheduled, "will be lost and launched anew: active in the backup, not running"},
		{im.Unclear, "can't be told: between two states, in the backup or now"},
	} {
		if len(kind.tasks) > 0 {
			c.add(plural(len(kind.tasks), "task")+" "+kind.what, perJob(kind.tasks)...)
		}
	}
	if im.Launched > 0 {
		c.add(plural(im.Launched, "task") + " will be launched: waiting for an agent in the backup")
	}
	if im.Forgotten > 0 {
		c.add(plural(im.Forgotten, "task") + " will be forgotten: waiting for an agent now, not active in the backup")
	}
	c.jobs("jobs that vanish", im.JobsGone)
	c.jobs("jobs that come back", im.JobsBack)
	if im.Jobs.Source == "" {
		c.add("cron schedules and job updates: nobody could tell what is there now")
		return c
	}
	if im.Jobs.Source != im.Source {
		c.add("cron schedules and job updates, by " + im.Jobs.Source + believed(im.Jobs.Believed))
	}
	c.reverted("cron schedule", im.Crons)
	c.reverted("job update in progress", im.Updates)
	return c
}

func (c *cost) add(text string, parts ...string) { c.Items = append(c.Items, item{text, parts}) }

// believed says of a source that tells of the past that it does.
func believed(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return ": what was believed at " + at.UTC().Format(time.RFC3339) + ", not what runs"
}

// reverted adds what goes, changes or comes back.
func (c *cost) reverted(what string, changes []planner.Change) {
	if len(changes) == 0 {
		return
	}
	var parts []string
	for i, ch := range changes {
		if i == maxJobs {
			parts = append(parts, fmt.Sprintf("… and %d more; the plan file lists all", len(changes)-i))
			break
		}
		switch {
		case ch.After == "":
			parts = append(parts, fmt.Sprintf("%s: vanishes (%s)", ch.Subject, ch.Before))
		case ch.Before == "":
			parts = append(parts, fmt.Sprintf("%s: comes back (%s)", ch.Subject, ch.After))
		default:
			parts = append(parts, fmt.Sprintf("%s: %s -> %s", ch.Subject, ch.Before, ch.After))
		}
	}
	c.add(plural(len(changes), what)+" reverted", parts...)
}

// perJob counts tasks by role and by job, those with the most first.
func perJob(tasks []planner.Task) []string {
	roles, jobs := map[string]int{}, map[string]int{}
	for _, t := range tasks {
		roles[role(t.Job)]++
		jobs[t.Job]++
	}
	most := func(counts map[string]int) []string {
		return slices.SortedFunc(maps.Keys(counts), func(a, b string) int { return cmp.Or(counts[b]-counts[a], strings.Compare(a, b)) })
	}
	var parts, byRole []string
	for _, r := range most(roles) {
		byRole = append(byRole, fmt.Sprintf("%s %d", orUnknown(r), roles[r]))
	}
	if len(byRole) > 1 {
		parts = append(parts, "by role: "+some(byRole))
	}
	names := most(jobs)
	for i, name := range names {
		if i == maxJobs {
			return append(parts, fmt.Sprintf("… and %s more; the plan file lists every task", plural(len(names)-i, "job")))
		}
		parts = append(parts, fmt.Sprintf("%s: %d", orUnknown(name), jobs[name]))
	}
	return parts
}

// role is the first part of a job's key.
func role(job string) string {
	r, _, _ := strings.Cut(job, "/")
	return r
}

func (c *cost) jobs(what string, names []string) {
	if len(names) > 0 {
		c.add(what + ": " + some(names))
	}
}

// some joins the first of many names.
func some(names []string) string {
	if len(names) > maxJobs {
		return strings.Join(names[:maxJobs], ", ") + ", …"
	}
	return strings.Join(names, ", ")
}
