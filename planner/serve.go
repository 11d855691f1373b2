package planner

// inService says whether one of the schedulers that were looked at was ACTIVE and registered, and every other one followed it.
func (o *Observation) inService() bool {
	follow := 0
	for i := range o.Hosts {
		if o.Hosts[i].HTTP.Lifecycle == "STORAGE_PREPARED" {
			follow++
		}
	}
	return survey(o).leader != "" && follow == len(o.Hosts)-1
}

// served waits for normal service, under the framework id where it is not empty. A scheduler that came up half alive is found and restarted.
func (b *builder) served(frameworkID string) Step {
	return Step{
		ID: "active", Title: "wait for an ACTIVE, registered leader", Timeout: Duration(b.plan.Restore.Procedure.LeaderTimeout),
		Action:       Action{Scheduler: &SchedulerAction{Op: OpAwaitActive, FrameworkID: frameworkID}},
		Changes:      []Change{{Subject: "leader", After: "one scheduler, ACTIVE, registered with the Mesos master"}},
		Guard:        b.away(""),
		Verification: "one leader is ACTIVE and registered, the others follow",
	}
}
