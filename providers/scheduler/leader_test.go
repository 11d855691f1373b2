package scheduler

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/host/hosttest"
)

func TestFindLeader(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(f *fake)
		leader string
		wants  string
	}{
		"both agree":       {change: func(*fake) {}, leader: "scheduler-2"},
		"no ZooKeeper":     {change: func(f *fake) { f.election = planner.Election{Problem: "not reached"} }, leader: "scheduler-2"},
		"nobody reads it":  {change: func(f *fake) { f.Elections = nil }, leader: "scheduler-2"},
		"by name and port": {change: func(f *fake) { f.election.Leader = "Scheduler-2:8081" }, leader: "scheduler-2"},
		"shared address": {change: func(f *fake) {
			f.Members[0].IP, f.Members[1].IP = "127.0.0.1", "127.0.0.1"
			f.election.Leader = "127.0.0.1"
		}, leader: "scheduler-2"},
		"the others closed": {change: func(f *fake) { f.members["scheduler-1"].srv.Close(); f.Elections = nil }, leader: "scheduler-2"},
		"none":              {change: func(f *fake) { f.members["scheduler-2"].state = StoragePrepared }, wants: "no scheduler leads (scheduler-1: STORAGE_PREPARED; scheduler-2: STORAGE_PREPARED"},
		"two":               {change: func(f *fake) { f.members["scheduler-1"].state = Active }, wants: "2 schedulers take themselves for the leader"},
		"they differ":       {change: func(f *fake) { f.election.Leader = "10.0.0.3" }, wants: "scheduler-2 says that it leads and the election names scheduler-3"},
		"a stranger": {change: func(f *fake) {
			f.election = planner.Election{Leader: "10.9.9.9", Candidates: 4}
		}, wants: "names 10.9.9.9, which is no known name or address"},
		"a name that nobody knows": {change: func(f *fake) { f.election.Leader = "127.0.1.1" }, leader: "scheduler-2"},
		"a name that nobody knows, one out of sight": {change: func(f *fake) {
			f.election.Leader = "127.0.1.1"
			f.Hosts = hosttest.Pool{"scheduler-1": f.members["scheduler-1"].machine, "scheduler-2": f.members["scheduler-2"].machine}
		}, wants: "names 127.0.1.1, which is no known name or address"},
		"a name that nobody knows, one closed": {change: func(f *fake) {
			f.election.Leader = "127.0.1.1"
			f.members["scheduler-3"].srv.Close()
		}, wants: "names 127.0.1.1, which is no known name or address"},
		"nobody elected": {change: func(f *fake) { f.election = planner.Election{} }, wants: "the election has no leader"},
		"one out of sight": {change: func(f *fake) {
			f.Elections = nil
			f.Hosts = hosttest.Pool{"scheduler-1": f.members["scheduler-1"].machine, "scheduler-2": f.members["scheduler-2"].machine}
		}, wants: "scheduler-2 leads, but scheduler-3 did not answer"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			tt.change(f)
			leader, err := f.FindLeader(t.Context())
			if leader != tt.leader {
				t.Errorf("leader %q", leader)
			}
			var none *NoLeaderError
			if tt.wants == "" && err != nil || tt.wants != "" && (!errors.As(err, &none) || !strings.Contains(err.Error(), tt.wants)) {
				t.Errorf("error %v", err)
			}
		})
	}
}

// TestLingeringNode waits while the node of a scheduler that was killed still leads the election.
func TestLingeringNode(t *testing.T) {
	f := newFake(t)
	f.election.Leader = "10.0.0.3"
	looks := 0
	elections := f.Elections
	f.Elections = func(ctx context.Context) (planner.Election, error) {
		if looks++; looks == 4 {
			f.set(func() { f.election.Leader = "10.0.0.2" })
		}
		return elections(ctx)
	}
	var told []string
	f.Progress = func(_, text string) { told = append(told, text) }
	c, _, err := f.leader(t.Context())
	if err != nil || c.name() != "scheduler-2" || looks != 4 {
		t.Errorf("leader %v after %d looks, error %v", c, looks, err)
	}
	if len(told) != 1 || !strings.Contains(told[0], "waiting for one leader: scheduler-2 says that it leads and the election names scheduler-3") {
		t.Errorf("told %q", told)
	}
}

func TestWaitSaysWhatWasSeenLast(t *testing.T) {
	f := newFake(t)
	f.members["scheduler-2"].state = "PREPARING_STORAGE"
	f.Patience = 3 * time.Second
	_, _, err := f.leader(t.Context())
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "waited for one leader in vain") || !strings.Contains(err.Error(), "scheduler-2: PREPARING_STORAGE") {
		t.Errorf("error %v", err)
	}
}

// TestListeningElsewhere reaches a scheduler whose -ip is not localhost.
func TestListeningElsewhere(t *testing.T) {
	f := newFake(t)
	m := f.members["scheduler-2"].machine
	h := &elsewhere{Host: m}
	c := &Client{Host: h, Port: f.Members[1].Port, IP: "127.0.0.1"}
	if v, err := c.Vars(t.Context()); v.Lifecycle() != LeaderAwaitingRegistration || err != nil {
		t.Errorf("state %q, error %v", v.Lifecycle(), err)
	}
	c.IP = ""
	if _, err := c.Vars(t.Context()); !refused(err) {
		t.Errorf("without -ip: %v", err)
	}
}

// TestTransientIsRepeatedWithALimit answers code 6 for a while, and for ever.
func TestTransientIsRepeatedWithALimit(t *testing.T) {
	for unready, wantCalls := range map[int]int{0: 1, 3: 4, 1000: transientTries} {
		f := newFake(t)
		f.members["scheduler-2"].unready = unready
		c, err := f.Client(t.Context(), "scheduler-2")
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.GetTasksStatus(t.Context(), TaskQuery{})
		if transient(err) != (unready == 1000) || f.called("scheduler-2", "getTasksStatus") != wantCalls {
			t.Errorf("%d times code 6: error %v after %d calls", unready, err, f.called("scheduler-2", "getTasksStatus"))
		}
	}
}

// TestDeleteWithoutIDs sends nothing: an empty query would choose all tasks.
func TestDeleteWithoutIDs(t *testing.T) {
	f := newFake(t)
	c, err := f.Client(t.Context(), "scheduler-2")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Delete(t.Context(), nil); err != nil || f.called("scheduler-2", "deleteRecoveryTasks") != 0 {
		t.Errorf("error %v, %d calls", err, f.called("scheduler-2", "deleteRecoveryTasks"))
	}
}
