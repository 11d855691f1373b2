package scheduler

import (
	"context"
	"fmt"
	"time"

	"github.com/restorectl/restorectl/providers/aurora"
	"github.com/restorectl/restorectl/providers/sandbox/master"
)

// onAgent are the states in which a task is on an agent.
func onAgent(s aurora.ScheduleStatus) bool {
	switch s {
	case aurora.Assigned, aurora.Draining, aurora.Killing, aurora.Preempting, aurora.Restarting, aurora.Running, aurora.Starting, aurora.Partitioned:
		return true
	case aurora.Pending, aurora.Finished, aurora.Failed, aurora.Killed, aurora.Lost, aurora.Init, aurora.Throttled:
	}
	return false
}

// statusOf is what a scheduler makes of a state in Mesos; false for one that says nothing new.
func statusOf(s master.TaskState) (aurora.ScheduleStatus, bool) {
	states := map[master.TaskState]aurora.ScheduleStatus{
		"TASK_STARTING": aurora.Starting, master.TaskRunning: aurora.Running, "TASK_FINISHED": aurora.Finished, "TASK_FAILED": aurora.Failed,
		master.TaskKilled: aurora.Killed, master.TaskLost: aurora.Lost, master.TaskError: aurora.Lost, "TASK_DROPPED": aurora.Lost,
		"TASK_GONE": aurora.Lost, "TASK_GONE_BY_OPERATOR": aurora.Lost, "TASK_UNKNOWN": aurora.Lost,
	}
	status, ok := states[s]
	return status, ok
}

// update takes in what became of a task. A task that the scheduler does not know is killed.
func (p *process) update(d *master.Driver, status master.Status) {
	unknown, relaunch := false, false
	err := p.change(func(s *aurora.Store) []aurora.Op {
		t, known := s.Task(status.TaskID)
		if !known {
			unknown = !status.State.Ended()
			return nil
		}
		next, ok := statusOf(status.State)
		if !ok || t.Status == next || t.Status.Terminal() || next == aurora.Running && t.Status != aurora.Assigned && t.Status != aurora.Starting {
			return nil
		}
		wanted := t.Status != aurora.Killing
		ops := []aurora.Op{saveTasks(p.moved(t, next, status.Message))}
		if c := t.AssignedTask.Task; next.Terminal() && wanted && c != nil && (c.IsService || next == aurora.Lost) {
			relaunch = true
			ops = append(ops, saveTasks(p.successor(t)))
		}
		return ops
	})
	if err != nil {
		return
	}
	if unknown {
		why := master.ByScheduler
		if status.Reason == "REASON_RECONCILIATION" {
			why = master.ByReconciliation
		}
		p.call(func(ctx context.Context, _ *master.Driver) error { return d.Kill(ctx, why, status.TaskID) })
	}
	if relaunch {
		p.launchPending()
	}
}

func saveTasks(tasks ...aurora.ScheduledTask) aurora.Op {
	return aurora.Op{SaveTasks: &aurora.SaveTasks{Tasks: tasks}}
}

// moved is a task in its next state, with the event of that.
func (p *process) moved(t aurora.ScheduledTask, next aurora.ScheduleStatus, message string) aurora.ScheduledTask {
	host := p.hostname()
	event := aurora.TaskEvent{Timestamp: time.Now().UnixMilli(), Status: next, Scheduler: &host}
	if message != "" {
		event.Message = &message
	}
	t.Status = next
	t.TaskEvents = append(t.TaskEvents[:len(t.TaskEvents):len(t.TaskEvents)], event)
	if next == aurora.Failed {
		t.FailureCount++
	}
	return t
}

// successor is the new task that takes the place of one that ended.
func (p *process) successor(t aurora.ScheduledTask) aurora.ScheduledTask {
	job := t.Job()
	next := aurora.ScheduledTask{Status: aurora.Pending, FailureCount: t.FailureCount, AncestorID: t.ID(), AssignedTask: &aurora.AssignedTask{
		TaskID: fmt.Sprintf("%s-%s-%s-%d-%s", job.Role, job.Environment, job.Name, t.AssignedTask.InstanceID, uuid()),
		Task:   t.AssignedTask.Task, InstanceID: t.AssignedTask.InstanceID, AssignedPorts: map[string]int32{},
	}}
	return p.moved(next, aurora.Pending, "Rescheduled")
}

// launchPending gives every task that waits to an agent.
func (p *process) launchPending() {
	p.mu.Lock()
	d := p.driver
	p.mu.Unlock()
	if d == nil || len(d.Agents()) == 0 {
		return
	}
	p.launching.Lock()
	defer p.launching.Unlock()
	agents := d.Agents()
	var launched []master.Task
	err := p.change(func(s *aurora.Store) []aurora.Op {
		var tasks []aurora.ScheduledTask
		for _, t := range s.Tasks() {
			if t.Status != aurora.Pending && t.Status != aurora.Throttled || t.AssignedTask.Task == nil {
				continue
			}
			agent := agents[len(tasks)%len(agents)]
			assigned := *t.AssignedTask
			assigned.SlaveID, assigned.SlaveHost = agent.ID, agent.Hostname
			t.AssignedTask = &assigned
			tasks = append(tasks, p.moved(t, aurora.Assigned, ""))
			launched = append(launched, master.Task{ID: t.ID(), Name: t.Job().String(), AgentID: agent.ID})
		}
		if len(tasks) == 0 {
			return nil
		}
		return []aurora.Op{saveTasks(tasks...)}
	})
	if err == nil && len(launched) > 0 {
		p.call(func(ctx context.Context, d *master.Driver) error { return d.Launch(ctx, launched...) })
	}
}

// reconcileExplicitly asks the master for the tasks that the scheduler believes on agents; one that the master does not know is lost.
func (p *process) reconcileExplicitly() {
	p.launching.Lock()
	defer p.launching.Unlock()
	var ids []string
	_ = p.view(func(s *aurora.Store) { // Storage that is gone has no tasks.
		for _, t := range s.Tasks() {
			if onAgent(t.Status) {
				ids = append(ids, t.ID())
			}
		}
	})
	if len(ids) == 0 {
		return
	}
	p.out.info("TaskReconciler", "TaskReconciler", "Performing explicit reconciliation.")
	p.call(func(ctx context.Context, d *master.Driver) error { return d.Reconcile(ctx, ids...) })
}

// reconcileImplicitly asks the master for all tasks that it knows; one that the scheduler does not know is killed.
func (p *process) reconcileImplicitly() {
	p.out.info("TaskReconciler", "TaskReconciler", "Performing implicit reconciliation.")
	p.call(func(ctx context.Context, d *master.Driver) error { return d.Reconcile(ctx) })
}

// kill ends the tasks of a query: at once those that wait, by the master those on agents.
func (p *process) kill(q *taskQuery) error {
	var ids []string
	err := p.change(func(s *aurora.Store) []aurora.Op {
		var tasks []aurora.ScheduledTask
		for _, t := range q.choose(s.Tasks()) {
			switch {
			case onAgent(t.Status):
				ids = append(ids, t.ID())
				tasks = append(tasks, p.moved(t, aurora.Killing, "Killed by the operator"))
			case !t.Status.Terminal():
				tasks = append(tasks, p.moved(t, aurora.Killed, "Killed by the operator"))
			}
		}
		if len(tasks) == 0 {
			return nil
		}
		return []aurora.Op{saveTasks(tasks...)}
	})
	if err == nil && len(ids) > 0 {
		p.call(func(ctx context.Context, d *master.Driver) error { return d.Kill(ctx, master.ByScheduler, ids...) })
	}
	return err
}
