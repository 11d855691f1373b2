package log

import "github.com/restorectl/restorectl/providers/aurora"

// Export gives a rebuilt state in the form of a backup. Its time is that of the newest thing in it: the snapshot, or an event of a task.
func Export(s *aurora.Store) *aurora.Snapshot {
	snap := s.Snapshot()
	for i := range snap.Tasks {
		for _, e := range snap.Tasks[i].TaskEvents {
			snap.Timestamp = max(snap.Timestamp, e.Timestamp)
		}
	}
	return snap
}
