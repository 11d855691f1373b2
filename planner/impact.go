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
	// Source names what told what runs now.
	Source string `json:"source"`
	// Running counts the tasks that run now, Unaffected those that the restore does not touch.
	Running    int `json:"running"`
	Unaffected int `json:"unaffected"`
	// Killed run now and are not active in the backup. Rescheduled are on an agent in the backup and don't run: they become LOST and
	// are launched anew. Unclear wait for an agent in the backup and run now: what becomes of them can't be told. Sorted by job and id.
	Killed      []Task `json:"killed,omitempty"`
	Rescheduled []Task `json:"rescheduled,omitempty"`
	Unclear     []Task `json:"unclear,omitempty"`
	// Launched counts the tasks that wait for an agent in the backup.
	Launched int `json:"launched,omitempty"`
	// JobsGone run now and are not in the backup; JobsBack are active in the backup and don't run at all.
	JobsGone []string `json:"jobs_gone,omitempty"`
	JobsBack []string `json:"jobs_back,omitempty"`
}

// The statuses of a task by what they mean to a restore (api.thrift).
var (
	statusesOnAgent = []string{"ASSIGNED", "STARTING", "RUNNING", "RESTARTING", "DRAINING", "PREEMPTING", "KILLING", "PARTITIONED"}
	statusesWaiting = []string{"PENDING", "THROTTLED"}
)

// impact compares what runs with the backup from which tasks are deleted; nil where it is not known what runs.
func impact(b *Backup, r *Running, deleted []string) *Impact {
	if r.Source == "" {
		return nil
	}
	im := &Impact{Source: r.Source, Running: len(r.Tasks)}
	running := map[string]bool{}
	jobsNow := map[string]bool{}
	for _, t := range r.Tasks {
		running[t.ID], jobsNow[t.Job] = true, true
	}
	gone := map[string]bool{}
	for _, id := range deleted {
		gone[id] = true
	}
	onAgent, waiting, jobsThen, activeThen := map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, key := range b.CronKeys {
		jobsThen[key] = true
	}
	for _, t := range b.Index {
		if gone[t.ID] {
			continue
		}
		switch {
		case slices.Contains(statusesOnAgent, t.Status):
			onAgent[t.ID] = true
			if !running[t.ID] {
				im.Rescheduled = append(im.Rescheduled, t)
			}
		case slices.Contains(statusesWaiting, t.Status):
			waiting[t.ID] = true
			if !running[t.ID] {
				im.Launched++
			}
		default:
			continue
		}
		jobsThen[t.Job], activeThen[t.Job] = true, true
	}
	for _, t := range r.Tasks {
		switch {
		case onAgent[t.ID]:
			im.Unaffected++
		case waiting[t.ID]:
			im.Unclear = append(im.Unclear, t)
		default:
			im.Killed = append(im.Killed, t)
		}
	}
	for _, list := range [][]Task{im.Killed, im.Rescheduled, im.Unclear} {
		slices.SortFunc(list, func(a, b Task) int { return cmp.Or(strings.Compare(a.Job, b.Job), strings.Compare(a.ID, b.ID)) })
	}
	im.JobsGone, im.JobsBack = without(jobsNow, jobsThen), without(activeThen, jobsNow)
	return im
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
	b, r := &o.Backup, &o.Running
	if im == nil {
		fs.add(Warning, "impact-unknown", "", "what the restore does to running tasks can't be told: "+strings.Join(r.Problems, "; "),
			"compare the backup with what runs by hand, for example on the Mesos master's page, before you approve")
		return
	}
	if n := len(im.Killed); n > 0 {
		fs.add(Warning, "tasks-killed", "", fmt.Sprintf("%d of %d running tasks will be killed: the backup does not know them as active", n, im.Running),
			"look at the list; a newer backup, or the log of one scheduler, may know them")
	}
	if r.Mesos {
		checkFramework(fs, b, r, now)
	}
}

// checkFramework compares the backup's framework id with what the Mesos master knows.
func checkFramework(fs *findings, b *Backup, r *Running, now time.Time) {
	var other []string
	for _, f := range r.Frameworks {
		switch {
		case f.ID != b.FrameworkID:
			other = append(other, f.ID)
		case f.Completed:
			fs.add(Error, "framework-removed", "", "the Mesos master has removed the framework "+f.ID+" of the backup: a scheduler with that id is refused, and its tasks are dead already",
				"choose a backup with a framework id that the master still knows")
			return
		case !f.Unregistered.IsZero():
			due := f.Unregistered.Add(time.Duration(f.FailoverTimeout))
			if left := due.Sub(now); left < failoverNear {
				fs.add(Warning, "failover-near", "", fmt.Sprintf("the Mesos master kills all tasks of framework %s at %s, in %s, unless a scheduler registers before (failover_timeout)",
					f.ID, due.UTC().Format(time.RFC3339), Age(left)), "finish the restore and the revert before that")
			}
		}
	}
	known := slices.ContainsFunc(r.Frameworks, func(f Framework) bool { return f.ID == b.FrameworkID })
	switch {
	case !known && len(other) > 0:
		fs.add(Warning, "framework-id-mismatch", "", fmt.Sprintf("the backup's framework is %q, but the Mesos master runs %s: all %d running tasks are at risk, since the restored scheduler would not be theirs",
			b.FrameworkID, strings.Join(other, ", "), r.Count), "check that the backup belongs to this cluster, and is not older than a change of its framework id")
	case !known:
		fs.add(Note, "framework-unknown", "", fmt.Sprintf("the Mesos master does not know the backup's framework %q: no task of it runs", b.FrameworkID), "")
	}
}
