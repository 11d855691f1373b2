package service

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strconv"
	"strings"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/host"
)

// sysv runs the service by its init script. Nobody brings a process back that ended. The script's status and the process in its pid
// file are looked at both: scripts differ in what they say.
type sysv struct{ script, pidFile string }

// The exit statuses of an init script's status action (LSB): those of a service that runs not, in three ways.
const (
	statusDeadPIDFile  = 1
	statusDeadLockFile = 2
	statusStopped      = 3
)

func (y sysv) state(ctx context.Context, h host.Host) (planner.Service, error) {
	s := planner.Service{Kind: config.ServiceSysV, Name: y.script}
	script, err := host.Expand(ctx, h, y.script)
	if err != nil {
		return s, err
	}
	if there, err := host.Exists(ctx, h, script); err != nil || !there {
		s.State, s.Detail = StateMissing, "there is no init script "+script
		return s, err
	}
	res, err := h.Run(ctx, host.Command{Args: []string{"env", "LC_ALL=C", script, "status"}, Root: true})
	exit := (*host.ExitError)(nil)
	code := 0
	switch {
	case errors.As(err, &exit):
		code = exit.Code
	case err != nil:
		return s, fmt.Errorf("can't ask %s for its status: %w", y.script, err)
	}
	pid, alive, pidErr := y.process(ctx, h)
	if pidErr != nil {
		return s, pidErr
	}
	switch code {
	case statusDeadPIDFile, statusDeadLockFile, statusStopped:
		s.State, s.Detail = StateStopped, fmt.Sprintf("its status exits %d", code)
		if alive && scheduler(ctx, h, pid) {
			// Aurora's script for rpm hosts looks for the program's name where that of the process is java.
			s.State, s.PID, s.Detail = StateRunning, pid, fmt.Sprintf("its status exits %d, but the process of %s lives", code, y.pidFile)
		}
		return s, nil
	case 0:
	default:
		return s, fmt.Errorf("the status action of an init script exits 0 while the service runs and 3 while it does not: %w", err)
	}
	s.State = StateRunning
	switch printed := printedPID(string(res.Stdout)); {
	case alive:
		s.PID = pid
	case printed != 0:
		s.PID = printed
	case pid != 0:
		// It ended a moment ago, or the script takes something else for the scheduler.
		s.Detail = fmt.Sprintf("its status exits 0, but the process of %s, %d, is gone", y.pidFile, pid)
	default:
		return s, fmt.Errorf(`%s status exits 0 on %s, but the process id is neither in %s nor printed; name the right file with pid_file in the block "service"`,
			y.script, h.Name(), y.pidFile)
	}
	return s, nil
}

// process reads the pid file and looks whether that process lives.
func (y sysv) process(ctx context.Context, h host.Host) (pid int, alive bool, err error) {
	path, err := host.Expand(ctx, h, y.pidFile)
	if err != nil {
		return 0, false, err
	}
	text, _, err := host.ReadFile(ctx, h, path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	first, _, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
	if pid, err = strconv.Atoi(strings.TrimSpace(first)); err != nil || pid < 1 {
		return 0, false, nil //nolint:nilerr // An empty file, or one that is being written: no process yet.
	}
	_, alive, err = lifeOf(ctx, h, pid)
	return pid, alive, err
}

// scheduler says whether a process shows a scheduler's flags. A stale pid file may name anybody.
func scheduler(ctx context.Context, h host.Host, pid int) bool {
	p, err := ProcessFlags(ctx, h, pid)
	return err == nil && len(p.Flags) > 0
}

// spokenPID is how init scripts tell the process in words: "aurora (pid 1234) is running...".
var spokenPID = regexp.MustCompile(`\bpid[ =:]+(\d+)`)

func printedPID(text string) int {
	if m := spokenPID.FindStringSubmatch(text); m != nil {
		if pid, err := strconv.Atoi(m[1]); err == nil {
			return pid
		}
	}
	return 0
}

// quietly runs a program without an output. The scheduler inherits what its init script has, and would write there, and keep it
// open, as long as it lives.
const quietly = `exec "$@" </dev/null >/dev/null 2>&1`

func (y sysv) start(ctx context.Context, h host.Host) error { return y.run(ctx, h, "start") }

func (y sysv) stop(ctx context.Context, h host.Host) error { return y.run(ctx, h, "stop") }

func (y sysv) run(ctx context.Context, h host.Host, op string) error {
	script, err := host.Expand(ctx, h, y.script)
	if err != nil {
		return err
	}
	_, err = h.Run(ctx, host.Command{Args: []string{"sh", "-c", quietly, "sh", "env", "LC_ALL=C", script, op}, Root: true})
	if exit := (*host.ExitError)(nil); errors.As(err, &exit) {
		return fmt.Errorf("%s %s on %s exited %d; run it there to see what it says", y.script, op, h.Name(), exit.Code)
	}
	return err
}
