package service

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/host"
)

// systemd runs the service as a unit.
type systemd struct{ unit string }

// shown are the properties of a unit that tell its state.
const shown = "LoadState,ActiveState,SubState,MainPID,Result,NRestarts"

func (u systemd) state(ctx context.Context, h host.Host) (planner.Service, error) {
	res, err := h.Run(ctx, host.Command{Args: []string{"systemctl", "show", "--no-pager", "--property=" + shown, u.unit}, Root: true})
	if err != nil {
		return planner.Service{}, fmt.Errorf("can't ask systemd for %s: %w", u.unit, err)
	}
	s, err := parseUnit(string(res.Stdout))
	if err != nil {
		return s, fmt.Errorf("systemctl show %s on %s: %w", u.unit, h.Name(), err)
	}
	s.Kind, s.Name = config.ServiceSystemd, u.unit
	return s, nil
}

// parseUnit reads what `systemctl show` printed, properties in any order.
func parseUnit(text string) (planner.Service, error) {
	p := map[string]string{}
	for line := range strings.Lines(text) {
		if k, v, ok := strings.Cut(strings.TrimRight(line, "\r\n"), "="); ok {
			p[k] = v
		}
	}
	active, sub, load := p["ActiveState"], p["SubState"], p["LoadState"]
	if active == "" || load == "" {
		return planner.Service{}, errors.New("it printed no state")
	}
	s := planner.Service{Detail: active}
	if sub != "" && sub != active {
		s.Detail += " (" + sub + ")"
	}
	if v := p["MainPID"]; v != "" {
		pid, err := strconv.Atoi(v)
		if err != nil {
			return s, fmt.Errorf("MainPID=%s is not a number", v)
		}
		s.PID = pid
	}
	if r := p["Result"]; r != "" && r != "success" {
		s.Detail += ", last result " + r
	}
	if n := p["NRestarts"]; n != "" && n != "0" {
		s.Detail += ", restarted " + n + " times"
	}
	switch active {
	case "active", "reloading", "deactivating", "refreshing", "maintenance":
		// While it deactivates its processes are still there.
		s.State = StateRunning
	case "activating":
		s.State = StateRunning
		if s.PID == 0 {
			s.State = StateRestarting
		}
	case "inactive", "failed":
		s.State = StateStopped
		if load == "not-found" || load == "masked" {
			s.State, s.Detail = StateMissing, "unit "+load
		}
	default:
		return s, fmt.Errorf("ActiveState=%s is not known", active)
	}
	return s, nil
}

func (u systemd) start(ctx context.Context, h host.Host) error {
	_, err := h.Run(ctx, host.Command{Args: []string{"systemctl", "start", u.unit}, Root: true})
	// Not all of what systemctl says then is in the error's text.
	if exit := (*host.ExitError)(nil); errors.As(err, &exit) && strings.Contains(string(exit.Stderr), "attempted too often") {
		return fmt.Errorf("%w; look into its journal why it ended so often, then `systemctl reset-failed %s`", err, u.unit)
	}
	return err
}

func (u systemd) stop(ctx context.Context, h host.Host) error {
	_, err := h.Run(ctx, host.Command{Args: []string{"systemctl", "stop", u.unit}, Root: true})
	return err
}
