package render

import (
	"io"
	"maps"
	"slices"
	"time"

	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/aurora/logentry"
	"github.com/restorectl/restorectl/providers/backup"
	"github.com/restorectl/restorectl/providers/log/replica"
)

// Tasks lists tasks, one a line: status, job and instance, id, agent.
func Tasks(w io.Writer, tasks []backup.Task) error {
	out := &printer{w: w}
	for _, t := range tasks {
		out.line("%s\t%s/%d\t%s\t%s", t.Status, t.Job, t.Instance, t.ID, t.Host)
	}
	return out.err
}

// counts writes how many there are of each, by name.
func counts(out *printer, what string, n map[string]int) {
	if len(n) == 0 {
		return
	}
	out.line("  by %s", what)
	for _, name := range slices.Sorted(maps.Keys(n)) {
		out.line("    %6d %s", n[name], name)
	}
}

// Backup writes what is in a backup, and what a scheduler would refuse of it.
func Backup(w io.Writer, s *backup.Report, now time.Time) error {
	out := &printer{w: w}
	taken := time.UnixMilli(s.TimestampMs).UTC()
	out.line("Snapshot of %s, %s old", taken.Format(time.RFC3339), planner.Age(now.Sub(taken)))
	out.line("  framework %s", orUnknown(string(s.FrameworkID)))
	out.line("  %d bytes, sha256 %s", s.Size, s.SHA256)
	out.line("  %d tasks, %d cron jobs, %d job updates, %d quotas, %d hosts, %d locks", s.Tasks, s.CronJobs, s.JobUpdates, s.Quotas, s.Hosts, s.Locks)
	out.line("  written by a scheduler of %s; %d updates in progress", s.Era, s.UpdatesInProgress)
	counts(out, "status", s.TasksByStatus)
	counts(out, "role", s.TasksByRole)
	counts(out, "environment", s.TasksByEnvironment)
	counts(out, "job", s.TasksByJob)
	counts(out, "maintenance mode of hosts", s.HostsByMode)
	if s.DBScriptLines > 0 {
		out.line("  %d lines of an SQL script, which releases from 0.20 do not read", s.DBScriptLines)
	}
	for _, r := range s.Refusals {
		out.line("  a scheduler of 0.20 or later would refuse it: %s", r)
	}
	return out.err
}

// Log writes what was read of a replica, and what ended the reading where something did.
func Log(w io.Writer, s *replica.State, r *logentry.Reader, problem error) error {
	out := &printer{w: w}
	out.line("Replica %s, promised %d, positions %d to %d in %d records", s.Status, s.Promised, s.Begin, s.End, s.Actions)
	out.line("  %d holes, %d unlearned", s.Holes, s.Unlearned)
	c := r.Counts
	out.line("  %d snapshots, %d transactions, %d noops, %d aborted frames, %d stray chunks", c.Snapshots, c.Transactions, c.Noops, c.AbortedFrames, c.StrayChunks)
	if problem != nil {
		out.line("  reading ended there: %v; what follows was not read", problem)
	}
	snap := r.Store.Snapshot()
	out.line("State: framework %s, %d tasks, %d cron jobs, %d job updates, %d quotas, %d hosts",
		orUnknown(snap.FrameworkID()), len(snap.Tasks), len(snap.CronJobs), len(snap.JobUpdateDetails), len(snap.QuotaConfigurations), len(snap.HostAttributes))
	byStatus := map[string]int{}
	for i := range snap.Tasks {
		byStatus[snap.Tasks[i].Status.String()]++
	}
	for _, status := range slices.Sorted(maps.Keys(byStatus)) {
		out.line("    %6d %s", byStatus[status], status)
	}
	return out.err
}
