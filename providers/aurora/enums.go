package aurora

import "strconv"

// ScheduleStatus is the state of a task (api.thrift).
type ScheduleStatus int32

// The states of a task.
const (
	Pending     ScheduleStatus = 0
	Starting    ScheduleStatus = 1
	Running     ScheduleStatus = 2
	Finished    ScheduleStatus = 3
	Failed      ScheduleStatus = 4
	Killed      ScheduleStatus = 5
	Killing     ScheduleStatus = 6
	Lost        ScheduleStatus = 7
	Assigned    ScheduleStatus = 9
	Init        ScheduleStatus = 11
	Restarting  ScheduleStatus = 12
	Preempting  ScheduleStatus = 13
	Throttled   ScheduleStatus = 16
	Draining    ScheduleStatus = 17
	Partitioned ScheduleStatus = 18
)

// String gives the name in the IDL, or the number where the release knows more states than these.
func (s ScheduleStatus) String() string {
	names := map[ScheduleStatus]string{
		Pending: "PENDING", Starting: "STARTING", Running: "RUNNING", Finished: "FINISHED", Failed: "FAILED", Killed: "KILLED",
		Killing: "KILLING", Lost: "LOST", Assigned: "ASSIGNED", Init: "INIT", Restarting: "RESTARTING", Preempting: "PREEMPTING",
		Throttled: "THROTTLED", Draining: "DRAINING", Partitioned: "PARTITIONED",
	}
	if n, ok := names[s]; ok {
		return n
	}
	return strconv.Itoa(int(s))
}

// Terminal says that a task in this state is over.
func (s ScheduleStatus) Terminal() bool {
	return s == Finished || s == Failed || s == Killed || s == Lost
}

// Active says that a task in this state is wanted or running: neither over nor INIT.
func (s ScheduleStatus) Active() bool { return !s.Terminal() && s != Init }

// ResponseCode is what became of an API call (api.thrift).
type ResponseCode int32

// The response codes. JobUpdatingError was LOCK_ERROR up to 0.18.1.
const (
	InvalidRequest   ResponseCode = 0
	OK               ResponseCode = 1
	Failure          ResponseCode = 2
	Warning          ResponseCode = 3
	AuthFailed       ResponseCode = 4
	JobUpdatingError ResponseCode = 5
	ErrorTransient   ResponseCode = 6
)

// String gives the name in the IDL.
func (c ResponseCode) String() string {
	names := [...]string{"INVALID_REQUEST", "OK", "ERROR", "WARNING", "AUTH_FAILED", "JOB_UPDATING_ERROR", "ERROR_TRANSIENT"}
	if c >= 0 && int(c) < len(names) {
		return names[c]
	}
	return strconv.Itoa(int(c))
}
