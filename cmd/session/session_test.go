package session

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/planner/planfile"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// world is a cluster of one scheduler that does whatever a step asks for.
type world struct {
	mu          sync.Mutex
	observation planner.Observation
	acted       []string
	failAt      string
	// stand and look are what Look tells of the commit.
	stand executor.Stand
	look  error
	// opened is how often the run was put on record as open, finished what the lock was told when it was released.
	opened   int
	finished bool
}

// Observe looks at the hosts; what runs is asked for by itself.
func (w *world) Observe(context.Context) (*planner.Observation, error) {
	o := w.observation
	o.Running = planner.Running{}
	return &o, nil
}

func (w *world) Running(context.Context) planner.Running { return w.observation.Running }

func (w *world) Actor(string, planner.Step) (executor.Actor, error) { return w, nil }

func (w *world) Lock(context.Context, planner.Claim) (executor.Lock, error) { return w, nil }

func (w *world) Open(context.Context) error {
	w.opened++
	return nil
}

func (w *world) Check(context.Context) error { return nil }

func (w *world) Release(_ context.Context, finished bool) error {
	w.finished = finished
	return nil
}

func (w *world) Mirror(string) executor.Mirror { return w }

func (w *world) Attach(context.Context, []executor.Record) error { return nil }

func (w *world) Add(executor.Record) {}

func (w *world) Await(executor.Record) error { return nil }

func (w *world) Close() {}

func (w *world) Look(_ context.Context, s planner.Step) (executor.Stand, error) {
	if s.ID == planner.CommitStep {
		return w.stand, w.look
	}
	return executor.Pending, nil
}

func (w *world) Act(_ context.Context, s planner.Step) (executor.Outcome, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if s.ID == w.failAt {
		return nil, errors.New("connection lost")
	}
	w.acted = append(w.acted, s.ID)
	return nil, nil
}

func (w *world) Verify(context.Context, planner.Step) (string, error) { return "done", nil }

func (w *world) did(id string) bool {
	for _, a := range w.acted {
		if a == id {
			return true
		}
	}
	return false
}

// setup writes a plan for one damaged scheduler and gives its path, its world and a session that says yes.
func setup(t *testing.T) (string, *world, *Session, *bytes.Buffer) {
	t.Helper()
	return setupOf(t, []string{"a1"}, nil)
}

// setupOf is setup for several schedulers, some of which are left out.
func setupOf(t *testing.T, present, absent []string) (string, *world, *Session, *bytes.Buffer) {
	t.Helper()
	r := &config.Restore{
		Cluster:   config.Cluster{Absent: absent, Service: config.Service{StopTimeout: time.Minute, StartTimeout: time.Minute}},
		Recovery:  config.Recovery{Gate: true},
		Procedure: config.Procedure{LeaderTimeout: time.Minute, RegistrationDelay: 6 * time.Hour, ReconciliationDelay: 365 * 24 * time.Hour},
	}
	o := planner.Observation{
		Time:   noon,
		Backup: planner.Backup{Name: "b", SHA256: "00", Time: noon, Tasks: 1, ActiveTasks: 1, TaskIDs: []string{"t"}},
	}
	quorum := strconv.Itoa((len(present)+len(absent))/2 + 1)
	for _, name := range present {
		r.Cluster.Schedulers = append(r.Cluster.Schedulers, config.Scheduler{Name: name})
		o.Hosts = append(o.Hosts, planner.Host{Name: name, Service: planner.Service{Name: "aurora-scheduler", State: "restarting"},
			Settings: planner.Settings{Path: "/etc/default/aurora-scheduler", Digest: "d", Flags: []planner.Flag{
				{Name: "cluster_name", Value: "west"}, {Name: "http_port", Value: "8081"}, {Name: "serverset_path", Value: "/s"}, {Name: "native_log_quorum_size", Value: quorum},
				{Name: "native_log_file_path", Value: "/var/db"}, {Name: "backup_dir", Value: "/b"}, {Name: "mesos_master_address", Value: "m:5050"}}},
			Replica: planner.Replica{Path: "/var/db", State: "damaged", Owner: "aurora", Free: 1 << 40}})
	}
	for _, name := range absent {
		r.Cluster.Schedulers = append(r.Cluster.Schedulers, config.Scheduler{Name: name})
		o.Absent = append(o.Absent, planner.Absent{Name: name})
	}
	p := planner.New(r, &o, noon, "test")
	if p.HasErrors() {
		t.Fatal(p.Findings)
	}
	path := filepath.Join(t.TempDir(), "restore.plan")
	if _, err := planfile.Write(path, p, nil); err != nil {
		t.Fatal(err)
	}
	out := &bytes.Buffer{}
	s := &Session{Out: out, Now: func() time.Time { return noon.Add(time.Minute) }, By: "me", From: "here", Tool: "test",
		Ask: func(context.Context, string) error { return nil }}
	return path, &world{observation: o}, s, out
}

func TestApplyThenRevert(t *testing.T) {
	path, w, s, out := setup(t)
	if err := s.Apply(t.Context(), path, w); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "the restore is committed, but the cluster is not in normal service") {
		t.Errorf("the end does not say what is true:\n%s", out)
	}
	if err := s.Apply(t.Context(), path, w); err == nil || !strings.Contains(err.Error(), "a plan runs once") ||
		!strings.Contains(err.Error(), ", by me from here, recorded in "+filepath.Dir(path)) {
		t.Errorf("a second apply: %v", err)
	}
	journal, err := FindJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Revert(t.Context(), journal, nil, w); err != nil {
		t.Fatal(err)
	}
	if !w.did("restore/a1/restore-flags") || !w.did("open/a1/unblock") || w.did("restore/a1/recover-log") {
		t.Errorf("acted %v", w.acted)
	}
	if !strings.Contains(out.String(), "back in normal service") {
		t.Errorf("the end does not say what is true:\n%s", out)
	}
	if err := s.Revert(t.Context(), journal, nil, w); err == nil {
		t.Error("a second revert is accepted")
	}
}

func TestApplyResumesAndRollsBack(t *testing.T) {
	path, w, s, out := setup(t)
	w.failAt = "stage/stage"
	err := s.Apply(t.Context(), path, w)
	if err == nil || !strings.Contains(err.Error(), "connection lost") || !strings.Contains(err.Error(), "`restorectl revert` brings everything back") {
		t.Fatalf("error %v", err)
	}
	other := filepath.Join(filepath.Dir(path), "other.plan")
	if err := RefuseUnfinished(filepath.Dir(path), JournalPath(other, "x"), nil); err == nil {
		t.Error("another run may begin")
	}
	journal, err := FindJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	w.failAt = "start/a1/start" // The rollback is cut off, and goes on.
	if err := s.Revert(t.Context(), journal, nil, w); err == nil {
		t.Fatal("the rollback did not fail")
	}
	if err := s.Apply(t.Context(), path, w); err == nil || !strings.Contains(err.Error(), "being undone") {
		t.Errorf("apply in the middle of a rollback: %v", err)
	}
	w.failAt = ""
	if err := s.Revert(t.Context(), journal, nil, w); err != nil {
		t.Fatal(err)
	}
	if !w.did("restore/a1/recover-log") || !strings.Contains(out.String(), "everything is as it was before the run") {
		t.Errorf("acted %v\n%s", w.acted, out)
	}
}

// TestRevertOfARunThatTouchedNothing ends a run that was stopped before its first step: it must not stand in the way of others.
func TestRevertOfARunThatTouchedNothing(t *testing.T) {
	path, w, s, _ := setup(t)
	stop := make(chan struct{})
	close(stop)
	s.Stop = stop
	if err := s.Apply(t.Context(), path, w); err == nil {
		t.Fatal("the apply was not stopped")
	}
	s.Stop = nil
	journal, err := FindJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	other := JournalPath(filepath.Join(filepath.Dir(path), "other.plan"), "x")
	if err := RefuseUnfinished(filepath.Dir(path), other, nil); err == nil {
		t.Fatal("the run was not begun")
	}
	s.Ask = func(context.Context, string) error { return ErrDeclined }
	if err := s.Revert(t.Context(), journal, nil, w); err != nil {
		t.Fatal(err)
	}
	if err := RefuseUnfinished(filepath.Dir(path), other, nil); err != nil || len(w.acted) > 0 {
		t.Errorf("%v, acted %v", err, w.acted)
	}
}

func TestApplyRefuses(t *testing.T) {
	t.Run("drift", func(t *testing.T) {
		path, w, s, _ := setup(t)
		w.observation.Hosts[0].Settings.Digest = "other"
		if err := s.Apply(t.Context(), path, w); err == nil || !strings.Contains(err.Error(), "a1: /etc/default/aurora-scheduler was d, is other") {
			t.Errorf("error %v", err)
		}
		if len(w.acted) > 0 {
			t.Errorf("acted %v", w.acted)
		}
	})
	t.Run("no", func(t *testing.T) {
		path, w, s, _ := setup(t)
		s.Ask = func(context.Context, string) error { return ErrDeclined }
		if err := s.Apply(t.Context(), path, w); !errors.Is(err, ErrDeclined) || len(w.acted) > 0 {
			t.Errorf("error %v, acted %v", err, w.acted)
		}
	})
	t.Run("expired", func(t *testing.T) {
		path, w, s, _ := setup(t)
		s.Now = func() time.Time { return noon.Add(25 * time.Hour) }
		if err := s.Apply(t.Context(), path, w); err == nil || !strings.Contains(err.Error(), "expired") {
			t.Errorf("error %v", err)
		}
	})
	t.Run("gate", func(t *testing.T) {
		path, w, s, _ := setup(t)
		s.Ask = func(_ context.Context, q string) error {
			if strings.Contains(q, "no way back") {
				return ErrDeclined
			}
			return nil
		}
		if err := s.Apply(t.Context(), path, w); !errors.Is(err, ErrDeclined) || w.did(planner.CommitStep) {
			t.Errorf("error %v, acted %v", err, w.acted)
		}
	})
}
