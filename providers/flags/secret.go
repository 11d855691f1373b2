package flags

import (
	"context"
	"errors"
	"fmt"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/host"
)

// Secret reads the value of a flag that holds a secret, as it is written in a scheduler's settings. Who asks must keep it in memory, and
// no longer than it is needed; no error holds any of it.
func Secret(ctx context.Context, h host.Host, c config.Flags, name string) (string, error) {
	k, err := choose(c)
	if err != nil {
		return "", err
	}
	now, err := observe(ctx, h, k, &planner.Settings{})
	if unreadable := (*unreadableError)(nil); errors.As(err, &unreadable) {
		return "", fmt.Errorf("the settings of the scheduler on %s can't be understood", h.Name())
	}
	if err != nil {
		return "", err
	}
	if f, there := find(now, name); there {
		return f.value, nil
	}
	return "", fmt.Errorf("the settings of the scheduler on %s give no flag -%s", h.Name(), name)
}
