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

// commands runs the service by the operator's own commands.
type commands struct{ cfg config.Service }

func (c commands) state(ctx context.Context, h host.Host) (planner.Service, error) {
	s := planner.Service{Kind: config.ServiceCommand, Name: strings.Join(c.cfg.Status, " ")}
	res, err := h.Run(ctx, host.Command{Args: c.cfg.Status, Root: true})
	exit := (*host.ExitError)(nil)
	if errors.As(err, &exit) {
		switch exit.Code {
		case statusStopped:
			s.State, s.Detail = StateStopped, "exit status 3"
			return s, nil
		case 127:
			s.State, s.Detail = StateMissing, "the status command is not there"
			return s, nil
		}
	}
	if err != nil {
		return s, fmt.Errorf("the status command must exit 0 while the service runs and 3 while it does not: %w", err)
	}
	first, _, _ := strings.Cut(string(res.Stdout), "\n")
	if s.PID, err = strconv.Atoi(strings.TrimSpace(first)); err != nil || s.PID < 1 {
		return s, fmt.Errorf("%s on %s exited 0 and printed %.80q where its first line must be the process id", s.Name, h.Name(), first)
	}
	s.State = StateRunning
	return s, nil
}

func (c commands) start(ctx context.Context, h host.Host) error { return c.run(ctx, h, c.cfg.Start) }

func (c commands) stop(ctx context.Context, h host.Host) error { return c.run(ctx, h, c.cfg.Stop) }

func (c commands) run(ctx context.Context, h host.Host, args []string) error {
	_, err := h.Run(ctx, host.Command{Args: args, Root: true})
	return err
}
