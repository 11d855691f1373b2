package master

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// What drivers are told, in the real master's words.
const (
	textRemoved    = "Framework has been removed"
	textFailedOver = "Framework failed over"
)

// ledger is all that the master knows, and the rules by which it changes. It has no clock and no lock: the server calls it with
// the time, and under its lock.
type ledger struct {
	idPrefix   string
	nextID     int
	agents     []Agent
	frameworks []*framework // in order of registration, completed ones among them
	events     []Event
}

func (l *ledger) record(at time.Time, kind EventKind, frameworkID, taskID string, why Why) {
	l.events = append(l.events, Event{Number: len(l.events) + 1, Time: at.UTC(), Kind: kind, FrameworkID: frameworkID, TaskID: taskID, Why: why})
}

func (l *ledger) find(id string) *framework {
	for _, f := range l.frameworks {
		if f.ID == id {
			return f
		}
	}
	return nil
}

// register lets a driver take a framework, new or known. The driver that held it before is cut off.
func (l *ledger) register(info FrameworkInfo, driver *stream, now time.Time) (*framework, error) {
	known := l.find(info.ID)
	switch {
	case info.ID == "":
		info.ID = fmt.Sprintf("%s-%04d", l.idPrefix, l.nextID)
		l.nextID++
		fallthrough
	case known == nil:
		f := &framework{Framework: Framework{FrameworkInfo: info, Connected: true, Registered: now}, toDriver: driver}
		l.frameworks = append(l.frameworks, f)
		l.record(now, FrameworkRegistered, f.ID, "", "")
		return f, nil
	case known.Completed:
		l.record(now, FrameworkRefused, known.ID, "", textRemoved)
		return nil, &RefusedError{textRemoved}
	}
	if known.toDriver != nil {
		known.toDriver.send(message{Type: messageError, Message: textFailedOver})
		known.toDriver.finish()
	}
	known.FrameworkInfo = info
	known.Connected, known.Reregistered, known.toDriver = true, now, driver
	l.record(now, FrameworkReregistered, known.ID, "", "")
	return known, nil
}

// disconnect notes that a driver's connection has ended. It does nothing when another driver holds the framework by now.
func (l *ledger) disconnect(f *framework, driver *stream, now time.Time) {
	if f.toDriver != driver {
		return
	}
	f.Connected, f.toDriver, f.Unregistered = false, nil, now
	l.record(now, FrameworkDisconnected, f.ID, "", "")
}

// expire removes the frameworks whose failover timeout has ended, and kills their tasks.
func (l *ledger) expire(now time.Time) {
	for _, f := range l.frameworks {
		if f.Completed || f.Connected || now.Before(f.removalDue()) {
			continue
		}
		due := f.removalDue()
		for _, t := range slices.Clone(f.tasks) {
			l.end(f, t, "Framework was removed after its failover timeout", "REASON_FRAMEWORK_REMOVED", ByFailoverTimeout, due)
		}
		f.Completed = true
		l.record(due, FrameworkRemoved, f.ID, "", "")
	}
}

// end kills a task.
func (l *ledger) end(f *framework, t *Task, text, reason string, why Why, at time.Time) {
	t.State, t.Changed = TaskKilled, at
	f.settle(t)
	l.record(at, TaskKilledEvent, f.ID, t.ID, why)
	f.tell(Status{TaskID: t.ID, State: TaskKilled, AgentID: t.AgentID, Message: text, Reason: reason, Source: sourceExecutor, Time: at})
}

// launch starts a task, or tells the driver why not.
func (l *ledger) launch(f *framework, t Task, now time.Time) {
	t.State, t.Changed = TaskRunning, now
	refuse := func(state TaskState, reason, text string) {
		f.tell(Status{TaskID: t.ID, State: state, AgentID: t.AgentID, Message: text, Reason: reason, Source: sourceMaster, Time: now})
	}
	switch {
	case t.ID == "":
		refuse(TaskError, "REASON_TASK_INVALID", "Task ID must not be empty")
	case f.task(t.ID) != nil:
		refuse(TaskError, "REASON_TASK_INVALID", "Task has duplicate ID: "+t.ID)
	case !slices.ContainsFunc(l.agents, func(a Agent) bool { return a.ID == t.AgentID }):
		refuse(TaskLost, "REASON_INVALID_OFFERS", "Task launched with invalid offers: agent "+t.AgentID+" is unknown")
	default:
		f.add(t)
		l.record(now, TaskLaunched, f.ID, t.ID, "")
		f.tell(Status{TaskID: t.ID, State: TaskRunning, AgentID: t.AgentID, Source: sourceExecutor, Time: now})
	}
}

// kill ends a task because the driver asks for it.
func (l *ledger) kill(f *framework, id string, why Why, now time.Time) {
	t := f.task(id)
	if t == nil {
		f.tell(unknownTask(id, now))
		return
	}
	l.end(f, t, "Killed", "", why, now)
}

// reconcile tells the driver the state of the tasks that it names, or of all if it names none.
func (l *ledger) reconcile(f *framework, ids []string, now time.Time) {
	latest := func(t *Task) Status {
		return Status{TaskID: t.ID, State: t.State, AgentID: t.AgentID, Message: "Reconciliation: Latest task state",
			Reason: reasonReconciliation, Source: sourceMaster, Time: now}
	}
	if len(ids) == 0 {
		for _, t := range f.tasks {
			f.tell(latest(t))
		}
		return
	}
	for _, id := range ids {
		if t := f.task(id); t != nil {
			f.tell(latest(t))
		} else {
			f.tell(unknownTask(id, now))
		}
	}
}

func unknownTask(id string, now time.Time) Status {
	return Status{TaskID: id, State: TaskLost, Message: "Reconciliation: Task is unknown", Reason: reasonReconciliation,
		Source: sourceMaster, Time: now}
}

// seed puts a framework that has lost its driver into the ledger, with its tasks.
func (l *ledger) seed(info Framework, tasks []Task, now time.Time) error {
	if info.ID == "" {
		return errors.New("seed the simulated master: the framework has no id")
	}
	if l.find(info.ID) != nil {
		return fmt.Errorf("seed the simulated master: framework %s is there already", info.ID)
	}
	info.Connected = false
	if info.FailoverTimeout == 0 {
		info.FailoverTimeout = DefaultFailoverTimeout
	}
	if info.Unregistered.IsZero() {
		info.Unregistered = now
	}
	if info.Registered.IsZero() {
		info.Registered = info.Unregistered
	}
	f := &framework{Framework: info}
	for _, t := range tasks {
		if t.State == "" {
			t.State = TaskRunning
		}
		if info.Completed && !t.State.Ended() {
			t.State = TaskKilled
		}
		if t.Changed.IsZero() {
			t.Changed = info.Unregistered
		}
		if t.State.Ended() {
			f.settle(&t)
		} else {
			f.add(t)
		}
		l.addAgent(t.AgentID)
	}
	l.frameworks = append(l.frameworks, f)
	return nil
}

func (l *ledger) addAgent(id string) {
	if id != "" && !slices.ContainsFunc(l.agents, func(a Agent) bool { return a.ID == id }) {
		l.agents = append(l.agents, Agent{ID: id, Hostname: id})
	}
}
