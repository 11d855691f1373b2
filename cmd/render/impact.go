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

// impact writes what a restore will do to tasks: totals, then jobs, worst first.
func impact(out *printer, im *planner.Impact) {
	if im == nil {
		return
	}
	out.line("Impact, by %s%s", im.Source, believed(im.Believed))
	out.line("  %s now, of which %d are not affected", plural(im.Running, "task")+" running", im.Unaffected)
	for _, kind := range []struct {
		tasks []planner.Task
		what  string
	}{
		{im.Killed, "will be killed: not active in the backup"},
		{im.Restarted, "will be killed and launched anew: waiting for an agent in the backup, or leaving theirs"},
		{im.Rescheduled, "will be lost and launched anew: active in the backup, not running"},
		{im.Unclear, "can't be told: between two states, in the backup or now"},
	} {
		if len(kind.tasks) == 0 {
			continue
		}
		out.line("  %s %s", plural(len(kind.tasks), "task"), kind.what)
		perJob(out, kind.tasks)
	}
	if im.Launched > 0 {
		out.line("  %s will be launched: waiting for an agent in the backup", plural(im.Launched, "task"))
	}
	if im.Forgotten > 0 {
		out.line("  %s will be forgotten: waiting for an agent now, not active in the backup", plural(im.Forgotten, "task"))
	}
	jobs(out, "jobs that vanish", im.JobsGone)
	jobs(out, "jobs that come back", im.JobsBack)
	if im.Jobs.Source == "" {
		out.line("  cron schedules and job updates: nobody could tell what is there now")
	} else {
		if im.Jobs.Source != im.Source {
			out.line("  cron schedules and job updates, by %s%s", im.Jobs.Source, believed(im.Jobs.Believed))
		}
		reverted(out, "cron schedule", im.Crons)
		reverted(out, "job update in progress", im.Updates)
	}
	out.line("")
}

// believed says of a source that tells of the past that it does.
func believed(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return ": what was believed at " + at.UTC().Format(time.RFC3339) + ", not what runs"
}

// reverted writes what goes, changes or comes back.
func reverted(out *printer, what string, changes []planner.Change) {
	if len(changes) == 0 {
		return
	}
	out.line("  %s reverted", plural(len(changes), what))
	for i, c := range changes {
		if i == maxJobs {
			out.line("    … and %d more; the plan file lists all", len(changes)-i)
			return
		}
		switch {
		case c.After == "":
			out.line("    %s: vanishes (%s)", c.Subject, c.Before)
		case c.Before == "":
			out.line("    %s: comes back (%s)", c.Subject, c.After)
		default:
			out.line("    %s: %s -> %s", c.Subject, c.Before, c.After)
		}
	}
}

// perJob counts tasks by role and by job, those with the most first.
func perJob(out *printer, tasks []planner.Task) {
	roles, jobs := map[string]int{}, map[string]int{}
	for _, t := range tasks {
		roles[role(t.Job)]++
		jobs[t.Job]++
	}
	most := func(counts map[string]int) []string {
		return slices.SortedFunc(maps.Keys(counts), func(a, b string) int { return cmp.Or(counts[b]-counts[a], strings.Compare(a, b)) })
	}
	var parts []string
	for _, r := range most(roles) {
		parts = append(parts, fmt.Sprintf("%s %d", orUnknown(r), roles[r]))
	}
	if len(parts) > 1 {
		more := ""
		if len(parts) > maxJobs {
			more, parts = ", …", parts[:maxJobs]
		}
		out.line("    by role: %s%s", strings.Join(parts, ", "), more)
	}
	names := most(jobs)
	for i, name := range names {
		if i == maxJobs {
			out.line("    … and %s more; the plan file lists every task", plural(len(names)-i, "job"))
			return
		}
		out.line("    %s: %d", orUnknown(name), jobs[name])
	}
}

// role is the first part of a job's key.
func role(job string) string {
	r, _, _ := strings.Cut(job, "/")
	return r
}

func jobs(out *printer, what string, names []string) {
	if len(names) == 0 {
		return
	}
	more := ""
	if len(names) > maxJobs {
		more, names = ", …", names[:maxJobs]
	}
	out.line("  %s: %s%s", what, strings.Join(names, ", "), more)
}
