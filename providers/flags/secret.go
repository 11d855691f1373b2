package flags

import (
	"context"
	"fmt"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/providers/host"
)

// Secret reads the value of a flag that holds a secret, as it is written in a scheduler's settings. Who asks must keep it in memory, and
// no longer than it is needed; no error holds any of it.
func Secret(ctx context.Context, h host.Host, c config.Flags, name string) (string, error) {
	path, err := host.Expand(ctx, h, c.Settings)
	if err != nil {
		return "", err
	}
	settings, err := file(ctx, h, path)
	if err != nil {
		return "", err
	}
	start, err := script(ctx, h, c)
	if err != nil {
		return "", err
	}
	l, err := read(start, settings, path)
	if err != nil {
		return "", fmt.Errorf("the settings of the scheduler on %s can't be understood", h.Name())
	}
	for _, f := range l.flags {
		if f.name == name {
			return f.value, nil
		}
	}
	return "", fmt.Errorf("the settings of the scheduler on %s give no flag -%s", h.Name(), name)
}
