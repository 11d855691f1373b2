package aurora

import "slices"

// Apply does one operation of a transaction. An operation that lacks what it is about does nothing.
func (s *Store) Apply(op *Op) {
	switch {
	case op.SaveFrameworkID != nil:
		s.Metadata.FrameworkID = op.SaveFrameworkID.ID
	case op.SaveTasks != nil:
		s.saveTasks(op.SaveTasks.Tasks)
	case op.RemoveTasks != nil:
		for _, id := range op.RemoveTasks.TaskIDs {
			delete(s.tasks, id)
		}
	case op.RewriteTask != nil:
		s.rewriteTask(op.RewriteTask)
	case op.SaveCronJob != nil && op.SaveCronJob.JobConfig != nil && op.SaveCronJob.JobConfig.Key != nil:
		s.cronJobs[*op.SaveCronJob.JobConfig.Key] = *op.SaveCronJob.JobConfig
	case op.RemoveJob != nil && op.RemoveJob.JobKey != nil:
		delete(s.cronJobs, *op.RemoveJob.JobKey)
	case op.SaveQuota != nil:
		s.saveQuota(*op.SaveQuota)
	case op.RemoveQuota != nil:
		delete(s.quotas, op.RemoveQuota.Role)
	case op.SaveHostAttributes != nil && op.SaveHostAttributes.HostAttributes != nil:
		h := *op.SaveHostAttributes.HostAttributes
		s.hosts[h.Host] = h
	case op.SaveLock != nil && op.SaveLock.Lock != nil:
		s.saveLock(*op.SaveLock.Lock)
	case op.RemoveLock != nil && op.RemoveLock.LockKey != nil && op.RemoveLock.LockKey.Job != nil:
		delete(s.locks, *op.RemoveLock.LockKey.Job)
	case op.SaveHostMaintenanceRequest != nil && op.SaveHostMaintenanceRequest.HostMaintenanceRequest != nil:
		m := *op.SaveHostMaintenanceRequest.HostMaintenanceRequest
		s.maintenance[m.Host] = m
	case op.RemoveHostMaintenanceRequest != nil:
		delete(s.maintenance, op.RemoveHostMaintenanceRequest.Host)
	default:
		s.applyUpdate(op)
	}
}

func (s *Store) saveTasks(tasks []ScheduledTask) {
	for _, t := range tasks {
		if t.ID() != "" {
			s.tasks[t.ID()] = t
		}
	}
}

func (s *Store) rewriteTask(r *RewriteTask) {
	t, ok := s.tasks[r.TaskID]
	if !ok {
		return
	}
	assigned := *t.AssignedTask
	assigned.Task = r.Task
	t.AssignedTask = &assigned
	s.tasks[r.TaskID] = t
}

func (s *Store) saveQuota(q QuotaConfiguration) {
	if q.Quota != nil {
		s.quotas[q.Role] = *q.Quota
	}
}

func (s *Store) saveLock(l Lock) {
	if l.Key != nil && l.Key.Job != nil {
		s.locks[*l.Key.Job] = l
	}
}

func (s *Store) applyUpdate(op *Op) {
	switch {
	case op.SaveJobUpdate != nil && op.SaveJobUpdate.JobUpdate != nil:
		u := StoredJobUpdateDetails{LockToken: op.SaveJobUpdate.LockToken, Details: &JobUpdateDetails{
			Update: op.SaveJobUpdate.JobUpdate, UpdateEvents: []JobUpdateEvent{}, InstanceEvents: []JobInstanceUpdateEvent{}}}
		if k, ok := keyOf(u); ok {
			s.updates[k] = u
		}
	case op.SaveJobUpdateEvent != nil && op.SaveJobUpdateEvent.Event != nil:
		e := op.SaveJobUpdateEvent
		s.changeUpdate(e.Key, func(d *JobUpdateDetails) { d.UpdateEvents = append(slices.Clip(d.UpdateEvents), *e.Event) })
	case op.SaveJobInstanceUpdateEvent != nil && op.SaveJobInstanceUpdateEvent.Event != nil:
		e := op.SaveJobInstanceUpdateEvent
		s.changeUpdate(e.Key, func(d *JobUpdateDetails) { d.InstanceEvents = append(slices.Clip(d.InstanceEvents), *e.Event) })
	case op.RemoveJobUpdate != nil:
		for i := range op.RemoveJobUpdate.Keys {
			if k, ok := updateKeyOf(&op.RemoveJobUpdate.Keys[i]); ok {
				delete(s.updates, k)
			}
		}
	case op.PruneJobUpdateHistory != nil:
		s.pruneUpdates(op.PruneJobUpdateHistory)
	}
}

func (s *Store) changeUpdate(key *JobUpdateKey, change func(d *JobUpdateDetails)) {
	k, ok := updateKeyOf(key)
	u, known := s.updates[k]
	if !ok || !known {
		return
	}
	d := *u.Details
	change(&d)
	u.Details = &d
	s.updates[k] = u
}

// pruneUpdates removes updates that are over: those older than the threshold, and of each job all but the newest.
func (s *Store) pruneUpdates(p *PruneJobUpdateHistory) {
	byJob := map[JobKey][]updateKey{}
	for k, u := range s.updates {
		if u.over() {
			byJob[k.job] = append(byJob[k.job], k)
		}
	}
	for _, keys := range byJob {
		slices.SortFunc(keys, func(a, b updateKey) int {
			_, lastA := s.updates[a].times()
			_, lastB := s.updates[b].times()
			return int(min(max(lastB-lastA, -1), 1))
		})
		for i, k := range keys {
			created, _ := s.updates[k].times()
			if i >= int(p.PerJobRetainCount) || created < p.HistoryPruneThresholdMs {
				delete(s.updates, k)
			}
		}
	}
}

// over says that an update's last event ended it: ROLLED_FORWARD=4 to FAILED=8.
func (u StoredJobUpdateDetails) over() bool {
	events := u.Details.UpdateEvents
	if len(events) == 0 {
		return false
	}
	last := events[len(events)-1].Status
	return last >= 4 && last <= 8
}

// times are when an update was made and when it was last heard of, in milliseconds since the epoch.
func (u StoredJobUpdateDetails) times() (created, last int64) {
	for i, e := range u.Details.UpdateEvents {
		if i == 0 || e.TimestampMs < created {
			created = e.TimestampMs
		}
		last = max(last, e.TimestampMs)
	}
	for _, e := range u.Details.InstanceEvents {
		last = max(last, e.TimestampMs)
	}
	return created, last
}
