package render

import (
	"io"
	"maps"
	"slices"
	"time"

	"github.com/restorectl/restorectl/planner"
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
		out.line("  a scheduler would refuse it: %s", r)
	}
	for _, r := range s.LaterRefusals {
		out.line("  a scheduler of 0.20 or later would refuse it: %s", r)
	}
	return out.err
}

// Log writes what was read of a replica, what ended the reading where something did, and the state that came of it.
func Log(w io.Writer, rebuilt *replica.Rebuilt, state *backup.Report, problem error, now time.Time) error {
	out := &printer{w: w}
	s, c := rebuilt.State, rebuilt.Reader.Counts
	out.line("Replica %s, promised %d, positions %d to %d in %d records", s.Status, s.Promised, s.Begin, s.End, s.Actions)
	out.line("  %d holes, %d unlearned", s.Holes, s.Unlearned)
	out.line("  %d snapshots, %d transactions, %d noops, %d aborted frames, %d stray chunks", c.Snapshots, c.Transactions, c.Noops, c.AbortedFrames, c.StrayChunks)
	if c.Snapshots > 0 {
		out.line("  last snapshot at position %d, of %s; %s since", rebuilt.Snapshot, time.UnixMilli(rebuilt.Reader.Store.Timestamp).UTC().Format(time.RFC3339),
			plural(rebuilt.Transactions, "transaction"))
	}
	for _, m := range rebuilt.Missing {
		out.line("  missing: %s: what was written there is lost with this replica", planner.Span(m))
	}
	if rebuilt.Unfinished {
		out.line("  position %d was not learned: it was being written when the log ended, and is not in the state", s.End)
	}
	if problem != nil {
		out.line("  reading ended after position %d: %v", s.End, problem)
		out.line("  what was written after that position is lost with this replica; the state below is that up to it")
	}
	if state == nil {
		out.line("State: none: no snapshot and no transaction with a time was read")
		return out.err
	}
	out.line("State, as a backup of it would be:")
	if out.err != nil {
		return out.err
	}
	return Backup(w, state, now)
}
