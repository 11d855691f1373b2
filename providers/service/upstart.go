package service

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/host"
)

// upstart runs the service as a job. A job has a goal, start or stop, and a state on the way there; one that respawned too often gets
// the goal stop by itself.
type upstart struct{ job string }

// jobLine is what initctl says of a job: name, instance, goal/state and, where the state has one, the process.
var jobLine = regexp.MustCompile(`^(\S+)(?: \([^)]*\))? (start|stop)/([a-z-]+)(?:, process (\d+))?$`)

func (u upstart) state(ctx context.Context, h host.Host) (planner.Service, error) {
	res, err := h.Run(ctx, u.initctl("status"))
	if exit := (*host.ExitError)(nil); errors.As(err, &exit) {
		if said := string(exit.Stderr); strings.Contains(said, "Unknown job") || strings.Contains(said, "Unknown instance") {
			return planner.Service{Kind: config.ServiceUpstart, Name: u.job, State: StateMissing, Detail: "upstart has no such job"}, nil
		}
	}
	if err != nil {
		return planner.Service{}, fmt.Errorf("can't ask upstart for %s: %w", u.job, err)
	}
	s, err := parseJob(string(res.Stdout))
	if err != nil {
		return s, fmt.Errorf("initctl status %s on %s: %w", u.job, h.Name(), err)
	}
	s.Kind, s.Name = config.ServiceUpstart, u.job
	return s, nil
}

// parseJob reads what `initctl status` printed. Lines after the first one are about processes beside the main one.
func parseJob(text string) (planner.Service, error) {
	first, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	m := jobLine.FindStringSubmatch(strings.TrimSpace(first))
	if m == nil {
		return planner.Service{}, fmt.Errorf("it printed %.80q, which is no job's state", first)
	}
	goal, state := m[2], m[3]
	s := planner.Service{Detail: goal + "/" + state}
	if m[4] != "" {
		pid, err := strconv.Atoi(m[4])
		if err != nil || pid < 1 {
			return s, fmt.Errorf("process %s is not a number", m[4])
		}
		s.PID = pid
	}
	switch {
	case state == "waiting":
		s.State = StateStopped
	case state == "pre-start" || state == "post-stop":
		// The process named here is the job's script for that moment.
		s.PID, s.State = 0, StateRestarting
	case goal == "start" && s.PID == 0:
		s.State = StateRestarting
	default:
		// Also while it goes down: its processes are still there.
		s.State = StateRunning
	}
	return s, nil
}

func (u upstart) start(ctx context.Context, h host.Host) error {
	return u.unless(ctx, h, "start", "already running")
}

func (u upstart) stop(ctx context.Context, h host.Host) error {
	return u.unless(ctx, h, "stop", "Unknown instance")
}

// unless runs a command of initctl. What it says where there is nothing to do is no error.
func (u upstart) unless(ctx context.Context, h host.Host, op, done string) error {
	_, err := h.Run(ctx, u.initctl(op))
	if exit := (*host.ExitError)(nil); errors.As(err, &exit) && strings.Contains(string(exit.Stderr), done) {
		return nil
	}
	return err
}

func (u upstart) initctl(op string) host.Command {
	return host.Command{Args: []string{"env", "LC_ALL=C", "initctl", op, u.job}, Root: true}
}
