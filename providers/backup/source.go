package backup

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/providers/host"
)

// Sources is where backups are read from.
type Sources struct {
	// Hosts gives the schedulers' hosts.
	Hosts host.Pool
	// Stores streams a backup from the store of a name.
	Stores func(ctx context.Context, store, name string) (io.ReadCloser, error)
}

// Open streams the backup that is chosen: from the operator's machine, from a store, or from the path on a scheduler's host. Closing the
// stream ends what sends it.
func (s Sources) Open(ctx context.Context, choice config.Backup, path string) (io.ReadCloser, error) {
	switch {
	case choice.File != "":
		return os.Open(choice.File)
	case choice.Store != "" && s.Stores != nil:
		return s.Stores(ctx, choice.Store, choice.Name)
	case s.Hosts == nil:
		return nil, fmt.Errorf("nobody can reach the place of backup %s", choice.Name)
	}
	h, err := s.Hosts.Host(ctx, choice.Scheduler)
	if err != nil {
		return nil, err
	}
	in, out := io.Pipe()
	go func() {
		_, err := host.Fetch(ctx, h, path, out, "")
		_ = out.CloseWithError(err) // Never fails.
	}()
	return in, nil
}
