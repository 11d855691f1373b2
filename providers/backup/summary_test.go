package backup

import "slices"

// summarize counts what a backup that was read whole holds.
func summarize(b *Backup) Summary {
	s := &b.Snapshot
	sum := Summary{
		TimestampMs: s.Timestamp, FrameworkID: nullable(s.FrameworkID()), Tasks: len(s.Tasks),
		TasksByStatus: map[string]int{}, TasksByJob: map[string]int{},
		Hosts: len(s.HostAttributes), CronJobs: len(s.CronJobs), JobUpdates: len(s.JobUpdateDetails),
		Quotas: len(s.QuotaConfigurations), Locks: len(s.Locks), DBScriptLines: len(s.DBScript),
		ActiveTaskIDsSHA256: digestOfIDs(activeTaskIDs(b)), Size: b.Size, SHA256: b.SHA256,
	}
	for i := range s.Tasks {
		sum.TasksByStatus[s.Tasks[i].Status.String()]++
		sum.TasksByJob[s.Tasks[i].Job().String()]++
	}
	return sum
}

// activeTaskIDs are the ids of the tasks that are not over, sorted.
func activeTaskIDs(b *Backup) []string {
	var ids []string
	for i := range b.Snapshot.Tasks {
		if t := &b.Snapshot.Tasks[i]; t.Status.Active() {
			ids = append(ids, t.ID())
		}
	}
	slices.Sort(ids)
	return ids
}
