package scheduler

import (
	"context"

	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/host"
)

// Observe says what a scheduler's port answers. Port is the flag -http_port and ip the flag -ip, empty for none.
func Observe(ctx context.Context, h host.Host, port int, ip string) planner.HTTP {
	seen := planner.HTTP{Port: port}
	if port <= 0 {
		seen.Problem = "the scheduler has no fixed -http_port"
		return seen
	}
	v, err := (&Client{Host: h, Port: port, IP: ip}).Vars(ctx)
	if err != nil {
		seen.Problem, seen.Refused = err.Error(), refused(err)
		return seen
	}
	seen.Answers, seen.Release, seen.Lifecycle, seen.Registered = true, v.Release(), v.Lifecycle(), v.Registered()
	if seen.Lifecycle == "" {
		seen.Problem = "what answers on the port tells no lifecycle state; is it a scheduler?"
	}
	return seen
}
