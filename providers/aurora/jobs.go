package aurora

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// JobUpdateStatus is how a job update stands (api.thrift).
type JobUpdateStatus int32

// updateStatuses are the names in the IDL, by number.
var updateStatuses = []string{"ROLLING_FORWARD", "ROLLING_BACK", "ROLL_FORWARD_PAUSED", "ROLL_BACK_PAUSED", "ROLLED_FORWARD", "ROLLED_BACK",
	"ABORTED", "ERROR", "FAILED", "ROLL_FORWARD_AWAITING_PULSE", "ROLL_BACK_AWAITING_PULSE"}

// UpdatesInProgress are the statuses of updates that are not over.
var UpdatesInProgress = []JobUpdateStatus{0, 1, 2, 3, 9, 10}

// String gives the name in the IDL, or the number where the release knows more than these.
func (s JobUpdateStatus) String() string {
	if s >= 0 && int(s) < len(updateStatuses) {
		return updateStatuses[s]
	}
	return strconv.Itoa(int(s))
}

// InProgress says that an update is not over.
func (s JobUpdateStatus) InProgress() bool { return slices.Contains(UpdatesInProgress, s) }

// collisionPolicies are the names of CronCollisionPolicy, by number.
var collisionPolicies = map[int32]string{0: "KILL_EXISTING", 1: "CANCEL_NEW", 2: "RUN_OVERLAP"}

// CronSchedules gives the schedule of every cron job by role/environment/name, with what becomes of a run that is still there where
// that is not to kill it.
func (s *Snapshot) CronSchedules() map[string]string {
	out := map[string]string{}
	for _, c := range s.CronJobs {
		j := c.JobConfiguration
		if j == nil || j.Key == nil {
			continue
		}
		policy := int32(0)
		set(&policy, j.CronCollisionPolicy)
		out[j.Key.String()] = Schedule(j.CronSchedule, policy)
	}
	return out
}

// Schedule tells a cron schedule, nil for none, and what becomes of a run that is still there where that is not to kill it.
func Schedule(cron *string, policy int32) string {
	schedule := "no schedule"
	set(&schedule, cron)
	if policy != 0 {
		schedule += " " + collisionPolicies[policy]
	}
	return schedule
}

// Updates gives the status of every job update in progress by role/environment/name and the update's id. The events tell it, or, where
// a scheduler was asked for its summaries, the summary.
func (s *Snapshot) Updates() map[string]string {
	out := map[string]string{}
	for _, u := range s.JobUpdateDetails {
		key, ok := keyOf(u)
		if !ok {
			continue
		}
		status := JobUpdateStatus(-1)
		if state := u.Details.Update.Summary.State; state != nil && state.Status != nil {
			status = JobUpdateStatus(*state.Status)
		}
		if n := len(u.Details.UpdateEvents); n > 0 {
			status = JobUpdateStatus(u.Details.UpdateEvents[n-1].Status)
		}
		if status.InProgress() {
			out[key.job.String()+" "+key.id] = status.String()
		}
	}
	return out
}

// Quotas gives the quota of every role that has one, in words. Releases write it in two ways, which read the same; a quota of nothing is
// none, as a scheduler tells it of a role that has none.
func (s *Snapshot) Quotas() map[string]string {
	out := map[string]string{}
	for _, q := range s.QuotaConfigurations {
		if text := q.Quota.text(); text != "" {
			out[q.Role] = text
		}
	}
	return out
}

func (r *ResourceAggregate) text() string {
	if r == nil {
		return ""
	}
	cpus, gpus, ram, disk := 0.0, int64(0), int64(0), int64(0)
	set(&cpus, r.NumCPUs)
	set(&ram, r.RAMMB)
	set(&disk, r.DiskMB)
	for _, v := range r.Resources {
		set(&cpus, v.NumCPUs)
		set(&ram, v.RAMMB)
		set(&disk, v.DiskMB)
		set(&gpus, v.NumGPUs)
	}
	var parts []string
	for _, p := range []struct {
		there bool
		text  string
	}{
		{cpus != 0, fmt.Sprintf("%g CPUs", cpus)}, {gpus != 0, fmt.Sprintf("%d GPUs", gpus)},
		{ram != 0, fmt.Sprintf("%d MB RAM", ram)}, {disk != 0, fmt.Sprintf("%d MB disk", disk)},
	} {
		if p.there {
			parts = append(parts, p.text)
		}
	}
	return strings.Join(parts, ", ")
}

func set[T any](target *T, v *T) {
	if v != nil {
		*target = *v
	}
}
