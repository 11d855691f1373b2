package render

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/restorectl/restorectl/planner"
)

// maxJobs bounds how many jobs of one kind are listed; the plan file has all tasks.
const maxJobs = 20

// impact writes what a restore will do to tasks: totals, then jobs, worst first.
func impact(out *printer, im *planner.Impact) {
	if im == nil {
		return
	}
	out.line("Impact, by %s", im.Source)
	out.line("  %s now, of which %d are not affected", plural(im.Running, "task")+" running", im.Unaffected)
	for _, kind := range []struct {
		tasks []planner.Task
		what  string
	}{
		{im.Killed, "will be killed: not active in the backup"},
		{im.Rescheduled, "will be lost and launched anew: active in the backup, not running"},
		{im.Unclear, "can't be told: waiting in the backup, running now"},
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
	jobs(out, "jobs that vanish", im.JobsGone)
	jobs(out, "jobs that come back", im.JobsBack)
	out.line("")
}

// perJob counts tasks by job, those with the most first.
func perJob(out *printer, tasks []planner.Task) {
	counts := map[string]int{}
	for _, t := range tasks {
		counts[t.Job]++
	}
	names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(counts[b]-counts[a], strings.Compare(a, b))
	})
	for i, name := range names {
		if i == maxJobs {
			out.line("    … and %s more; the plan file lists every task", plural(len(names)-i, "job"))
			return
		}
		out.line("    %s: %d", orUnknown(name), counts[name])
	}
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
