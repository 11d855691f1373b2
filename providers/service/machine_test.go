package service

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/host/hosttest"
)

type machine struct{ *hosttest.Machine }

func newMachine(t *testing.T) machine {
	t.Helper()
	m := machine{hosttest.Local(t)}
	m.supervisor(t, "systemctl")
	m.supervisor(t, "java")
	if err := syscall.Mkfifo(filepath.Join(m.Dir, "fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	m.flags(t, "")
	t.Cleanup(func() {
		pids, err := os.ReadFile(filepath.Join(m.Dir, "pids"))
		if err != nil {
			return // It never ran.
		}
		for _, p := range strings.Fields(string(pids)) {
			line, err := os.ReadFile("/proc/" + p + "/cmdline")
			if pid, perr := strconv.Atoi(p); err == nil && perr == nil && strings.Contains(string(line), mainClass) {
				_ = syscall.Kill(pid, syscall.SIGKILL) // It may be ending.
			}
		}
	})
	return m
}

// supervisor puts a program of testdata on the PATH.
func (m machine) supervisor(t *testing.T, name string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".sh"))
	if err != nil {
		t.Fatal(err)
	}
	m.Script(t, name, string(text))
}

func (m machine) flags(t *testing.T, flags string) {
	t.Helper()
	m.File(t, "flags", flags, 0o644)
}

func (m machine) set(t *testing.T, name string) {
	t.Helper()
	m.File(t, name, "", 0o644)
}

func (m machine) systemctl(t *testing.T, op string) {
	t.Helper()
	if _, err := m.Run(t.Context(), host.Command{Args: []string{"systemctl", op, "aurora-scheduler"}}); err != nil {
		t.Fatal(err)
	}
}

func (m machine) pid(t *testing.T) int {
	t.Helper()
	s, err := Observe(t.Context(), m, systemdConfig)
	if err != nil || s.PID == 0 {
		t.Fatalf("%+v, %v", s, err)
	}
	// The launching shell becomes the process in its own time.
	for range 400 {
		line, err := os.ReadFile("/proc/" + strconv.Itoa(s.PID) + "/cmdline")
		if err == nil && strings.Contains(string(line), mainClass) {
			return s.PID
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("process %d never became the scheduler", s.PID)
	return 0
}

var systemdConfig = config.Service{Kind: "systemd", Unit: "aurora-scheduler", StopTimeout: 20 * time.Second, StartTimeout: 20 * time.Second}

func (m machine) actor() *Actor {
	return &Actor{Hosts: hosttest.Pool{"scheduler-1": m}, Config: systemdConfig, Poll: 10 * time.Millisecond,
		Blocked: func(context.Context, host.Host, int) (bool, error) { return true, nil }}
}

func step(a planner.ServiceAction) planner.Step {
	if a.Settle == 0 {
		a.Settle = planner.Duration(100 * time.Millisecond)
	}
	return planner.Step{ID: string(a.Op), Host: "scheduler-1", Action: planner.Action{Service: &a}}
}
