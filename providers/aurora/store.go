package aurora

import (
	"maps"
	"slices"
	"strings"
)

// Store is the state that a scheduler rebuilds from its log: a snapshot, and operations after it.
type Store struct {
	// Timestamp is that of the last snapshot, in milliseconds since the epoch.
	Timestamp int64
	Metadata  SchedulerMetadata

	tasks       map[string]ScheduledTask
	cronJobs    map[JobKey]JobConfiguration
	quotas      map[string]ResourceAggregate
	hosts       map[string]HostAttributes
	locks       map[JobKey]Lock
	updates     map[updateKey]StoredJobUpdateDetails
	maintenance map[string]HostMaintenanceRequest
}

type updateKey struct {
	job JobKey
	id  string
}

// NewStore is an empty state.
func NewStore() *Store {
	s := &Store{}
	s.clear()
	return s
}

func (s *Store) clear() {
	*s = Store{
		tasks: map[string]ScheduledTask{}, cronJobs: map[JobKey]JobConfiguration{}, quotas: map[string]ResourceAggregate{},
		hosts: map[string]HostAttributes{}, locks: map[JobKey]Lock{}, updates: map[updateKey]StoredJobUpdateDetails{},
		maintenance: map[string]HostMaintenanceRequest{},
	}
}

// Load replaces the whole state by a snapshot. What lacks its key is left out, as it can't be found again.
func (s *Store) Load(snap *Snapshot) {
	s.clear()
	s.Timestamp = snap.Timestamp
	if snap.SchedulerMetadata != nil {
		s.Metadata = *snap.SchedulerMetadata
	}
	for _, h := range snap.HostAttributes {
		s.hosts[h.Host] = h
	}
	s.saveTasks(snap.Tasks)
	for _, c := range snap.CronJobs {
		if j := c.JobConfiguration; j != nil && j.Key != nil {
			s.cronJobs[*j.Key] = *j
		}
	}
	for _, q := range snap.QuotaConfigurations {
		s.saveQuota(q)
	}
	for _, l := range snap.Locks {
		s.saveLock(l)
	}
	for _, u := range snap.JobUpdateDetails {
		if k, ok := keyOf(u); ok {
			s.updates[k] = u
		}
	}
	for _, m := range snap.HostMaintenanceRequests {
		s.maintenance[m.Host] = m
	}
}

// Tasks gives all tasks, sorted by id.
func (s *Store) Tasks() []ScheduledTask {
	return sorted(s.tasks, strings.Compare)
}

// Task gives the task with an id.
func (s *Store) Task(id string) (ScheduledTask, bool) {
	t, ok := s.tasks[id]
	return t, ok
}

// Snapshot gives the whole state, each part sorted by its key.
func (s *Store) Snapshot() *Snapshot {
	jobs := func(a, b JobKey) int { return strings.Compare(a.String(), b.String()) }
	meta := s.Metadata
	snap := &Snapshot{
		Timestamp: s.Timestamp, SchedulerMetadata: &meta, Tasks: s.Tasks(),
		HostAttributes: sorted(s.hosts, strings.Compare), Locks: sorted(s.locks, jobs),
		JobUpdateDetails: sorted(s.updates, func(a, b updateKey) int {
			if c := jobs(a.job, b.job); c != 0 {
				return c
			}
			return strings.Compare(a.id, b.id)
		}),
		HostMaintenanceRequests: sorted(s.maintenance, strings.Compare),
		CronJobs:                []StoredCronJob{}, QuotaConfigurations: []QuotaConfiguration{},
	}
	s.unlock(snap.JobUpdateDetails)
	for _, j := range sorted(s.cronJobs, jobs) {
		snap.CronJobs = append(snap.CronJobs, StoredCronJob{JobConfiguration: &j})
	}
	for _, role := range slices.Sorted(maps.Keys(s.quotas)) {
		q := s.quotas[role]
		snap.QuotaConfigurations = append(snap.QuotaConfigurations, QuotaConfiguration{Role: role, Quota: &q})
	}
	return snap
}

// unlock takes from updates the tokens of locks that are gone, as releases with locks do when they remove one: in their database a token
// needs its lock, so that they refuse to stage it otherwise.
func (s *Store) unlock(updates []StoredJobUpdateDetails) {
	held := map[string]bool{}
	for _, l := range s.locks {
		held[l.Token] = true
	}
	for i := range updates {
		if !held[updates[i].LockToken] {
			updates[i].LockToken = ""
		}
	}
}

// sorted gives a map's values in the order of its keys.
func sorted[K comparable, V any](m map[K]V, less func(a, b K) int) []V {
	out := make([]V, 0, len(m))
	for _, k := range slices.SortedFunc(maps.Keys(m), less) {
		out = append(out, m[k])
	}
	return out
}

func keyOf(u StoredJobUpdateDetails) (updateKey, bool) {
	if u.Details == nil || u.Details.Update == nil || u.Details.Update.Summary == nil {
		return updateKey{}, false
	}
	return updateKeyOf(u.Details.Update.Summary.Key)
}

func updateKeyOf(k *JobUpdateKey) (updateKey, bool) {
	if k == nil || k.Job == nil {
		return updateKey{}, false
	}
	return updateKey{*k.Job, k.ID}, true
}
