package planner

// fate is what a scheduler does with a task of a backup after the restore, by the task's status in it.
type fate int

const (
	// ends is a task that is over, or not in the backup: where it runs it is killed, and nothing is launched in its place.
	ends fate = iota
	// stays is one that goes on where it runs; where it does not, it becomes LOST and is launched anew.
	stays
	// starts is one that is launched; where it runs already, Mesos refuses a second one of its id, whereupon it is killed and launched anew.
	starts
	// moves is one that is killed, where it runs, and launched anew in any case.
	moves
	// partitioned is one whose partition policy decides, which a backup's index does not have: it may go on where it runs.
	partitioned
	// unknown is one of a status that no scheduler writes.
	unknown
)

// fateOf gives the fate of a task with that status. It is told from Aurora's sources, releases 0.9 to 0.22. A minute after a scheduler was
// registered it asks Mesos for the state of every task on an agent (TaskReconciler). To RUNNING, what is ASSIGNED or STARTING goes on, and
// what is RESTARTING, DRAINING, PREEMPTING or over is killed (TaskStateMachine). What is still ASSIGNED, RESTARTING, DRAINING, PREEMPTING
// or KILLING after five minutes becomes LOST (TaskTimeout), and the kill of what is KILLING is sent again (KillRetry). What becomes LOST
// is launched anew, unless it was KILLING. What is PARTITIONED becomes LOST when the delay of its policy is over, which counts from its
// last event, or never (PartitionManager). That Mesos takes no second task of an id is in its src/master/validation.cpp.
func fateOf(status string) fate {
	switch status {
	case "ASSIGNED", "STARTING", "RUNNING":
		return stays
	case "RESTARTING", "DRAINING", "PREEMPTING":
		return moves
	case "PENDING", "THROTTLED":
		return starts
	case "PARTITIONED":
		return partitioned
	case "KILLING", "FINISHED", "FAILED", "KILLED", "LOST":
		return ends
	}
	return unknown
}

// waits says that a task with the status is on no agent. A source that is not the Mesos master tells of such, too.
func waits(status string) bool { return fateOf(status) == starts }

// settled says of the status of a task that runs, Aurora's or that of Mesos, that it lasts by itself: the task is neither being killed nor
// out of reach.
func settled(status string) bool {
	switch fateOf(status) {
	case stays:
		return true
	case unknown:
		return status != "TASK_UNREACHABLE" && status != "TASK_KILLING"
	case ends, starts, moves, partitioned:
	}
	return false
}
