package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/providers/sandbox"
)

// asRestorectl makes the test's program restorectl, so that it can be killed.
const asRestorectl = "RESTORECTL_TEST_MAIN"

// The faults that are injected into a running apply.
var faults = []struct {
	name   string
	inject func(c *sandbox.Cluster, host string, tool *exec.Cmd) error
}{
	{"restorectl killed", func(_ *sandbox.Cluster, _ string, tool *exec.Cmd) error { return tool.Process.Kill() }},
	{"restorectl interrupted", func(_ *sandbox.Cluster, _ string, tool *exec.Cmd) error { return tool.Process.Signal(os.Interrupt) }},
	{"connections cut", func(c *sandbox.Cluster, host string, _ *exec.Cmd) error { return c.CutConnections(host) }},
	{"scheduler killed", func(c *sandbox.Cluster, host string, _ *exec.Cmd) error {
		return unlessStopped(c.KillScheduler(host, syscall.SIGKILL))
	}},
	{"scheduler terminated", func(c *sandbox.Cluster, host string, _ *exec.Cmd) error {
		return unlessStopped(c.KillScheduler(host, syscall.SIGTERM))
	}},
	{"scheduler frozen for a moment", func(c *sandbox.Cluster, host string, _ *exec.Cmd) error {
		if err := unlessStopped(c.FreezeScheduler(host)); err != nil {
			return err
		}
		time.Sleep(2 * time.Second)
		return unlessStopped(c.ThawScheduler(host))
	}},
	{"host rebooted", func(c *sandbox.Cluster, host string, _ *exec.Cmd) error {
		return c.RebootHost(context.Background(), host)
	}},
}

// unlessStopped takes it as no failure that a scheduler to be hurt does not run.
func unlessStopped(err error) error {
	if err != nil && (errors.Is(err, os.ErrProcessDone) || errors.Is(err, syscall.ESRCH) || strings.Contains(err.Error(), "has no process now")) {
		return nil
	}
	return err
}

// TestFaults runs the whole job and injects one fault into apply at a random event of the journal; then the same commands again must
// bring the same end. FAULTS is how many cases there are (`make faults`), FAULT_SEED the first one's seed: a seed stands for a fault, a host, and a moment.
func TestFaults(t *testing.T) {
	cases, first := 3, uint64(1)
	if s := os.Getenv("FAULTS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		cases = n
	}
	if s := os.Getenv("FAULT_SEED"); s != "" {
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		first = n
	}
	for i := range cases {
		seed := first + uint64(i)
		t.Run(fmt.Sprintf("seed-%d", seed), func(t *testing.T) {
			t.Parallel()
			faultCase(t, seed)
		})
	}
}

func faultCase(t *testing.T, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 0))
	fault := faults[random.IntN(len(faults))]
	host := fmt.Sprintf("scheduler-%d", 1+random.IntN(3))
	hurt, event := "apply", 1+random.IntN(85)
	if random.IntN(4) == 0 {
		hurt, event = "revert", 85+random.IntN(45)
	}
	pause := time.Duration(random.IntN(400)) * time.Millisecond
	t.Logf("%s on %s, %s after event %d, in %s", fault.name, host, pause, event, hurt)

	dir := filepath.Join(t.TempDir(), "cluster")
	c, err := sandbox.Up(t.Context(), sandbox.Options{Dir: dir, Damage: 3, Backup: "../../providers/backup/testdata/scheduler-backup-2026-11-20-09-15"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}()
	before := etcFiles(t, dir)
	plan := filepath.Join(dir, "restore.plan")
	if out, err := tool(t, "plan", filepath.Join(dir, "restore.hcl")).CombinedOutput(); err != nil {
		t.Fatalf("plan: %v\n%s", err, out)
	}
	text := ""
	for _, command := range []string{"apply", "revert"} {
		if command != hurt {
			text += again(t, command, plan)
			continue
		}
		said, err := withFault(t, dir, command, plan, event, func(running *exec.Cmd) error {
			time.Sleep(pause)
			return fault.inject(c, host, running)
		})
		if text += said; err != nil {
			text += again(t, command, plan)
		}
	}
	if t.Failed() {
		t.Fatal(text)
	}
	demandTheEnd(t, c, dir, before, text)
}

// withFault gives a command, and injects the fault when the journal has so many events. The error is the command's.
func withFault(t *testing.T, dir, command, plan string, event int, inject func(*exec.Cmd) error) (said string, err error) {
	t.Helper()
	running := tool(t, command, "--auto-approve", plan)
	var out bytes.Buffer
	running.Stdout, running.Stderr = &out, &out
	if err := running.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- running.Wait() }()
	if awaitEvents(dir, event, ended) {
		if err := inject(running); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Error(err)
		}
	}
	err = <-ended
	return fmt.Sprintf("\n--- %s, with the fault: %v\n%s", command, err, out.String()), err
}

// tool is a restorectl process.
func tool(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.Env = append(os.Environ(), asRestorectl+"=1")
	return cmd
}

// maxTries is how often the same command is given before it must have come to its end.
const maxTries = 5

// again gives a command until it succeeds, and what it said.
func again(t *testing.T, command, plan string) string {
	t.Helper()
	said := ""
	for try := 1; try <= maxTries; try++ {
		out, err := tool(t, command, "--auto-approve", plan).CombinedOutput()
		said += fmt.Sprintf("\n--- %s, try %d\n%s", command, try, out)
		if err == nil || strings.Contains(string(out), "a plan runs once") || strings.Contains(string(out), "there is nothing to revert") {
			return said
		}
	}
	t.Errorf("%s did not come to its end", command)
	return said
}

// awaitEvents waits until the journal has so many events; false where the run ended before.
func awaitEvents(dir string, n int, ended chan error) bool {
	return awaitJournal(dir, ended, func(events []executor.Event) bool { return len(events) >= n })
}

// awaitJournal waits until the events of the only journal in a folder are as wanted; false where the run ended before.
func awaitJournal(dir string, ended chan error, wanted func([]executor.Event) bool) bool {
	for {
		if wanted(journal(dir)) {
			return true
		}
		select {
		case err := <-ended:
			ended <- err
			return false
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// journal reads the only journal in a folder; nil where there is none that can be read.
func journal(dir string) []executor.Event {
	paths, err := filepath.Glob(filepath.Join(dir, "*.journal"))
	if err != nil || len(paths) != 1 {
		return nil
	}
	events, err := executor.ReadJournal(paths[0])
	if err != nil {
		return nil
	}
	return events
}

// etcFiles gives every file under the hosts' etc with its content.
func etcFiles(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	roots, err := filepath.Glob(filepath.Join(dir, "scheduler-*", "etc"))
	if err != nil {
		t.Fatal(err)
	}
	for _, root := range roots {
		err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
			if err != nil || !e.Type().IsRegular() {
				return err
			}
			text, err := os.ReadFile(path)
			out[path] = string(text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// demandTheEnd demands what must be true after every case: normal service, every task alive, one commit, every file as before.
func demandTheEnd(t *testing.T, c *sandbox.Cluster, dir string, before map[string]string, text string) {
	t.Helper()
	var state sandbox.State
	leader := 0
	for end := time.Now().Add(patience); leader != 1 && time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		var err error
		if state, err = sandbox.Look(t.Context(), c.Info()); err != nil {
			t.Fatal(err)
		}
		leader = 0
		for _, s := range state.Schedulers {
			if s.Lifecycle == "ACTIVE" && s.Registered && s.Tasks >= 33 && running(&state) == 25 {
				leader++
			}
			if s.Filtered {
				t.Errorf("%s is still isolated", s.Name)
			}
		}
	}
	if leader != 1 {
		t.Errorf("%d leaders that have the 33 tasks, %d of 25 running: %+v", leader, running(&state), state.Schedulers)
	}
	for _, e := range c.Master().Events() {
		if e.Kind == "task-killed" {
			t.Errorf("task %s was killed: %s", e.TaskID, e.Why)
		}
	}
	commits := 0
	logs, err := filepath.Glob(filepath.Join(dir, "scheduler-*", "var/log/aurora-scheduler.log"))
	if err != nil {
		t.Fatal(err)
	}
	for _, log := range logs {
		said, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		commits += strings.Count(string(said), "Shutting down application")
	}
	if commits != 1 {
		t.Errorf("%d commits", commits)
	}
	for path, now := range etcFiles(t, dir) {
		if before[path] != now {
			t.Errorf("%s differs from before:\n%s", path, now)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}

// running counts the tasks that the Mesos master runs: those that are active in the backup, or others in their place where a leader
// died between assigning and launching them.
func running(s *sandbox.State) int {
	n := 0
	for _, count := range s.Running {
		n += count
	}
	return n
}
