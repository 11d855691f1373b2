// Package firewall blocks the scheduler's HTTP port from outside the host, so that nobody but the host itself and the addresses
// that the operator allows can reach a scheduler while it is being restored.
package firewall

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/host"
)

// KindNftables is the kind of packet filter that this package works with.
const KindNftables = "nftables"

// Observe looks whether nftables can be used on a host, and whether restorectl's own table is in force.
func Observe(ctx context.Context, h host.Host) (planner.Firewall, error) {
	f := planner.Firewall{Kind: KindNftables}
	_, there, err := list(ctx, h)
	exit := (*host.ExitError)(nil)
	if errors.As(err, &exit) {
		f.Problem = err.Error()
		return f, nil
	}
	f.Blocked = there
	return f, err
}

// Blocks says whether restorectl's own rules block a port from outside a host.
func Blocks(ctx context.Context, h host.Host, port int) (bool, error) {
	listing, there, err := list(ctx, h)
	return there && blocks(listing, port), err
}

// list reads the table; false says that it is not there.
func list(ctx context.Context, h host.Host) (string, bool, error) {
	res, err := h.Run(ctx, nft("list", "table", "inet", Table))
	if err == nil {
		return string(res.Stdout), true, nil
	}
	if absent(err) {
		return "", false, nil
	}
	return "", false, fmt.Errorf("nftables can't be used: %w", err)
}

// absent says whether nft failed because the table is not there, and not because nft is not.
func absent(err error) bool {
	exit := (*host.ExitError)(nil)
	// A missing program ends with 127.
	if !errors.As(err, &exit) || exit.Code != 1 {
		return false
	}
	return strings.Contains(string(exit.Stderr), "No such file or directory")
}

// apply puts the rules in force, in one transaction.
func apply(ctx context.Context, h host.Host, r *ruleset) error {
	c := nft("-f", "-")
	c.Stdin = strings.NewReader(r.script())
	if _, err := h.Run(ctx, c); err != nil {
		return fmt.Errorf("nftables did not take the rules, and nothing was changed: %w", err)
	}
	return nil
}

// remove deletes the table; one that is not there is no error.
func remove(ctx context.Context, h host.Host) error {
	_, err := h.Run(ctx, nft("delete", "table", "inet", Table))
	if err != nil && !absent(err) {
		return fmt.Errorf("restorectl's rules could not be taken away: %w", err)
	}
	return nil
}

func nft(args ...string) host.Command {
	return host.Command{Args: append([]string{"env", "LC_ALL=C", "nft"}, args...), Root: true}
}
