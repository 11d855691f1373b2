package master_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/restorectl/restorectl/providers/sandbox/master"
)

const patience = 20 * time.Second

// clock is a time that the test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func listen(t *testing.T, options master.Options) *master.Server {
	t.Helper()
	s, err := master.Listen("127.0.0.1:0", options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func bounded(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

func connect(t *testing.T, s *master.Server, info master.FrameworkInfo) *master.Driver {
	t.Helper()
	d, err := master.Connect(bounded(t), s.Addr(), info)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

// next is the driver's next update, without its time.
func next(t *testing.T, d *master.Driver) master.Status {
	t.Helper()
	select {
	case status, ok := <-d.Updates():
		if !ok {
			t.Fatalf("the connection ended: %v", d.Err())
		}
		status.Time = time.Time{}
		return status
	case <-time.After(patience):
		t.Fatal("no update came")
		return master.Status{}
	}
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for limit := time.Now().Add(patience); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("never so: %s", what)
		}
	}
}

func get(t *testing.T, s *master.Server, path string, into any) {
	t.Helper()
	request, err := http.NewRequestWithContext(bounded(t), http.MethodGet, "http://"+s.Addr()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer(t, request, into)
}

func answer(t *testing.T, request *http.Request, into any) {
	t.Helper()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("%s: %s %s", request.URL.Path, response.Status, response.Header.Get("Content-Type"))
	}
	if err := json.NewDecoder(response.Body).Decode(into); err != nil {
		t.Fatal(err)
	}
}

// ledger is what /master/state says of frameworks and tasks.
type ledger struct {
	Frameworks []framework `json:"frameworks"`
	Completed  []framework `json:"completed_frameworks"`
}

type framework struct {
	ID           string  `json:"id"`
	Name         string  `json:"name"`
	Active       bool    `json:"active"`
	Connected    bool    `json:"connected"`
	Unregistered float64 `json:"unregistered_time"`
	Tasks        []task  `json:"tasks"`
	Unreachable  []task  `json:"unreachable_tasks"`
	Ended        []task  `json:"completed_tasks"`
}

type task struct {
	ID    string `json:"id"`
	Agent string `json:"slave_id"`
	State string `json:"state"`
}

func state(t *testing.T, s *master.Server) ledger {
	t.Helper()
	var l ledger
	get(t, s, "/master/state", &l)
	return l
}

// kinds shortens the record of events to what a test wants to see.
func kinds(s *master.Server) []string {
	var list []string
	for _, e := range s.Events() {
		list = append(list, strings.TrimRight(fmt.Sprintf("%s %s %s", e.Kind, e.TaskID, e.Why), " "))
	}
	return list
}

func aurora(id string) master.FrameworkInfo {
	return master.FrameworkInfo{ID: id, Name: "Aurora", User: "aurora", Hostname: "127.0.0.1", FailoverTimeout: time.Hour}
}

var agents = []master.Agent{{ID: "agent-1", Hostname: "host-1"}, {ID: "agent-2", Hostname: "host-2"}}

func TestFrameworkComesAndGoes(t *testing.T) {
	now := newClock()
	s := listen(t, master.Options{Agents: agents, Now: now.Now})
	d := connect(t, s, aurora(""))
	id := d.FrameworkID()
	if diff := cmp.Diff(agents, d.Agents()); id == "" || diff != "" {
		t.Errorf("framework %q, agents %s", id, diff)
	}
	if err := d.Launch(bounded(t), master.Task{ID: "a", AgentID: "agent-1"}, master.Task{ID: "b", AgentID: "agent-2"}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"a", "b"} {
		if got := next(t, d); got.TaskID != want || got.State != master.TaskRunning {
			t.Errorf("update %+v", got)
		}
	}
	if err := d.Kill(bounded(t), "", "b"); err != nil {
		t.Fatal(err)
	}
	if got := next(t, d); got.TaskID != "b" || got.State != master.TaskKilled {
		t.Errorf("update %+v", got)
	}
	d.Close()
	eventually(t, "the framework is disconnected", func() bool { return !state(t, s).Frameworks[0].Connected })
	want := framework{ID: id, Name: "Aurora", Unregistered: float64(now.Now().Unix()), Unreachable: []task{},
		Tasks: []task{{"a", "agent-1", "TASK_RUNNING"}}, Ended: []task{{"b", "agent-2", "TASK_KILLED"}}}
	if diff := cmp.Diff([]framework{want}, state(t, s).Frameworks); diff != "" {
		t.Error(diff)
	}
	now.advance(time.Hour - time.Second)
	if left := state(t, s).Frameworks; len(left) != 1 || len(left[0].Tasks) != 1 {
		t.Fatalf("removed too early: %+v", left)
	}
	now.advance(time.Hour) // well past the timeout: the record must still name the exact time
	got := state(t, s)
	if len(got.Frameworks) != 0 || len(got.Completed) != 1 || len(got.Completed[0].Tasks) != 0 || len(got.Completed[0].Ended) != 2 {
		t.Errorf("after the failover timeout: %+v", got)
	}
	_, err := master.Connect(bounded(t), s.Addr(), aurora(id))
	var refused *master.RefusedError
	if !errors.As(err, &refused) || refused.Message != "Framework has been removed" {
		t.Errorf("a completed framework got %v", err)
	}
	wantEvents := []string{"framework-registered", "task-launched a", "task-launched b", "task-killed b scheduler",
		"framework-disconnected", "task-killed a failover-timeout", "framework-removed",
		"framework-refused  Framework has been removed"}
	if diff := cmp.Diff(wantEvents, kinds(s)); diff != "" {
		t.Error(diff)
	}
	if killed, due := s.Events()[5].Time, now.Now().Add(time.Second-time.Hour); !killed.Equal(due) {
		t.Errorf("killed at %v, due at %v", killed, due)
	}
}

func TestFrameworkIsTakenOver(t *testing.T) {
	s := listen(t, master.Options{Agents: agents})
	first := connect(t, s, aurora(""))
	if err := first.Launch(bounded(t), master.Task{ID: "a", AgentID: "agent-1"}); err != nil {
		t.Fatal(err)
	}
	next(t, first)
	second := connect(t, s, aurora(first.FrameworkID()))
	if second.FrameworkID() != first.FrameworkID() {
		t.Errorf("framework %s became %s", first.FrameworkID(), second.FrameworkID())
	}
	eventually(t, "the first driver is cut", func() bool {
		select {
		case _, open := <-first.Updates():
			return !open
		default:
			return false
		}
	})
	var refused *master.RefusedError
	if !errors.As(first.Err(), &refused) || refused.Message != "Framework failed over" {
		t.Errorf("the first driver was told %v", first.Err())
	}
	if err := first.Kill(bounded(t), master.ByScheduler, "a"); err == nil || !strings.Contains(err.Error(), "403") {
		t.Errorf("the first driver may still kill: %v", err)
	}
	if err := second.Reconcile(bounded(t)); err != nil {
		t.Fatal(err)
	}
	if got := next(t, second); got.TaskID != "a" || got.State != master.TaskRunning {
		t.Errorf("update %+v", got)
	}
	if f := state(t, s).Frameworks; len(f) != 1 || !f[0].Connected {
		t.Errorf("frameworks %+v", f)
	}
}

func TestUnknownFrameworkIDIsAcceptedWithoutTasks(t *testing.T) {
	s := listen(t, master.Options{})
	d := connect(t, s, aurora("from-an-old-backup"))
	if d.FrameworkID() != "from-an-old-backup" {
		t.Errorf("id %q", d.FrameworkID())
	}
	if diff := cmp.Diff([]string{"framework-registered"}, kinds(s)); diff != "" {
		t.Error(diff)
	}
}

func TestSeedIsChecked(t *testing.T) {
	now := newClock()
	s := listen(t, master.Options{Now: now.Now})
	if err := s.Seed(master.Framework{}); err == nil {
		t.Error("a framework without an id was seeded")
	}
	if err := s.Seed(master.Framework{FrameworkInfo: master.FrameworkInfo{ID: "f"}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Seed(master.Framework{FrameworkInfo: master.FrameworkInfo{ID: "f"}}); err == nil {
		t.Error("a framework was seeded twice")
	}
	now.advance(master.DefaultFailoverTimeout - time.Second)
	if len(state(t, s).Frameworks) != 1 {
		t.Error("the default failover timeout is too short")
	}
	forgotten := master.Framework{FrameworkInfo: master.FrameworkInfo{ID: "gone"}, Completed: true}
	if err := s.Seed(forgotten, master.Task{ID: "a", AgentID: "x"}); err != nil {
		t.Fatal(err)
	}
	if done := state(t, s).Completed; len(done) != 1 || done[0].Ended[0].State != "TASK_KILLED" {
		t.Errorf("completed: %+v", done)
	}
}
