package scheduler

import (
	"context"
	"maps"
	"slices"

	"github.com/restorectl/restorectl/providers/aurora"
)

// State asks a leader for what it has now, as far as its API tells: all tasks, the cron jobs, the updates in progress by their summaries,
// and the quotas of the roles that have tasks or jobs. The calls are separate looks, so that the parts may be a moment apart.
func (c *Client) State(ctx context.Context) (*aurora.Snapshot, error) {
	tasks, err := c.GetTasksStatus(ctx, TaskQuery{})
	if err != nil {
		return nil, err
	}
	s := &aurora.Snapshot{Tasks: tasks}
	jobs, err := c.patiently(ctx, "getJobs", &roleArgument{})
	if err != nil {
		return nil, err
	}
	roles := map[string]bool{}
	for i := range tasks {
		roles[tasks[i].Job().Role] = true
	}
	for i := range jobs.Jobs {
		j := &jobs.Jobs[i]
		if j.Key != nil {
			roles[j.Key.Role] = true
		}
		if j.CronSchedule != nil {
			s.CronJobs = append(s.CronJobs, aurora.StoredCronJob{JobConfiguration: j})
		}
	}
	updates, err := c.patiently(ctx, "getJobUpdateSummaries", &updateArgument{&updateQuery{Statuses: aurora.UpdatesInProgress}})
	if err != nil {
		return nil, err
	}
	for i := range updates.Updates {
		s.JobUpdateDetails = append(s.JobUpdateDetails, aurora.StoredJobUpdateDetails{Details: &aurora.JobUpdateDetails{Update: &aurora.JobUpdate{Summary: &updates.Updates[i]}}})
	}
	for _, role := range slices.Sorted(maps.Keys(roles)) {
		quota, err := c.patiently(ctx, "getQuota", &roleArgument{role})
		if err != nil {
			return nil, err
		}
		if quota.Quota != nil {
			s.QuotaConfigurations = append(s.QuotaConfigurations, aurora.QuotaConfiguration{Role: role, Quota: quota.Quota})
		}
	}
	return s, nil
}
