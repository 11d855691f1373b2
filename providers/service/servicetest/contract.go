// Package servicetest says what every kind of service must do, whatever supervises it, on simulated and on real hosts.
package servicetest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/host/hosttest"
	"github.com/restorectl/restorectl/providers/service"
)

// Subject is a service to run the suite on. It is stopped when the suite begins, and when it ends.
type Subject struct {
	Host   host.Host
	Config config.Service
	// Restarts says that its supervisor brings back a process that ended.
	Restarts bool
	// Installed describes what decides when the service starts by itself: unit files, links, what is enabled or masked. The suite
	// must leave it as it was. Nil where there is nothing of the kind.
	Installed func(t *testing.T) string
	// Settle is how long the service must stay as it is; zero is 200ms.
	Settle time.Duration
}

// Run runs the suite: observe, change, verify, undo, repeat, and be cut off at every command and go on.
func Run(t *testing.T, s Subject) {
	if s.Settle == 0 {
		s.Settle = 200 * time.Millisecond
	}
	before := s.installed(t)
	t.Run("starts and stops", s.startsAndStops)
	t.Run("a killed process", s.killed)
	t.Run("cut off", s.cutOff)
	if after := s.installed(t); after != before {
		t.Errorf("what is installed was\n%s\nand is\n%s", before, after)
	}
}

func (s Subject) startsAndStops(t *testing.T) {
	a := s.actor(s.Host)
	s.observes(t, service.StateStopped)
	looks(t, a, s.step(planner.OpStop), executor.Done)
	looks(t, a, s.step(planner.OpStart), executor.Pending)
	first := s.does(t, a, planner.OpStart)["pid"]
	running := s.observes(t, service.StateRunning)
	if first != strconv.Itoa(running.PID) {
		t.Errorf("started process %s, but %d runs", first, running.PID)
	}
	p, err := service.Running(t.Context(), s.Host, s.Config)
	if err != nil || p.PID != running.PID || p.User == "" || len(p.Flags) == 0 {
		t.Errorf("the running process is %+v, %v", p, err)
	}
	looks(t, a, s.step(planner.OpStart), executor.Done)
	looks(t, a, s.step(planner.OpStop), executor.Pending)
	if again := s.does(t, a, planner.OpStart)["pid"]; again != first {
		t.Errorf("a second start made process %s of %s", again, first)
	}
	for range 2 {
		s.does(t, a, planner.OpStop)
		s.observes(t, service.StateStopped)
		looks(t, a, s.step(planner.OpStop), executor.Done)
	}
	if _, there := s.process(t, running.PID); there {
		t.Errorf("process %d is still there", running.PID)
	}
}

// killed ends the process behind the supervisor's back: it comes back or not, and a stop is a stop all the same.
func (s Subject) killed(t *testing.T) {
	a := s.actor(s.Host)
	s.does(t, a, planner.OpStart)
	was := s.observes(t, service.StateRunning).PID
	s.kill(t, was)
	if s.Restarts {
		s.eventually(t, "another process", func(now planner.Service) bool {
			return now.State == service.StateRunning && now.PID != 0 && now.PID != was
		})
		s.kill(t, s.observes(t, service.StateRunning).PID)
	} else {
		s.eventually(t, "no process", func(now planner.Service) bool { return now.State == service.StateStopped })
	}
	// Whatever the supervisor is about to do now.
	s.does(t, a, planner.OpStop)
	s.observes(t, service.StateStopped)
}

// cuts is how many of a step's commands are cut off; what comes after those is waiting.
const cuts = 4

// cutOff loses the host before anything was done, and after each of the first commands of a start and of a stop, and does the step
// again.
func (s Subject) cutOff(t *testing.T) {
	s.Settle = 20 * time.Millisecond // What stays so was seen before.
	for _, op := range []planner.ServiceOp{planner.OpStart, planner.OpStop} {
		other := map[planner.ServiceOp]planner.ServiceOp{planner.OpStart: planner.OpStop, planner.OpStop: planner.OpStart}[op]
		for at := range cuts {
			if _, err := s.actor(s.Host).Act(t.Context(), s.step(other)); err != nil {
				t.Fatal(err)
			}
			lossy := &hosttest.Faulty{Host: s.Host, At: max(at, 1), After: at > 0}
			a := s.actor(lossy)
			if _, err := a.Act(t.Context(), s.step(op)); err != nil && !errors.Is(err, host.ErrUnreachable) {
				t.Errorf("%s, cut off at command %d: %v", op, at, err)
			}
			lossy.Heal()
			s.does(t, a, op)
		}
	}
	s.does(t, s.actor(s.Host), planner.OpStop)
}

func (s Subject) actor(h host.Host) *service.Actor {
	return &service.Actor{Hosts: hosttest.Pool{s.Host.Name(): h}, Config: s.Config, Poll: 20 * time.Millisecond,
		Blocked: func(context.Context, host.Host, int) (bool, error) { return true, nil }}
}

func (s Subject) step(op planner.ServiceOp) planner.Step {
	return planner.Step{ID: string(op), Host: s.Host.Name(), Action: planner.Action{Service: &planner.ServiceAction{Op: op, Settle: planner.Duration(s.Settle)}}}
}

// does takes a step and verifies it.
func (s Subject) does(t *testing.T, a *service.Actor, op planner.ServiceOp) executor.Outcome {
	t.Helper()
	o, err := a.Act(t.Context(), s.step(op))
	if err != nil {
		t.Fatalf("%s: %v", op, err)
	}
	if seen, err := a.Verify(t.Context(), s.step(op)); err != nil || seen == "" {
		t.Fatalf("%s, verified: %q, %v", op, seen, err)
	}
	return o
}

func looks(t *testing.T, a *service.Actor, s planner.Step, want executor.Stand) {
	t.Helper()
	if got, err := a.Look(t.Context(), s); err != nil || got != want {
		t.Fatalf("look at %s: %v, %v; want %v", s.ID, got, err, want)
	}
}

func (s Subject) observes(t *testing.T, want string) planner.Service {
	t.Helper()
	seen, err := service.Observe(t.Context(), s.Host, s.Config)
	if err != nil || seen.State != want || seen.Kind != s.Config.Kind || seen.Name == "" || (seen.PID != 0) != (want == service.StateRunning) {
		t.Fatalf("observed %+v, %v; want it %s", seen, err, want)
	}
	return seen
}

// patience is how long a supervisor may take to notice what became of a process.
const patience = 30 * time.Second

func (s Subject) eventually(t *testing.T, what string, done func(planner.Service) bool) {
	t.Helper()
	var last planner.Service
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		var err error
		if last, err = service.Observe(t.Context(), s.Host, s.Config); err != nil {
			t.Fatal(err)
		}
		if done(last) {
			return
		}
	}
	t.Fatalf("there is not %s after %s: %+v", what, patience, last)
}

func (s Subject) kill(t *testing.T, pid int) {
	t.Helper()
	if _, err := s.Host.Run(t.Context(), host.Command{Args: []string{"kill", "-KILL", strconv.Itoa(pid)}, Root: true}); err != nil {
		t.Fatal(err)
	}
}

// process says whether a process is there.
func (s Subject) process(t *testing.T, pid int) (planner.Process, bool) {
	t.Helper()
	p, err := service.ProcessFlags(t.Context(), s.Host, pid)
	return p, err == nil && len(p.Flags) > 0
}

func (s Subject) installed(t *testing.T) string {
	t.Helper()
	if s.Installed == nil {
		return fmt.Sprint(nil)
	}
	return s.Installed(t)
}
