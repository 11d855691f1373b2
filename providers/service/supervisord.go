package service

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/host"
)

// supervisord runs the service as a program of it. A program that ended by itself is EXITED for up to a second, until supervisord has
// decided whether it brings it back; BACKOFF is between two tries, FATAL after the last one.
type supervisord struct{ program, configFile string }

// verdict is how long supervisord takes to decide about a program that ended.
const verdict = 1100 * time.Millisecond

func (d supervisord) state(ctx context.Context, h host.Host) (planner.Service, error) {
	// Its exit status says in some releases whether the program runs, and in others nothing.
	said, err := d.ctl(ctx, h, "status")
	if err != nil {
		return planner.Service{}, err
	}
	s, err := parseProgram(said, d.program)
	if err != nil {
		return s, fmt.Errorf("supervisorctl status %s on %s: %w", d.program, h.Name(), err)
	}
	s.Kind, s.Name = config.ServiceSupervisord, d.program
	if s.State != StateRunning || s.PID != 0 {
		return s, nil
	}
	// While it starts and stops, status tells no process.
	if said, err = d.ctl(ctx, h, "pid"); err != nil {
		return s, err
	}
	pid, err := strconv.Atoi(strings.TrimSpace(said))
	if err != nil || pid < 0 {
		return s, fmt.Errorf("supervisorctl pid %s on %s printed %.80q", d.program, h.Name(), said)
	}
	s.PID = pid
	if pid == 0 {
		// It went between the two questions.
		s.State = StateRestarting
	}
	return s, nil
}

// parseProgram reads the line of a program: its name, its state, and a description.
func parseProgram(text, program string) (planner.Service, error) {
	var fields []string
	for line := range strings.Lines(text) {
		if f := strings.Fields(line); len(f) > 1 && strings.TrimSuffix(f[0], ":") == program {
			fields = f
		}
	}
	if len(fields) == 0 {
		return planner.Service{}, fmt.Errorf("it printed %.200q", strings.TrimSpace(text))
	}
	state, rest := fields[1], fields[2:]
	s := planner.Service{Detail: state}
	switch state {
	case "RUNNING":
		s.State = StateRunning
		if len(rest) > 1 && rest[0] == "pid" {
			pid, err := strconv.Atoi(strings.TrimSuffix(rest[1], ","))
			if err != nil {
				return s, fmt.Errorf("process %s is not a number", rest[1])
			}
			s.PID = pid
		}
		return s, nil
	case "STARTING", "STOPPING":
		s.State = StateRunning
	case "BACKOFF":
		s.State = StateRestarting
	case "STOPPED", "EXITED", "FATAL":
		s.State = StateStopped
	case "ERROR":
		if strings.Contains(text, "no such process") || strings.Contains(text, "no such group") {
			return planner.Service{State: StateMissing, Detail: "supervisord has no such program"}, nil
		}
		return s, fmt.Errorf("it printed %.200q", strings.TrimSpace(text))
	default:
		return s, fmt.Errorf("the state %s is not known", state)
	}
	if len(rest) > 0 {
		s.Detail += " (" + strings.Join(rest, " ") + ")"
	}
	return s, nil
}

// start gives the order. Whether the program came up is looked at by its state: what supervisorctl says of one that ended before its
// startsecs would be true of the first try only.
func (d supervisord) start(ctx context.Context, h host.Host) error {
	said, err := d.ctl(ctx, h, "start")
	if err != nil {
		return err
	}
	for _, fine := range []string{": started", "already started", "abnormal termination", "spawn error"} {
		if strings.Contains(said, fine) {
			return nil
		}
	}
	return fmt.Errorf("supervisorctl start %s on %s: %s", d.program, h.Name(), strings.TrimSpace(said))
}

func (d supervisord) stop(ctx context.Context, h host.Host) error {
	for {
		said, err := d.ctl(ctx, h, "stop")
		if err != nil {
			return err
		}
		if !strings.Contains(said, ": stopped") && !strings.Contains(said, "not running") {
			return fmt.Errorf("supervisorctl stop %s on %s: %s", d.program, h.Name(), strings.TrimSpace(said))
		}
		s, err := d.state(ctx, h)
		if err != nil || !strings.HasPrefix(s.Detail, "EXITED") && s.State == StateStopped {
			return err
		}
		// It had ended by itself. An order to stop is only kept by a program that runs.
		select {
		case <-time.After(verdict):
		case <-ctx.Done():
			return ctx.Err()
		}
		if s, err = d.state(ctx, h); err != nil || s.State == StateStopped {
			return err
		}
	}
}

// ctl runs supervisorctl on the program and gives what it said, also where that is that it could not.
func (d supervisord) ctl(ctx context.Context, h host.Host, op string) (string, error) {
	args := []string{"env", "LC_ALL=C", "supervisorctl"}
	if d.configFile != "" {
		file, err := host.Expand(ctx, h, d.configFile)
		if err != nil {
			return "", err
		}
		args = append(args, "-c", file)
	}
	res, err := h.Run(ctx, host.Command{Args: append(args, op, d.program), Root: true})
	if exit := (*host.ExitError)(nil); errors.As(err, &exit) && strings.HasPrefix(strings.TrimSpace(string(res.Stdout)), d.program) {
		return string(res.Stdout), nil
	}
	if err != nil {
		return "", fmt.Errorf("can't ask supervisord for %s: %w", d.program, err)
	}
	return string(res.Stdout), nil
}
