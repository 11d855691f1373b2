// Package firewall blocks the scheduler's HTTP port from outside the host, so that nobody but the host itself and the addresses
// that the operator allows can reach a scheduler while it is being restored. It does so with nftables, iptables or firewalld, and
// touches nothing but rules of its own.
package firewall

import (
	"context"
	"errors"
	"fmt"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/host"
)

// filter is a packet filter.
type filter interface {
	// place names for people where the rules are.
	place() string
	// read gives what there is of restorectl's rules.
	read(ctx context.Context, h host.Host) (reading, error)
	// apply puts the rules in force, in place of any older ones of restorectl's.
	apply(ctx context.Context, h host.Host, r *ruleset) error
	// remove takes all of restorectl's rules away; where there are none it does nothing.
	remove(ctx context.Context, h host.Host) error
	// risk says what runs on the host that may take the rules away, empty where nothing does; an *unusableError, why the filter is of
	// no use there though it answers.
	risk(ctx context.Context, h host.Host) (string, error)
}

// reading is what was read of restorectl's rules.
type reading interface {
	// any says whether there is any rule of restorectl's, half of them included.
	any() bool
	// inForce says whether exactly these rules are.
	inForce(r *ruleset) bool
	// blocks says whether connections to the port are reset, whoever may still reach it.
	blocks(port int) bool
}

func choose(kind string) (filter, error) {
	switch kind {
	case config.FirewallNftables:
		return nftables{}, nil
	case config.FirewallIptables:
		return iptables{}, nil
	case config.FirewallFirewalld:
		return firewalld{}, nil
	}
	return nil, fmt.Errorf("there is no firewall of kind %q", kind)
}

// Observe looks whether a kind of packet filter can be used on a host, what may take rules away again there, and whether restorectl's
// own are in force.
func Observe(ctx context.Context, h host.Host, kind string) (planner.Firewall, error) {
	seen := planner.Firewall{Kind: kind}
	f, err := choose(kind)
	if err != nil {
		return seen, err
	}
	rules, err := f.read(ctx, h)
	if err == nil {
		seen.Blocked = rules.any()
		seen.Risk, err = f.risk(ctx, h)
	}
	if exit, unusable := (*host.ExitError)(nil), (*unusableError)(nil); errors.As(err, &exit) || errors.As(err, &unusable) {
		seen.Problem, err = err.Error(), nil
	}
	return seen, err
}

// Blocks gives a function that says whether restorectl's own rules, of a kind, block a port from outside a host.
func Blocks(kind string) func(ctx context.Context, h host.Host, port int) (bool, error) {
	return func(ctx context.Context, h host.Host, port int) (bool, error) {
		f, err := choose(kind)
		if err != nil {
			return false, err
		}
		rules, err := f.read(ctx, h)
		return err == nil && rules.blocks(port), err
	}
}

// unusableError says why a packet filter can't be used though its program answers.
type unusableError struct{ reason string }

func (e *unusableError) Error() string { return e.reason }

// answers says whether a command exits 0. Where its program is not there, it does not.
func answers(ctx context.Context, h host.Host, args ...string) (bool, error) {
	_, err := h.Run(ctx, host.Command{Args: append([]string{"env", "LC_ALL=C"}, args...), Root: true})
	if exit := (*host.ExitError)(nil); errors.As(err, &exit) {
		return false, nil
	}
	return err == nil, err
}
