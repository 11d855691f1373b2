package firewall

import (
	"context"
	"fmt"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/service"
)

// Actor carries out planner.FirewallAction.
type Actor struct {
	Hosts host.Pool
	// Kind is the packet filter, one of config's Firewall constants.
	Kind string
	// Process reads the scheduler's running process, the zero Process where there is none. An unblock that requires flags of
	// it is refused where it is nil.
	Process func(ctx context.Context, h host.Host) (planner.Process, error)
	// Probe tries to connect to a scheduler's port from places that must not get through, and says whether one did; an error, why nobody
	// could try. Nil means that nobody tries. The verification says so then.
	Probe func(ctx context.Context, scheduler string, port int) (through bool, err error)
}

// Look says whether exactly the step's rules are in force, or none.
func (a *Actor) Look(ctx context.Context, s planner.Step) (executor.Stand, error) {
	action, h, f, err := a.step(ctx, s)
	if err != nil {
		return executor.Pending, err
	}
	rules, err := f.read(ctx, h)
	if err != nil {
		return executor.Pending, err
	}
	if action.Op == planner.OpUnblock {
		if !rules.any() {
			return executor.Done, nil
		}
		return executor.Pending, a.required(ctx, h, action)
	}
	r, err := newRuleset(action.HTTPPort, action.Allow)
	if err != nil {
		return executor.Pending, &executor.Refusal{Reason: err.Error(), Remedy: `mend the block "isolation" and make a new plan`}
	}
	if rules.inForce(r) {
		return executor.Done, nil
	}
	return executor.Pending, nil
}

// required refuses to open the port of a scheduler that does not show the flags that must be there first.
func (a *Actor) required(ctx context.Context, h host.Host, action *planner.FirewallAction) error {
	if len(action.Require) == 0 {
		return nil
	}
	if a.Process == nil {
		return &executor.Refusal{Reason: "nobody can tell which flags the scheduler runs with, and its port must not open before they are back"}
	}
	p, err := a.Process(ctx, h)
	if err != nil {
		return err
	}
	remedy := "look at its settings and start it again; the port stays blocked until then"
	if p.PID == 0 {
		return &executor.Refusal{Reason: fmt.Sprintf("the scheduler on %s does not run, so it can't be seen that its flags are back", h.Name()), Remedy: remedy}
	}
	if wrong := service.Differences(p.Flags, action.Require); wrong != "" {
		return &executor.Refusal{Reason: fmt.Sprintf("the scheduler on %s, process %d, must not be reached from outside: %s", h.Name(), p.PID, wrong), Remedy: remedy}
	}
	return nil
}

// Act puts the rules in force in place of any older ones of restorectl's, or takes them away.
func (a *Actor) Act(ctx context.Context, s planner.Step) (executor.Outcome, error) {
	action, h, f, err := a.step(ctx, s)
	if err != nil {
		return nil, err
	}
	outcome := executor.Outcome{"rules": f.place()}
	if action.Op == planner.OpUnblock {
		if err := a.required(ctx, h, action); err != nil {
			return nil, err
		}
		return outcome, f.remove(ctx, h)
	}
	r, err := newRuleset(action.HTTPPort, action.Allow)
	if err != nil {
		return nil, err
	}
	return outcome, f.apply(ctx, h, r)
}

// Verify reads the rules back, and tries the port from outside.
func (a *Actor) Verify(ctx context.Context, s planner.Step) (string, error) {
	action, h, f, err := a.step(ctx, s)
	if err != nil {
		return "", err
	}
	rules, err := f.read(ctx, h)
	if err != nil {
		return "", err
	}
	if action.Op == planner.OpUnblock {
		if rules.any() {
			return "", fmt.Errorf("restorectl's rules are still in force on %s", h.Name())
		}
		return "restorectl's rules are gone", nil
	}
	r, err := newRuleset(action.HTTPPort, action.Allow)
	if err != nil {
		return "", err
	}
	if !rules.inForce(r) {
		return "", fmt.Errorf("the rules in %s on %s are not as they were set; find out what else changes rules there", f.place(), h.Name())
	}
	if a.Probe == nil {
		return "the rules are in force; nobody tried to connect from outside", nil
	}
	through, err := a.Probe(ctx, s.Host, action.HTTPPort)
	switch {
	case err != nil:
		return fmt.Sprintf("the rules are in force; nobody could try to connect from outside: %v", err), nil
	case through:
		return "", fmt.Errorf("port %d of %s can still be reached from outside though the rules are in force; find out by which way (a proxy, another network namespace)",
			action.HTTPPort, h.Name())
	}
	return "the rules are in force, and a connection from outside did not get through", nil
}

func (a *Actor) step(ctx context.Context, s planner.Step) (*planner.FirewallAction, host.Host, filter, error) {
	action := s.Action.Firewall
	if action == nil || action.Op != planner.OpBlock && action.Op != planner.OpUnblock {
		return nil, nil, nil, fmt.Errorf("step %s does not block or unblock a port", s.ID)
	}
	f, err := choose(a.Kind)
	if err != nil {
		return nil, nil, nil, err
	}
	h, err := a.Hosts.Host(ctx, s.Host)
	return action, h, f, err
}
