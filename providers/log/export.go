package log

import "github.com/restorectl/restorectl/providers/aurora"

// Export gives a rebuilt state in the form of a backup that a scheduler can stage. Its time is that of the newest thing in it: the snapshot,
// or an event of a task.
func Export(s *aurora.Store) *aurora.Snapshot {
	snap := s.Snapshot()
	for i := range snap.Tasks {
		for _, e := range snap.Tasks[i].TaskEvents {
			snap.Timestamp = max(snap.Timestamp, e.Timestamp)
		}
	}
	for _, q := range snap.QuotaConfigurations {
		withResources(q.Quota)
	}
	return snap
}

// withResources gives a quota that was written as releases before 0.17 did the resources that stage needs (seen on 0.22.0): the same
// amounts in another form.
func withResources(q *aurora.ResourceAggregate) {
	if q == nil || q.Resources != nil {
		return
	}
	q.Resources = []aurora.Resource{}
	if q.NumCPUs != nil {
		q.Resources = append(q.Resources, aurora.Resource{NumCPUs: q.NumCPUs})
	}
	if q.RAMMB != nil {
		q.Resources = append(q.Resources, aurora.Resource{RAMMB: q.RAMMB})
	}
	if q.DiskMB != nil {
		q.Resources = append(q.Resources, aurora.Resource{DiskMB: q.DiskMB})
	}
}
