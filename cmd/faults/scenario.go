package main

import "github.com/restorectl/restorectl/providers/sandbox"

// scenario is a job, and what is true when it was done.
type scenario struct {
	name string
	// damage is on how many hosts the log is damaged, newer how many tasks are newer than the backup, remedy the configured one.
	damage, newer int
	remedy        string
	// gated says that the person at the gate says no.
	gated bool
	// apply and revert are how many events, without a fault, their parts of the journal have; a scenario without revert has 0.
	apply, revert int
	// tasks are in the store at the end, and running of them run; commits were made, on all hosts together.
	tasks, running, commits int
	// quarantined is on how many hosts the old log lies in quarantine at the end.
	quarantined int
	// share is how many of ten cases have this scenario.
	share int
}

// scenarios are the jobs. Their shares make ten.
func scenarios() []scenario {
	return []scenario{
		{name: "restore", damage: 3, apply: 72, revert: 42, tasks: 33, running: 25, commits: 1, quarantined: 3, share: 6},
		{name: "rollback", remedy: "restore-backup", gated: true, apply: 67, revert: 55, tasks: 33, running: 25, share: 2},
		{name: "salvage", damage: 2, newer: 3, remedy: "salvage-log", apply: 72, revert: 42, tasks: 36, running: 28, commits: 1, quarantined: 3, share: 1},
		{name: "rebuild", damage: 1, newer: 3, remedy: "rebuild-replica", apply: 16, tasks: 36, running: 28, quarantined: 1, share: 1},
	}
}

// sandbox is the cluster that the scenario begins with.
func (s *scenario) sandbox(dir, backup, hosts string) sandbox.Options {
	return sandbox.Options{
		Dir: dir, Backup: backup, Binary: hosts, Damage: s.damage, NewerTasks: s.newer, Remedy: s.remedy,
		RestartSec: restartDelay, Settle: settle, SessionTimeout: sessionTimeout, Patience: patience,
	}
}
