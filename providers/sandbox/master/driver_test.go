package master_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/restorectl/restorectl/providers/sandbox/master"
)

func TestReconcile(t *testing.T) {
	s := listen(t, master.Options{})
	if err := s.Seed(master.Framework{FrameworkInfo: aurora("f")}, master.Task{ID: "a", AgentID: "x"},
		master.Task{ID: "gone", AgentID: "x", State: "TASK_FINISHED"}, master.Task{ID: "b", AgentID: "y", State: "TASK_STAGING"}); err != nil {
		t.Fatal(err)
	}
	d := connect(t, s, aurora("f"))
	latest := func(id, agent string, state master.TaskState) master.Status {
		return master.Status{TaskID: id, State: state, AgentID: agent, Message: "Reconciliation: Latest task state",
			Reason: "REASON_RECONCILIATION", Source: "SOURCE_MASTER"}
	}
	unknown := func(id string) master.Status {
		return master.Status{TaskID: id, State: master.TaskLost, Message: "Reconciliation: Task is unknown",
			Reason: "REASON_RECONCILIATION", Source: "SOURCE_MASTER"}
	}
	tests := []struct {
		name string
		do   func() error
		want []master.Status
	}{
		{"implicit", func() error { return d.Reconcile(bounded(t)) },
			[]master.Status{latest("a", "x", master.TaskRunning), latest("b", "y", "TASK_STAGING")}},
		{"explicit", func() error { return d.Reconcile(bounded(t), "b", "nobody", "gone") },
			[]master.Status{latest("b", "y", "TASK_STAGING"), unknown("nobody"), unknown("gone")}},
		{"kill of an unknown task", func() error { return d.Kill(bounded(t), master.ByScheduler, "nobody") },
			[]master.Status{unknown("nobody")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.do(); err != nil {
				t.Fatal(err)
			}
			var got []master.Status
			for range tt.want {
				got = append(got, next(t, d))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLaunchesThatCanNotBe(t *testing.T) {
	s := listen(t, master.Options{Agents: agents})
	d := connect(t, s, aurora(""))
	tests := []struct {
		task master.Task
		want master.TaskState
	}{
		{master.Task{ID: "a", AgentID: "agent-1"}, master.TaskRunning},
		{master.Task{ID: "a", AgentID: "agent-1"}, master.TaskError},
		{master.Task{ID: "b", AgentID: "agent-9"}, master.TaskLost},
		{master.Task{AgentID: "agent-1"}, master.TaskError},
	}
	for _, tt := range tests {
		if err := d.Launch(bounded(t), tt.task); err != nil {
			t.Fatal(err)
		}
		if got := next(t, d); got.State != tt.want || got.TaskID != tt.task.ID {
			t.Errorf("%+v became %+v", tt.task, got)
		}
	}
	if running := state(t, s).Frameworks[0].Tasks; len(running) != 1 {
		t.Errorf("running: %+v", running)
	}
}

// TestTheDisasterIsOnRecord is the fate of tasks in a restore: the backup knows one of two running tasks.
func TestTheDisasterIsOnRecord(t *testing.T) {
	s := listen(t, master.Options{})
	if err := s.Seed(master.Framework{FrameworkInfo: aurora("f")}, master.Task{ID: "known", AgentID: "x"}, master.Task{ID: "new", AgentID: "x"}); err != nil {
		t.Fatal(err)
	}
	d := connect(t, s, aurora("f"))
	if err := d.Reconcile(bounded(t)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if status := next(t, d); status.TaskID != "known" {
			if err := d.Kill(bounded(t), master.ByReconciliation, status.TaskID); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := next(t, d); got.TaskID != "new" || got.State != master.TaskKilled {
		t.Errorf("update %+v", got)
	}
	var record struct {
		Events []master.Event `json:"events"`
	}
	get(t, s, "/sandbox/events", &record)
	if len(record.Events) != 2 {
		t.Fatalf("events %+v", record.Events)
	}
	if e := record.Events[1]; e.Number != 2 || e.Kind != master.TaskKilledEvent || e.TaskID != "new" || e.Why != master.ByReconciliation || e.Time.IsZero() {
		t.Errorf("event %+v", e)
	}
}

func TestManyUpdatesAtOnce(t *testing.T) {
	s := listen(t, master.Options{})
	const many = 10000
	tasks := make([]master.Task, many)
	for i := range tasks {
		tasks[i] = master.Task{ID: fmt.Sprintf("task-%05d", i), AgentID: "x"}
	}
	if err := s.Seed(master.Framework{FrameworkInfo: aurora("f")}, tasks...); err != nil {
		t.Fatal(err)
	}
	d := connect(t, s, aurora("f"))
	if err := d.Reconcile(bounded(t)); err != nil { // returns although nobody has received yet
		t.Fatal(err)
	}
	for i := range tasks {
		if got := next(t, d); got.TaskID != tasks[i].ID {
			t.Fatalf("update %d is of %s", i, got.TaskID)
		}
	}
}

func TestDriverLearnsThatTheMasterIsGone(t *testing.T) {
	s := listen(t, master.Options{})
	d := connect(t, s, aurora(""))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, open := <-d.Updates(); open || d.Err() == nil {
		t.Errorf("open %v, error %v", open, d.Err())
	}
	d.Close()
	if _, err := master.Connect(bounded(t), s.Addr(), aurora("")); err == nil {
		t.Error("registered with a closed master")
	}
}
