package service

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/host"
)

var (
	stopStep  = step(planner.ServiceAction{Op: "stop"})
	startStep = step(planner.ServiceAction{Op: "start"})
)

func looks(t *testing.T, a *Actor, s planner.Step, want executor.Stand) {
	t.Helper()
	if got, err := a.Look(t.Context(), s); err != nil || got != want {
		t.Fatalf("Look(%s) = %v, %v; want %v", s.ID, got, err, want)
	}
}

func acts(t *testing.T, a *Actor, s planner.Step) executor.Outcome {
	t.Helper()
	o, err := a.Act(t.Context(), s)
	if err != nil {
		t.Fatalf("Act(%s): %v", s.ID, err)
	}
	return o
}

func verifies(t *testing.T, a *Actor, s planner.Step, want string) {
	t.Helper()
	if seen, err := a.Verify(t.Context(), s); err != nil || !strings.Contains(seen, want) {
		t.Fatalf("Verify(%s) = %q, %v; want %q", s.ID, seen, err, want)
	}
}

func TestStartAndStop(t *testing.T) {
	m := newMachine(t)
	a := m.actor()
	looks(t, a, stopStep, executor.Done)
	looks(t, a, startStep, executor.Pending)
	o := acts(t, a, startStep)
	pid := m.pid(t)
	if o["pid"] != strconv.Itoa(pid) {
		t.Errorf("%v, process %d", o, pid)
	}
	verifies(t, a, startStep, "stayed for 100ms")
	looks(t, a, startStep, executor.Done)
	looks(t, a, stopStep, executor.Pending)
	acts(t, a, stopStep)
	verifies(t, a, stopStep, "no process for 100ms")
	looks(t, a, stopStep, executor.Done)
}

func TestStartVerifiesFlags(t *testing.T) {
	v := func(s string) *string { return &s }
	m := newMachine(t)
	m.flags(t, "-http_port=8081 -mesos_master_address=zk://localhost:1111/mesos/master")
	a := m.actor()
	good := step(planner.ServiceAction{Op: "start", Flags: map[string]*string{"mesos_master_address": v("zk://localhost:1111/mesos/master"), "ip": nil}})
	bad := step(planner.ServiceAction{Op: "start", Flags: map[string]*string{"http_port": nil, "mesos_master_address": v("zk://real")}})
	acts(t, a, good)
	verifies(t, a, good, "shows the 2 planned flags")
	looks(t, a, good, executor.Done)
	want := `-http_port is "8081", not absent; -mesos_master_address is "zk://localhost:1111/mesos/master", not "zk://real"`
	if _, err := a.Verify(t.Context(), bad); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("Verify: %v", err)
	}
	if _, err := a.Look(t.Context(), bad); !executor.IsRefusal(err) || !strings.Contains(err.Error(), want) {
		t.Errorf("Look: %v", err)
	}
}

func TestStartOfWhatDoesNotStayUp(t *testing.T) {
	m := newMachine(t)
	m.set(t, "dies")
	a := m.actor()
	// Long enough for several looks on a machine that has much else to do.
	settle := planner.Duration(2 * time.Second)
	intolerant := step(planner.ServiceAction{Op: "start", Settle: settle})
	acts(t, a, intolerant)
	if seen, err := a.Verify(t.Context(), intolerant); err == nil || !strings.Contains(err.Error(), "does not stay up") {
		t.Errorf("Verify: %q, %v", seen, err)
	}
	tolerant := step(planner.ServiceAction{Op: "start", Tolerate: true, Settle: settle})
	acts(t, a, tolerant)
	verifies(t, a, tolerant, "it does not stay up, which is accepted here")
	acts(t, a, stopStep) // Between two tries there may be no process; the supervisor must give up all the same.
	verifies(t, a, stopStep, "stopped")
}

func TestStartIsolated(t *testing.T) {
	m := newMachine(t)
	a := m.actor()
	isolated := step(planner.ServiceAction{Op: "start", Isolated: true, HTTPPort: 8081})
	looks(t, a, isolated, executor.Pending)
	var asked int
	a.Blocked = func(_ context.Context, h host.Host, port int) (bool, error) {
		asked = port
		return false, nil
	}
	if _, err := a.Look(t.Context(), isolated); !executor.IsRefusal(err) || asked != 8081 {
		t.Errorf("an open port: %v, asked for %d", err, asked)
	}
	if _, err := a.Act(t.Context(), isolated); !executor.IsRefusal(err) {
		t.Errorf("an open port: %v", err)
	}
	looks(t, a, stopStep, executor.Done) // Nothing was started.
	a.Blocked = nil
	if _, err := a.Look(t.Context(), isolated); !executor.IsRefusal(err) {
		t.Errorf("nobody can tell: %v", err)
	}
}

func TestStopOfWhatComesBack(t *testing.T) {
	m := newMachine(t)
	a := m.actor()
	acts(t, a, startStep)
	acts(t, a, stopStep)
	m.set(t, "watchdog")
	if seen, err := a.Verify(t.Context(), stopStep); err == nil || !strings.Contains(err.Error(), "came back after it was stopped: running, process ") {
		t.Errorf("Verify: %q, %v", seen, err)
	}
}

func TestStopOfWhatDoesNotEnd(t *testing.T) {
	m := newMachine(t)
	m.set(t, "stubborn")
	a := m.actor()
	acts(t, a, startStep)
	pid := m.pid(t)
	a.Config.StopTimeout = 200 * time.Millisecond
	_, err := a.Act(t.Context(), stopStep)
	if err == nil || !strings.Contains(err.Error(), "did not stop within 200ms: process "+strconv.Itoa(pid)+" (sleeping) is still there") {
		t.Errorf("Act: %v", err)
	}
	looks(t, a, stopStep, executor.Pending)
}

func TestMissingService(t *testing.T) {
	m := newMachine(t)
	m.set(t, "missing")
	for _, s := range []planner.Step{startStep, stopStep} {
		if _, err := m.actor().Look(t.Context(), s); !executor.IsRefusal(err) {
			t.Errorf("%s: %v", s.ID, err)
		}
	}
}

func TestCancelledWait(t *testing.T) {
	m := newMachine(t)
	a := m.actor()
	acts(t, a, startStep)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	long := step(planner.ServiceAction{Op: "start", Settle: planner.Duration(time.Hour)})
	if _, err := a.Verify(ctx, long); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestCommands(t *testing.T) {
	m := newMachine(t)
	m.Script(t, "status", `pid=$(systemctl show x | sed -n 's/^MainPID=//p'); [ "$pid" = 0 ] && exit 3; echo "$pid"; echo more`)
	a := m.actor()
	a.Config = config.Service{Kind: "command", Start: []string{"systemctl", "start"}, Stop: []string{"systemctl", "stop"}, Status: []string{"status"},
		StopTimeout: 20 * time.Second, StartTimeout: 20 * time.Second}
	looks(t, a, stopStep, executor.Done)
	acts(t, a, startStep)
	verifies(t, a, startStep, "stayed")
	looks(t, a, startStep, executor.Done)
	acts(t, a, stopStep)
	verifies(t, a, stopStep, "stopped")
	for script, want := range map[string]string{"echo up": "must be the process id", "echo no >&2; exit 1": "must exit 0 while the service runs"} {
		m.Script(t, "status", script)
		if _, err := Observe(t.Context(), m, a.Config); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", script, err)
		}
	}
	a.Config.Status = []string{"no-such-command"}
	if s, err := Observe(t.Context(), m, a.Config); err != nil || s.State != StateMissing {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := Observe(t.Context(), m, config.Service{Kind: "launchd"}); err == nil {
		t.Error("an unknown kind must be an error")
	}
}

// TestStartThatComesToNothing tells, within the time to start, what there is instead of the scheduler; by the last answer where the
// next one does not come in time.
func TestStartThatComesToNothing(t *testing.T) {
	nowhere, me, other := "zk://localhost:1111", strconv.Itoa(os.Getpid()), strconv.Itoa(os.Getppid())
	flags := step(planner.ServiceAction{Op: "start", Flags: map[string]*string{"mesos_master_address": &nowhere}})
	settling := step(planner.ServiceAction{Op: "start", Settle: planner.Duration(time.Minute)})
	for name, tt := range map[string]struct {
		start, status string
		step          planner.Step
		want          string
	}{
		"the supervisor hangs": {"exec sleep 60", "exit 3", startStep, "did not start within 5s"},
		"no process":           {"exit 0", "exit 3", startStep, "did not come up within 5s: stopped (exit status 3); its log says why"},
		"no process, and then no answer": {"exit 0", "[ -e seen ] && exec sleep 60; touch seen; exit 3", startStep,
			"did not come up within 5s: stopped (exit status 3); its log says why"},
		"no answer": {"exit 0", "exec sleep 60", startStep, "the service on scheduler-1 did not come up within 5s: its supervisor did not answer; its log says why"},
		"no answer after the start": {"exit 0", "[ -e acted ] && exec sleep 60; touch acted; echo " + me, flags,
			"did not come up as planned within 5s: its supervisor did not answer"},
		"another process": {"exit 0", "echo " + me, flags, "did not come up as planned within 5s: process " + me + " shows no scheduler with the planned flags"},
		"another, and again another": {"exit 0", "[ -e seen ] && echo " + other + " || echo " + me + "; touch seen", settling,
			"does not stay up: process " + me + " went and its supervisor brought it back as " + other},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // Most wait for the whole time to start.
			m := newMachine(t)
			m.Script(t, "up", tt.start)
			m.Script(t, "status", "cd '"+m.Dir+"'\n"+tt.status)
			a := m.actor()
			a.Config = config.Service{Kind: "command", Start: []string{"up"}, Stop: []string{"up"}, Status: []string{"status"}, StartTimeout: 5 * time.Second}
			_, err := a.Act(t.Context(), tt.step)
			if err == nil {
				_ = os.Remove(filepath.Join(m.Dir, "seen")) // Most have none.
				_, err = a.Verify(t.Context(), tt.step)
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

func TestRunning(t *testing.T) {
	m := newMachine(t)
	if p, err := Running(t.Context(), m, systemdConfig); err != nil || p.PID != 0 {
		t.Errorf("%+v, %v", p, err)
	}
	m.flags(t, "-http_port=8081")
	m.systemctl(t, "start")
	pid := m.pid(t)
	if p, err := Running(t.Context(), m, systemdConfig); err != nil || p.PID != pid || len(p.Flags) != 1 {
		t.Errorf("%+v, %v", p, err)
	}
}
