package host

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
)

// Names are the names and addresses that the machine gives itself, by which others may know it. Addresses of loopback are not among
// them: every machine has those.
func Names(ctx context.Context, h Host) ([]string, error) {
	var names []string
	// The short name, the full one, all addresses. Not every machine can tell all of them.
	for _, option := range []string{"-s", "-f", "-I"} {
		res, err := h.Run(ctx, Command{Args: []string{"hostname", option}})
		if errors.Is(err, ErrUnreachable) {
			return nil, err
		}
		if err != nil {
			continue
		}
		for _, name := range strings.Fields(string(res.Stdout)) {
			if a, err := netip.ParseAddr(name); err == nil && a.IsLoopback() || name == "localhost" || slices.Contains(names, name) {
				continue
			}
			names = append(names, name)
		}
	}
	return names, nil
}
