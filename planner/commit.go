package planner

import (
	"fmt"
	"path"
)

func (b *builder) place(h *Host) []Step {
	bk := &b.plan.Observation.Backup
	user := h.LogUser(b.plan.Restore.Cluster.Log.User)
	place := BackupAction{Op: OpPlace, Name: bk.Name, Size: bk.Size, SHA256: bk.SHA256, Dir: h.BackupDir(), User: user}
	remove := place
	remove.Op = OpRemove
	file := path.Join(place.Dir, bk.Name)
	return []Step{
		{
			ID: "place-backup", Title: "put the backup into backup_dir", Timeout: Duration(uploadStep),
			Action:  Action{Backup: &place},
			Changes: []Change{{Subject: "file " + file, After: fmt.Sprintf("%d bytes, sha256 %s", bk.Size, short(bk.SHA256))}},
			Guard:   "no other file of that name is there", Verification: "the file has the planned digest",
			HoldsUntil: CommitStep,
			Inverse: &Step{
				ID: "remove-backup", Title: "take the backup out of backup_dir", Timeout: Duration(shortStep),
				Action:  Action{Backup: &remove},
				Changes: []Change{{Subject: "file " + file, Before: "placed by this run"}},
				Guard:   "this run placed it", Verification: "the file is gone, if it was not there before",
			},
		},
		{
			ID: "unload", Title: "unload whatever is staged", Timeout: Duration(callStep),
			Action:  Action{Scheduler: &SchedulerAction{Op: OpUnload}},
			Changes: []Change{{Subject: "staged backup", Before: "any", After: "none"}},
			Guard:   "the scheduler answers", Verification: "nothing is loaded",
		},
	}
}

func (b *builder) stage() []Step {
	bk := &b.plan.Observation.Backup
	return []Step{{
		ID: "stage", Title: "stage " + bk.Name + " on the leader", Timeout: Duration(callStep),
		Action:  Action{Scheduler: &SchedulerAction{Op: OpStage, Backup: bk.Name, SHA256: bk.SHA256}},
		Changes: []Change{{Subject: "staged backup", Before: "none", After: bk.Name + ", " + tasks(bk.Tasks)}},
		Guard:   "the leader is still the leader, and its file has the planned digest", Verification: "the leader answers with what is staged",
		HoldsUntil: CommitStep,
	}}
}

func (b *builder) review() []Step {
	bk := &b.plan.Observation.Backup
	del := b.plan.Restore.Recovery.DeleteTasks
	scheduler := func(op SchedulerOp, deleted bool) Action {
		return Action{Scheduler: &SchedulerAction{Op: op, Backup: bk.Name, SHA256: bk.SHA256, TaskIDs: del, Deleted: deleted}}
	}
	var steps []Step
	if len(del) == 0 {
		steps = append(steps, Step{
			ID: "compare", Title: "compare what is staged with the backup, task by task", Timeout: Duration(callStep),
			Action: scheduler(OpReview, false), Guard: "the leader is still the leader",
			Verification: tasks(bk.Tasks) + ", each as in the backup", HoldsUntil: CommitStep,
		})
	} else {
		del := Step{
			ID: "delete", Title: "delete " + tasks(len(del)) + " from what is staged", Timeout: Duration(callStep),
			Action: scheduler(OpDelete, false), Guard: "what is staged is the backup, task by task",
			Verification: "left: " + tasks(bk.Tasks-len(del)) + ", each as in the backup", HoldsUntil: CommitStep,
		}
		for _, id := range b.plan.Restore.Recovery.DeleteTasks {
			del.Changes = append(del.Changes, Change{Subject: "task " + id, Before: "staged"})
		}
		steps = append(steps, del, Step{
			ID: "compare", Title: "compare what is left with the backup, task by task", Timeout: Duration(callStep),
			Action: scheduler(OpReview, true), Guard: "the leader is still the leader",
			Verification: "no other task is missing", HoldsUntil: CommitStep,
		})
	}
	if b.plan.Restore.Recovery.Gate {
		steps = append(steps, Step{
			ID: "gate", Title: "wait for a person to say go", HoldsUntil: CommitStep,
			Action: Action{Gate: &GateAction{Message: fmt.Sprintf(
				"What is staged equals the plan: %s of %s. The commit makes it the cluster's state; after it there is no way back to the old log without losing the restored one.",
				tasks(bk.Tasks-len(del)), bk.Name)}},
		})
	}
	return steps
}

func (b *builder) commit() []Step {
	bk := &b.plan.Observation.Backup
	del := b.plan.Restore.Recovery.DeleteTasks
	action := func(op SchedulerOp) Action {
		return Action{Scheduler: &SchedulerAction{Op: op, Backup: bk.Name, SHA256: bk.SHA256, TaskIDs: del, Deleted: true}}
	}
	return []Step{
		{
			ID: "commit", Title: "commit what is staged", Timeout: Duration(callStep), Action: action(OpCommit),
			Changes: []Change{{Subject: "state of cluster " + b.plan.Cluster, Before: "empty", After: tasks(bk.Tasks-len(del)) + " of " + bk.Name}},
			Guard:   b.away("what is staged on the leader is what the plan says"), Verification: "the scheduler answers OK, or the next leader holds the state",
		},
		{
			ID: "confirm", Title: "wait for the next leader and look at its store", Timeout: Duration(b.plan.Restore.Procedure.LeaderTimeout), Action: action(OpConfirm),
			Guard: b.away("the commit was made"), Verification: "the next leader's store holds what was committed, task by task",
		},
	}
}

// tasks is a number of tasks, in words.
func tasks(n int) string {
	if n == 1 {
		return "1 task"
	}
	return fmt.Sprintf("%d tasks", n)
}
