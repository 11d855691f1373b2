package aurora

import (
	"slices"
	"strings"
	"testing"
)

// updateOps are the operations that a scheduler writes for an update: it is saved, and has events at some seconds, of which the last has the
// given status.
func updateOps(job, id string, status int32, seconds ...int64) []Op {
	key := &JobUpdateKey{Job: &JobKey{Role: "www", Environment: "prod", Name: job}, ID: id}
	ops := []Op{{SaveJobUpdate: &SaveJobUpdate{JobUpdate: &JobUpdate{Summary: &JobUpdateSummary{Key: key}}}}}
	for i, s := range seconds {
		e := JobUpdateEvent{TimestampMs: s * 1000}
		if i == len(seconds)-1 {
			e.Status = status
		}
		ops = append(ops, Op{SaveJobUpdateEvent: &SaveJobUpdateEvent{Event: &e, Key: key}})
	}
	return ops
}

// left are the ids of the updates that a store has.
func left(s *Store) string {
	var ids []string
	for _, u := range s.Snapshot().JobUpdateDetails {
		ids = append(ids, u.Details.Update.Summary.Key.ID)
	}
	slices.Sort(ids)
	return strings.Join(ids, " ")
}

// TestUpdatesAreReplayed does what a log has of job updates, as a scheduler does when it reads it (MemJobUpdateStore): pruning takes only what is
// over, by when an update was made, and of each job all but those that were heard of last.
func TestUpdatesAreReplayed(t *testing.T) {
	const running, rolledForward, failed = 0, 4, 8
	history := slices.Concat(
		updateOps("web", "a", rolledForward, 10, 100), updateOps("web", "b", failed, 20, 40), updateOps("web", "c", rolledForward, 30, 90),
		updateOps("web", "d", running, 5, 6), updateOps("db", "e", rolledForward, 1, 2), updateOps("db", "f", running))
	for name, tt := range map[string]struct {
		op   Op
		want string
	}{
		"nothing":              {Op{}, "a b c d e f"},
		"removed":              {Op{RemoveJobUpdate: &RemoveJobUpdates{Keys: []JobUpdateKey{{Job: &JobKey{Role: "www", Environment: "prod", Name: "web"}, ID: "c"}, {ID: "a"}}}}, "a b d e f"},
		"those of before":      {Op{PruneJobUpdateHistory: &PruneJobUpdateHistory{PerJobRetainCount: 10, HistoryPruneThresholdMs: 20_000}}, "b c d f"},
		"all but two of a job": {Op{PruneJobUpdateHistory: &PruneJobUpdateHistory{PerJobRetainCount: 2}}, "a c d e f"},
		"all that are over":    {Op{PruneJobUpdateHistory: &PruneJobUpdateHistory{}}, "d f"},
	} {
		t.Run(name, func(t *testing.T) {
			s := NewStore()
			for i := range history {
				s.Apply(&history[i])
			}
			s.Apply(&tt.op)
			if got := left(s); got != tt.want {
				t.Errorf("left are %s, want %s", got, tt.want)
			}
		})
	}
}

// TestAReplayedUpdateKeepsItsEvents adds events of both kinds, one of them to an update that nobody knows, and leaves earlier snapshots alone.
func TestAReplayedUpdateKeepsItsEvents(t *testing.T) {
	s := NewStore()
	ops := updateOps("web", "a", 4, 10, 20)
	for i := range ops {
		s.Apply(&ops[i])
	}
	before := s.Snapshot()
	key := ops[0].SaveJobUpdate.JobUpdate.Summary.Key
	for _, k := range []*JobUpdateKey{key, {Job: key.Job, ID: "unknown"}, nil} {
		s.Apply(&Op{SaveJobInstanceUpdateEvent: &SaveJobInstanceUpdateEvent{Key: k, Event: &JobInstanceUpdateEvent{InstanceID: 7, TimestampMs: 30_000}}})
	}
	d := s.Snapshot().JobUpdateDetails[0].Details
	if len(d.UpdateEvents) != 2 || len(d.InstanceEvents) != 1 || d.InstanceEvents[0].InstanceID != 7 || left(s) != "a" {
		t.Errorf("updates %s, details %+v", left(s), d)
	}
	if n := len(before.JobUpdateDetails[0].Details.InstanceEvents); n != 0 {
		t.Errorf("a snapshot of before has %d events of after", n)
	}
}

// TestALockThatIsRemovedLeavesItsUpdate has two updates with a lock each, of which one is over and has given its lock back.
func TestALockThatIsRemovedLeavesItsUpdate(t *testing.T) {
	s := NewStore()
	for _, name := range []string{"over", "runs"} {
		ops := updateOps(name, name, 4, 10)
		ops[0].SaveJobUpdate.LockToken = "token of " + name
		lock := &Lock{Key: &LockKey{Job: ops[0].SaveJobUpdate.JobUpdate.Summary.Key.Job}, Token: "token of " + name}
		s.Apply(&Op{SaveLock: &SaveLock{Lock: lock}})
		for i := range ops {
			s.Apply(&ops[i])
		}
	}
	s.Apply(&Op{RemoveLock: &RemoveLock{LockKey: &LockKey{Job: &JobKey{Role: "www", Environment: "prod", Name: "over"}}}})
	snap := s.Snapshot()
	if left(s) != "over runs" || len(snap.Locks) != 1 || snap.JobUpdateDetails[0].LockToken != "" || snap.JobUpdateDetails[1].LockToken != "token of runs" {
		t.Errorf("locks %+v, updates %+v", snap.Locks, snap.JobUpdateDetails)
	}
}
