package aurora

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCronSchedulesAndUpdates(t *testing.T) {
	key := func(name string) *JobKey { return &JobKey{Role: "ops", Environment: "prod", Name: name} }
	every, cancel := "*/5 * * * *", int32(1)
	update := func(name string, summary *int32, events ...int32) StoredJobUpdateDetails {
		d := &JobUpdateDetails{Update: &JobUpdate{Summary: &JobUpdateSummary{Key: &JobUpdateKey{Job: key(name), ID: "u1"}, State: &JobUpdateState{Status: summary}}}}
		for _, e := range events {
			d.UpdateEvents = append(d.UpdateEvents, JobUpdateEvent{Status: e})
		}
		return StoredJobUpdateDetails{Details: d}
	}
	pulse := int32(9)
	s := &Snapshot{
		CronJobs: []StoredCronJob{
			{}, {JobConfiguration: &JobConfiguration{Key: key("plain"), CronSchedule: &every}},
			{JobConfiguration: &JobConfiguration{Key: key("careful"), CronSchedule: &every, CronCollisionPolicy: &cancel}},
			{JobConfiguration: &JobConfiguration{Key: key("none")}},
		},
		JobUpdateDetails: []StoredJobUpdateDetails{{}, update("over", nil, 0, 4), update("paused", nil, 0, 2), update("asked", &pulse), update("unsaid", nil)},
	}
	if diff := cmp.Diff(map[string]string{"ops/prod/plain": every, "ops/prod/careful": every + " CANCEL_NEW", "ops/prod/none": "no schedule"}, s.CronSchedules()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]string{"ops/prod/paused u1": "ROLL_FORWARD_PAUSED", "ops/prod/asked u1": "ROLL_FORWARD_AWAITING_PULSE"}, s.Updates()); diff != "" {
		t.Error(diff)
	}
	if got := JobUpdateStatus(99).String(); got != "99" {
		t.Error(got)
	}
}

func TestQuotas(t *testing.T) {
	cpus, none, ram, disk := 4.5, 0.0, int64(2048), int64(0)
	s := &Snapshot{QuotaConfigurations: []QuotaConfiguration{
		{Role: "old", Quota: &ResourceAggregate{NumCPUs: &cpus, RAMMB: &ram, DiskMB: &disk}},
		{Role: "new", Quota: &ResourceAggregate{Resources: []Resource{{RAMMB: &ram}, {NumCPUs: &cpus}}}},
		{Role: "both", Quota: &ResourceAggregate{NumCPUs: &cpus, RAMMB: &ram, Resources: []Resource{{RAMMB: &ram}, {NumCPUs: &cpus}}}},
		{Role: "nothing", Quota: &ResourceAggregate{NumCPUs: &none}}, {Role: "none"},
	}}
	same := "4.5 CPUs, 2048 MB RAM"
	if diff := cmp.Diff(map[string]string{"old": same, "new": same, "both": same}, s.Quotas()); diff != "" {
		t.Error(diff)
	}
}
