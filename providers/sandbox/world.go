package sandbox

import (
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/restorectl/restorectl/providers/aurora"
	"github.com/restorectl/restorectl/providers/backup"
	"github.com/restorectl/restorectl/providers/sandbox/hostsim"
	"github.com/restorectl/restorectl/providers/sandbox/master"
)

// Agents are the machines that a backup knows; without one there are three.
func Agents(b *backup.Backup) []master.Agent {
	var found []master.Agent
	if b != nil {
		for _, a := range b.Snapshot.HostAttributes {
			if a.SlaveID != nil {
				found = append(found, master.Agent{ID: *a.SlaveID, Hostname: a.Host})
			}
		}
	}
	for i := 1; len(found) < 3; i++ {
		found = append(found, master.Agent{ID: fmt.Sprintf("sandbox-agent-S%d", i), Hostname: fmt.Sprintf("agent-%d", i)})
	}
	return found
}

// newerJob is the job of the tasks that were started after the backup was taken.
var newerJob = aurora.JobKey{Role: "late", Environment: "prod", Name: "newcomer"}

// startedAfter is how long after the backup the newer tasks were started.
const startedAfter = 10 * time.Minute

// later gives the state some time after a backup: with n running tasks more, of a new job.
func later(b *backup.Backup, n int) *backup.Backup {
	now := *b
	now.Snapshot.Tasks = slices.Clip(now.Snapshot.Tasks)
	i := slices.IndexFunc(now.Snapshot.Tasks, func(t aurora.ScheduledTask) bool { return t.Status == aurora.Running && t.AssignedTask.SlaveID != "" })
	if i < 0 {
		return &now
	}
	model := now.Snapshot.Tasks[i]
	config := *model.AssignedTask.Task
	config.Job, config.Owner = &newerJob, &aurora.Identity{User: newerJob.Role}
	for instance := range int32(n) { //nolint:gosec // As many as somebody asked for.
		t, assigned := model, *model.AssignedTask
		assigned.TaskID = fmt.Sprintf("%s-%s-%s-%d-started-later", newerJob.Role, newerJob.Environment, newerJob.Name, instance)
		assigned.Task, assigned.InstanceID = &config, instance
		t.AssignedTask, t.AncestorID = &assigned, ""
		t.TaskEvents = []aurora.TaskEvent{{Timestamp: b.Snapshot.Timestamp + startedAfter.Milliseconds(), Status: aurora.Running}}
		now.Snapshot.Tasks = append(now.Snapshot.Tasks, t)
	}
	return &now
}

// SeedMaster makes the master run what a backup says: its framework, whose scheduler was lost, and the tasks that were given to an agent.
func SeedMaster(m *master.Server, b *backup.Backup) error {
	id := b.Snapshot.FrameworkID()
	if id == "" {
		return nil
	}
	var tasks []master.Task
	for i := range b.Snapshot.Tasks {
		t := &b.Snapshot.Tasks[i]
		state, runs := mesosState(t.Status)
		if !runs || t.AssignedTask == nil || t.AssignedTask.SlaveID == "" {
			continue
		}
		tasks = append(tasks, master.Task{ID: t.ID(), Name: t.Job().String(), AgentID: t.AssignedTask.SlaveID, State: state})
	}
	f := master.Framework{FrameworkInfo: master.FrameworkInfo{ID: id, Name: "Aurora", User: hostsim.CurrentUser()}}
	f.Registered = b.Time()
	f.Unregistered = time.Now()
	if err := m.Seed(f, tasks...); err != nil {
		return fmt.Errorf("the Mesos master can't be given the backup's tasks: %w", err)
	}
	return nil
}

// mesosState is what the master knows of a task in one of Aurora's states; false says nothing.
func mesosState(s aurora.ScheduleStatus) (master.TaskState, bool) {
	switch s {
	case aurora.Assigned:
		return "TASK_STAGING", true
	case aurora.Starting:
		return "TASK_STARTING", true
	case aurora.Partitioned:
		return master.TaskUnreachable, true
	case aurora.Running, aurora.Restarting, aurora.Draining, aurora.Killing, aurora.Preempting:
		return master.TaskRunning, true
	case aurora.Init, aurora.Pending, aurora.Throttled, aurora.Finished, aurora.Failed, aurora.Killed, aurora.Lost:
	}
	return "", false
}

// Disk is what a scheduler has left on its host's disk.
type Disk struct {
	// Backup's state is what the log holds; nil is a log without a state.
	Backup *backup.Backup
	// File is a backup that lies in backup_dir; empty is none.
	File string
	// Entries says that a log without a state has entries all the same; Damaged that some of the log's bytes are not as written.
	Entries, Damaged bool
}

// Write writes the log and the backup into the folders for them, which are there.
func (d *Disk) Write(log, backups string) error {
	var snapshot *aurora.Snapshot
	if d.Backup != nil {
		snapshot = &d.Backup.Snapshot
	}
	if err := seedLog(log, snapshot, d.Entries); err != nil {
		return err
	}
	if d.Damaged {
		if err := damageLog(log); err != nil {
			return err
		}
	}
	if d.File == "" {
		return nil
	}
	// With its time: schedulers delete the oldest of too many.
	return copyFile(d.File, filepath.Join(backups, filepath.Base(d.File)), 0o644)
}
