// Package service starts, stops and asks the scheduler service of a host, always by way of what supervises it: systemd, upstart,
// supervisord, an init script, or the operator's own commands. Nothing is enabled, disabled or masked; a unit of systemd is held by a
// drop-in for as long as a run lasts, so that it starts only where restorectl started it. It also reads what the running process really has: its user and its flags.
package service

import (
	"context"
	"fmt"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/host"
)

// The states of a service (planner.Service.State).
const (
	StateRunning    = "running"
	StateStopped    = "stopped"
	StateRestarting = "restarting"
	StateMissing    = "missing"
)

// supervisor is a way to run the service.
type supervisor interface {
	state(ctx context.Context, h host.Host) (planner.Service, error)
	start(ctx context.Context, h host.Host) error
	stop(ctx context.Context, h host.Host) error
}

// Observe asks the supervisor for the state of the service.
func Observe(ctx context.Context, h host.Host, c config.Service) (planner.Service, error) {
	sup, err := choose(c)
	if err != nil {
		return planner.Service{}, err
	}
	return sup.state(ctx, h)
}

func choose(c config.Service) (supervisor, error) {
	switch c.Kind {
	case config.ServiceSystemd:
		return systemd{unit: c.Unit}, nil
	case config.ServiceSysV:
		return sysv{script: c.Script, pidFile: c.PIDFile}, nil
	case config.ServiceUpstart:
		return upstart{job: c.Job}, nil
	case config.ServiceSupervisord:
		return supervisord{program: c.Program, configFile: c.ConfigFile}, nil
	case config.ServiceCommand:
		return commands{c}, nil
	}
	return nil, fmt.Errorf("there is no service of kind %q", c.Kind)
}

// unanswered is a service whose supervisor has not said anything yet.
var unanswered = planner.Service{Name: "the service", State: "its supervisor did not answer"}

// described is a state for people.
func described(s planner.Service) string {
	text := s.State
	if s.PID != 0 {
		text += fmt.Sprintf(", process %d", s.PID)
	}
	if s.Detail != "" && s.Detail != s.State {
		text += " (" + s.Detail + ")"
	}
	return text
}
