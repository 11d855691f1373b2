package scheduler

import (
	"slices"

	"github.com/restorectl/restorectl/providers/aurora"
)

// getQuota gives a role's quota; one that has none has a quota of nothing.
func getQuota(p *process, a any) (*result, error) {
	quota := &aurora.ResourceAggregate{Resources: []aurora.Resource{}}
	err := p.view(func(s *aurora.Store) {
		for _, q := range s.Snapshot().QuotaConfigurations {
			if q.Role == a.(*textArgument).Text {
				quota = q.Quota
			}
		}
	})
	return &result{Quota: &quotaResult{quota}}, err
}

// getJobUpdateSummaries gives the summaries of the updates that the query chooses, each with the state that its events make.
func getJobUpdateSummaries(p *process, a any) (*result, error) {
	summaries := []aurora.JobUpdateSummary{}
	query := a.(*updatesArgument).Query
	if query == nil {
		query = &updatesQuery{}
	}
	err := p.view(func(s *aurora.Store) {
		for _, u := range s.Snapshot().JobUpdateDetails {
			events := u.Details.UpdateEvents
			if len(events) == 0 {
				continue
			}
			summary, first, last := *u.Details.Update.Summary, events[0], events[len(events)-1]
			status := last.Status
			summary.State = &aurora.JobUpdateState{Status: &status, CreatedTimestampMs: &first.TimestampMs, LastModifiedTimestampMs: &last.TimestampMs}
			if query.matches(&summary) {
				summaries = append(summaries, summary)
			}
		}
	})
	return &result{Updates: &updatesResult{summaries}}, err
}

func (q *updatesQuery) matches(s *aurora.JobUpdateSummary) bool {
	return (q.Role == "" || q.Role == s.Key.Job.Role) &&
		(len(q.Statuses) == 0 || slices.Contains(q.Statuses, aurora.JobUpdateStatus(*s.State.Status)))
}
