package hostsim

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// The states of a service, as systemd names them: ActiveState and SubState.
const (
	inactive     = "inactive"
	failed       = "failed"
	active       = "active"
	activating   = "activating"
	deactivating = "deactivating"

	dead        = "dead"
	running     = "running"
	autoRestart = "auto-restart"
	stopTerm    = "stop-sigterm"
	stopKill    = "stop-sigkill"
)

// exitExec is the status of a process whose program could not be run.
const exitExec = 203

// service is a unit that is loaded, and its process.
type service struct {
	starter *starter
	env     []string

	mu       sync.Mutex
	changed  *sync.Cond
	unit     *unit
	state    string
	sub      string
	pid      int
	restarts int
	result   string
	code     int // CLD_EXITED, CLD_KILLED, or 0 before the first end
	status   int
	lastPID  int
	started  time.Time
	ended    time.Time
	stopping bool
	halted   bool
	timer    *time.Timer
	wait     sync.WaitGroup
}

func newService(st *starter, u *unit, env []string) *service {
	s := &service{starter: st, env: env, unit: u, state: inactive, sub: dead, result: "success"}
	s.changed = sync.NewCond(&s.mu)
	return s
}

// set changes the state and tells who waits for that.
func (s *service) set(state, sub string) {
	s.state, s.sub = state, sub
	s.changed.Broadcast()
}

// start starts the service and returns when its process was made. A service that is about to be restarted is waited for.
func (s *service) start() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.sub == autoRestart || s.state == deactivating {
		s.changed.Wait()
	}
	if s.halted || s.state == active {
		return
	}
	s.restarts, s.result = 0, "success"
	s.spawn()
}

// spawn makes the process. A unit whose conditions are not met is left alone, which counts as no failure.
func (s *service) spawn() {
	if !s.unit.met() {
		s.set(inactive, dead)
		return
	}
	s.started, s.stopping = time.Now(), false
	c := exec.Command(s.unit.exec[0], s.unit.exec[1:]...)
	c.Env = append(append([]string{}, s.env...), s.unit.environment...)
	c.Dir = s.unit.folder
	if c.Dir == "" {
		c.Dir = "/"
	}
	closeFiles, err := s.outputs(c)
	if err == nil {
		err = s.starter.start(c)
		closeFiles()
	}
	if err != nil {
		s.code, s.status, s.lastPID = 1, exitExec, 0
		s.ended = time.Now()
		s.conclude(false, "exit-code")
		return
	}
	s.pid, s.lastPID = c.Process.Pid, c.Process.Pid
	s.set(active, running)
	s.wait.Go(func() { s.reap(c) })
}

// outputs connects the process with the files that the unit names.
func (s *service) outputs(c *exec.Cmd) (func(), error) {
	var files []*os.File
	closeFiles := func() {
		for _, f := range files {
			_ = f.Close() // The process has its own.
		}
	}
	open := func(spec string) (*os.File, error) {
		name, ok := strings.CutPrefix(spec, "append:")
		if !ok {
			return nil, nil //nolint:nilnil // /dev/null.
		}
		f, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644) //nolint:gosec // A log is for all to read.
		files = append(files, f)
		return f, err
	}
	out, err := open(s.unit.output)
	if err != nil {
		return closeFiles, err
	}
	errs := out
	if s.unit.errorOutput != "" && s.unit.errorOutput != "inherit" {
		if errs, err = open(s.unit.errorOutput); err != nil {
			closeFiles()
			return closeFiles, err
		}
	}
	if out != nil {
		c.Stdout = out
	}
	if errs != nil {
		c.Stderr = errs
	}
	return closeFiles, nil
}

// reap waits for the process's end and does what the unit says then.
func (s *service) reap(c *exec.Cmd) {
	_ = c.Wait() // Its state tells.
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = syscall.Kill(-s.pid, syscall.SIGKILL) // What it left behind, if anything.
	s.pid, s.ended = 0, time.Now()
	clean, result := true, "success"
	if status, ok := c.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		s.code, s.status = 2, int(status.Signal())
		switch status.Signal() {
		case syscall.SIGHUP, syscall.SIGINT, syscall.SIGTERM, syscall.SIGPIPE:
		default:
			clean, result = false, "signal"
		}
	} else {
		s.code, s.status = 1, c.ProcessState.ExitCode()
		if !s.unit.clean(s.status) {
			clean, result = false, "exit-code"
		}
	}
	if s.result == "timeout" {
		clean, result = false, "timeout"
	}
	s.conclude(clean, result)
}

// conclude takes the service from a process that has ended to what comes next.
func (s *service) conclude(clean bool, result string) {
	s.result = result
	switch {
	case !s.halted && !s.stopping && s.unit.restarts(clean):
		s.set(activating, autoRestart)
		s.timer = time.AfterFunc(s.unit.restartDelay, s.again)
	case clean:
		s.set(inactive, dead)
	default:
		s.set(failed, failed)
	}
}

// again starts the service when its time to wait is over.
func (s *service) again() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.halted || s.sub != autoRestart {
		return
	}
	s.restarts++
	s.spawn()
}

// stop stops the service and returns when its process is gone.
func (s *service) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.sub == autoRestart:
		s.timer.Stop()
		s.set(inactive, dead)
		return
	case s.state == active:
		s.stopping = true
		s.set(deactivating, stopTerm)
		s.signal(syscall.SIGTERM)
		s.signal(syscall.SIGCONT) // A stopped process does not hear.
		pid := s.pid
		s.timer = time.AfterFunc(s.unit.timeoutStop, func() { s.kill(pid) })
		defer s.timer.Stop()
	}
	for s.state == deactivating {
		s.changed.Wait()
	}
}

// kill ends a process that did not stop in time.
func (s *service) kill(pid int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pid != pid || s.state != deactivating {
		return
	}
	s.result = "timeout"
	s.set(deactivating, stopKill)
	s.signal(syscall.SIGKILL)
}

// signal sends a signal to all processes of the service. The lock is held.
func (s *service) signal(sig syscall.Signal) {
	if s.pid != 0 {
		_ = syscall.Kill(-s.pid, sig) // It may be ending.
	}
}

// send sends a signal from outside the supervisor, which takes what comes of it for an accident.
func (s *service) send(sig syscall.Signal) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pid == 0 {
		return fmt.Errorf("%s has no process now; it is %s (%s)", s.unit.name, s.state, s.sub)
	}
	return syscall.Kill(-s.pid, sig)
}

// halt ends the service as a power cut does, for good, and waits until nothing of it is left.
func (s *service) halt() {
	s.mu.Lock()
	s.halted = true
	if s.timer != nil {
		s.timer.Stop()
	}
	if s.sub == autoRestart {
		s.set(inactive, dead)
	}
	s.signal(syscall.SIGKILL)
	s.mu.Unlock()
	s.wait.Wait()
}

// resetFailed forgets a failure.
func (s *service) resetFailed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.restarts, s.result = 0, "success"
	if s.state == failed {
		s.set(inactive, dead)
	}
}
