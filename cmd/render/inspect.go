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

// Backup writes what is in a backup, and what a scheduler would refuse of it.
func Backup(w io.Writer, s backup.Summary, refusals []string, now time.Time) error {
	out := &printer{w: w}
	taken := time.UnixMilli(s.TimestampMs).UTC()
	out.line("Snapshot of %s, %s old", taken.Format(time.RFC3339), planner.Age(now.Sub(taken)))
	out.line("  framework %s", orUnknown(s.FrameworkID))
	out.line("  %d bytes, sha256 %s", s.Size, s.SHA256)
	out.line("  %d tasks, %d cron jobs, %d job updates, %d quotas, %d hosts, %d locks", s.Tasks, s.CronJobs, s.JobUpdates, s.Quotas, s.Hosts, s.Locks)
	for _, status := range slices.Sorted(maps.Keys(s.TasksByStatus)) {
		out.line("    %6d %s", s.TasksByStatus[status], status)
	}
	for _, job := range slices.Sorted(maps.Keys(s.TasksByJob)) {
		out.line("    %6d %s", s.TasksByJob[job], job)
	}
	if s.DBScriptLines > 0 {
		out.line("  %d lines of an SQL script, which releases from 0.20 do not read", s.DBScriptLines)
	}
	for _, r := range refusals {
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
