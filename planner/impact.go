package planner

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Impact is what a restore will do to tasks.
type Impact struct {
	// Source names what told what runs now. Believed is zero where that is so now, and otherwise when the source, a log or a backup,
	// believed it.
	Source   string    `json:"source"`
	Believed time.Time `json:"believed,omitzero"`
	// Running counts the tasks that run now, Unaffected those that the restore does not touch.
	Running    int `json:"running"`
	Unaffected int `json:"unaffected"`
	// Killed run now and are not active in the backup, or about to be killed in it. Restarted run now and are killed and launched anew.
	// Rescheduled are on an agent in the backup and don't run: they become LOST and are launched anew. Unclear run now, and what becomes
	// of them can't be told. Sorted by job and id.
	Killed      []Task `json:"killed,omitempty"`
	Restarted   []Task `json:"restarted,omitempty"`
	Rescheduled []Task `json:"rescheduled,omitempty"`
	Unclear     []Task `json:"unclear,omitempty"`
	// Launched counts the tasks that wait for an agent in the backup and don't run, Forgotten those that wait now, as far as the source
	// tells of such, and are not active in the backup.
	Launched  int `json:"launched,omitempty"`
	Forgotten int `json:"forgotten,omitempty"`
	// JobsGone are there now and not in the backup; JobsBack are active in the backup and not there now.
	JobsGone []string `json:"jobs_gone,omitempty"`
	JobsBack []string `json:"jobs_back,omitempty"`
	// Jobs names what told of cron schedules and of job updates in progress. Crons and Updates are those that the restore takes away,
	// changes, or brings back, worst first: before is what is there, after what will be.
	Jobs    Jobs     `json:"jobs"`
	Crons   []Change `json:"crons,omitempty"`
	Updates []Change `json:"updates,omitempty"`
}

// impact compares what runs with the backup from which tasks are deleted; nil where it is not known what runs.
func impact(o *Observation, deleted []string) *Impact {
	b, r := &o.Backup, &o.Running
	if r.Source == "" {
		return nil
	}
	im := &Impact{Source: r.Source, Believed: r.Believed, Jobs: Jobs{Source: o.Jobs.Source, Believed: o.Jobs.Believed}}
	if o.Jobs.Source != "" {
		im.Crons, im.Updates = reverted(o.Jobs.Crons, b.Crons), reverted(o.Jobs.Updates, b.Updates)
	}
	running, jobsNow := map[string]bool{}, map[string]bool{}
	for _, t := range r.Tasks {
		running[t.ID], jobsNow[t.Job] = !waits(t.Status), true
	}
	gone := map[string]bool{}
	for _, id := range deleted {
		gone[id] = true
	}
	then, jobsThen, activeThen, drained := map[string]fate{}, map[string]bool{}, map[string]bool{}, b.drained()
	for key := range b.Crons {
		jobsThen[key] = true
	}
	for _, t := range b.Index {
		f := fateOf(t.Status)
		if gone[t.ID] || f == ends {
			continue
		}
		if f == stays && drained[t.Agent] {
			f = moves
		}
		then[t.ID], jobsThen[t.Job], activeThen[t.Job] = f, true, true
		if !running[t.ID] {
			im.away(t, f)
		}
	}
	for _, t := range r.Tasks {
		im.now(t, then[t.ID])
	}
	for _, list := range [][]Task{im.Killed, im.Restarted, im.Rescheduled, im.Unclear} {
		slices.SortFunc(list, func(a, b Task) int { return cmp.Or(strings.Compare(a.Job, b.Job), strings.Compare(a.ID, b.ID)) })
	}
	im.JobsGone, im.JobsBack = without(jobsNow, jobsThen), without(activeThen, jobsNow)
	return im
}

// away counts a task of the backup that does not run.
func (im *Impact) away(t Task, f fate) {
	switch f {
	case stays, moves, partitioned:
		im.Rescheduled = append(im.Rescheduled, t)
	case starts:
		im.Launched++
	case ends, unknown:
	}
}

// now counts a task that is there now and has that fate by the backup.
func (im *Impact) now(t Task, f fate) {
	if waits(t.Status) {
		if f == ends {
			im.Forgotten++
		}
		return
	}
	im.Running++
	switch {
	case f == ends:
		im.Killed = append(im.Killed, t)
	case f == starts || f == moves:
		im.Restarted = append(im.Restarted, t)
	case f == stays && settled(t.Status):
		im.Unaffected++
	default:
		im.Unclear = append(im.Unclear, t)
	}
}

// reverted says what a restore does to things that have a text each: what goes first, then what changes, then what comes back.
func reverted(now, then map[string]string) []Change {
	var out []Change
	for key, is := range now {
		if was := then[key]; was != is {
			out = append(out, Change{Subject: key, Before: is, After: was})
		}
	}
	for key, was := range then {
		if _, there := now[key]; !there {
			out = append(out, Change{Subject: key, After: was})
		}
	}
	rank := func(c Change) int {
		switch {
		case c.After == "":
			return 0
		case c.Before != "":
			return 1
		}
		return 2
	}
	slices.SortFunc(out, func(a, b Change) int { return cmp.Or(rank(a)-rank(b), strings.Compare(a.Subject, b.Subject)) })
	return out
}

// without lists what is in one set and not in the other, sorted.
func without(in, but map[string]bool) []string {
	var out []string
	for key := range in {
		if !but[key] {
			out = append(out, key)
		}
	}
	slices.Sort(out)
	return out
}

// failoverNear is how close the end of a failover timeout may come before it is worth a warning.
const failoverNear = 24 * time.Hour

// checkImpact says what of the cost of a restore nobody should overlook.
func checkImpact(fs *findings, o *Observation, im *Impact, now time.Time) {
	r := &o.Running
	if im == nil {
		fs.add(Warning, "impact-unknown", "", "what the restore does to running tasks can't be told: "+strings.Join(r.Problems, "; "),
			"compare the backup with what runs by hand, for example on the Mesos master's page, before you approve")
		return
	}
	if !im.Believed.IsZero() {
		fs.add(Warning, "impact-believed", "", fmt.Sprintf("neither the Mesos master nor a scheduler tells what runs now; the impact compares with what was believed at %s: %s",
			im.Believed.UTC().Format(time.RFC3339), strings.Join(r.Problems, "; ")), "make the Mesos master reachable from the schedulers' hosts, and plan again")
	}
	if n := len(im.Killed); n > 0 {
		fs.add(Warning, "tasks-killed", "", fmt.Sprintf("%d of %d running tasks will be killed: the backup does not know them as active", n, im.Running),
			"look at the list; a newer backup, or the log of one scheduler, may know them")
	}
	if n := len(im.Restarted); n > 0 {
		fs.add(Warning, "tasks-restarted", "", fmt.Sprintf("%d of %d running tasks will be killed and launched anew: the backup knows them as waiting for an agent, as leaving theirs, or on one that is being drained", n, im.Running),
			"look at the list; a newer backup, or the log of one scheduler, may know them as running")
	}
	if n := len(im.Crons) + len(im.Updates); n > 0 {
		fs.add(Warning, "jobs-revert", "", fmt.Sprintf("what goes, changes, or comes back besides tasks: cron schedules %d, job updates in progress %d", len(im.Crons), len(im.Updates)),
			"look at the list; after the restore set the schedules right, and start or abort the updates, with the aurora client")
	}
	if r.Mesos {
		checkFramework(fs, o, now)
	}
}

// checkFramework compares the backup's framework id with what the Mesos master knows.
func checkFramework(fs *findings, o *Observation, now time.Time) {
	b, r := &o.Backup, &o.Running
	var other []string
	for _, f := range r.Frameworks {
		switch {
		case f.ID != b.FrameworkID:
			other = append(other, f.ID)
		case f.Completed:
			fs.add(Error, "framework-removed", "", "the Mesos master has removed the framework "+f.ID+" of the backup: a scheduler with that id is refused, and its tasks are dead already",
				orSubstitute("choose a backup with a framework id that the master still knows", o))
			return
		case !f.Unregistered.IsZero():
			due := f.Unregistered.Add(time.Duration(f.FailoverTimeout))
			switch left := due.Sub(now); {
			case left <= 0:
				fs.add(Warning, "failover-passed", "", fmt.Sprintf("the failover timeout of framework %s passed at %s, %s ago: the Mesos master kills all its tasks and takes it back no more",
					f.ID, due.UTC().Format(time.RFC3339), Age(-left)), "look on the master's page whether the framework is still there and its tasks run; if not, the restore launches every task anew, and needs a framework id that the master takes")
			case left < failoverNear:
				fs.add(Warning, "failover-near", "", fmt.Sprintf("the Mesos master kills all tasks of framework %s at %s, in %s, unless a scheduler registers before (failover_timeout)",
					f.ID, due.UTC().Format(time.RFC3339), Age(left)), "finish the restore and the revert before that")
			}
		}
	}
	if len(r.Tasks) == 0 && b.ActiveTasks > 0 {
		fs.add(Warning, "no-tasks-shown", "", fmt.Sprintf("the Mesos master shows no task of this cluster, and the backup has %d active ones: none runs, or who asks without credentials is shown none",
			b.ActiveTasks), "look at the master's page with the right to see tasks: every task that runs and is not in the backup will be killed")
	}
	known := slices.ContainsFunc(r.Frameworks, func(f Framework) bool { return f.ID == b.FrameworkID })
	if !known && len(other) > 0 {
		fs.add(Warning, "framework-id-mismatch", "", fmt.Sprintf("the backup's framework is %q, but the Mesos master runs %s: all %d running tasks are at risk, since the restored scheduler would not be theirs",
			b.FrameworkID, strings.Join(other, ", "), r.Count), orSubstitute("check that the backup belongs to this cluster, and is not older than a change of its framework id", o))
	}
}
