package master

import (
	"slices"
	"time"
)

// DefaultFailoverTimeout is the failover timeout of a seeded framework that names none: Aurora's default.
const DefaultFailoverTimeout = 21 * 24 * time.Hour

// maxEnded is how many ended tasks are remembered for each framework, as in a real master.
const maxEnded = 1000

// FrameworkInfo is how a framework introduces itself.
type FrameworkInfo struct {
	// ID is empty for a framework that has none yet.
	ID       string `json:"id"`
	Name     string `json:"name"`
	User     string `json:"user"`
	Hostname string `json:"hostname"`
	// FailoverTimeout is how long the framework's tasks outlive its connection.
	FailoverTimeout time.Duration `json:"failover_timeout"`
}

// Framework is a framework as the master knows it.
type Framework struct {
	FrameworkInfo
	// Connected is whether a driver holds the framework now; a connected framework is also active.
	Connected bool
	// Completed frameworks are gone for good.
	Completed bool
	// Registered is when the framework came first, Reregistered when it was last taken up again, Unregistered when it was last
	// left. They are zero when that has not happened.
	Registered, Reregistered, Unregistered time.Time
}

// TaskState is the name of a Mesos task state.
type TaskState string

// The task states that the master itself sets. Any other state of Mesos may be seeded.
const (
	TaskRunning     TaskState = "TASK_RUNNING"
	TaskKilled      TaskState = "TASK_KILLED"
	TaskLost        TaskState = "TASK_LOST"
	TaskError       TaskState = "TASK_ERROR"
	TaskUnreachable TaskState = "TASK_UNREACHABLE"
)

// Ended says whether a task in this state will never run again.
func (s TaskState) Ended() bool {
	return slices.Contains([]TaskState{"TASK_FINISHED", "TASK_FAILED", TaskKilled, TaskError, TaskLost, "TASK_DROPPED",
		"TASK_GONE", "TASK_GONE_BY_OPERATOR"}, s)
}

// Task is one task of a framework.
type Task struct {
	ID      string `json:"id"`
	Name    string `json:"name,omitempty"`
	AgentID string `json:"agent_id"`
	// State is TASK_RUNNING when left empty in a call.
	State TaskState `json:"state,omitempty"`
	// Changed is when the task came into its state.
	Changed time.Time `json:"changed,omitzero"`
}

// Agent is a machine that tasks run on.
type Agent struct {
	ID       string `json:"id"`
	Hostname string `json:"hostname"`
}

// framework is a Framework with its tasks. Only the ledger changes it.
type framework struct {
	Framework
	tasks []*Task // in order of launch
	byID  map[string]*Task
	ended []Task // oldest first
	// toDriver leads to the driver that holds the framework; nil while it is disconnected.
	toDriver *stream
}

// task finds a task that has not ended; nil if there is none.
func (f *framework) task(id string) *Task { return f.byID[id] }

func (f *framework) add(t Task) {
	if f.byID == nil {
		f.byID = map[string]*Task{}
	}
	f.tasks = append(f.tasks, &t)
	f.byID[t.ID] = &t
}

// removalDue is when the failover timeout of a disconnected framework ends.
func (f *framework) removalDue() time.Time { return f.Unregistered.Add(f.FailoverTimeout) }

// settle moves a task that has ended from the framework's tasks to the ended ones.
func (f *framework) settle(t *Task) {
	f.tasks = slices.DeleteFunc(f.tasks, func(other *Task) bool { return other == t })
	delete(f.byID, t.ID)
	f.ended = append(f.ended, *t)
	if len(f.ended) > maxEnded {
		f.ended = slices.Delete(f.ended, 0, len(f.ended)-maxEnded)
	}
}

// tell sends a status to the framework's driver, if one listens.
func (f *framework) tell(status Status) {
	if f.toDriver != nil {
		f.toDriver.send(message{Type: messageUpdate, Status: &status})
	}
}
