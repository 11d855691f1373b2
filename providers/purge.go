package providers

import (
	"context"
	"errors"
	"fmt"
)

// Kept is what a run left on a host.
type Kept struct {
	Scheduler, Path string
	// Size is in bytes.
	Size int64
}

// Kept says what the run with the id left on each host; hosts where nothing is left are not in it.
func (c *Cluster) Kept(ctx context.Context, runID string) ([]Kept, error) {
	var kept []Kept
	for _, s := range c.restore.Cluster.Present() {
		f, err := folders{cluster: c, runID: runID}.Folder(ctx, s.Name)
		if err != nil {
			return nil, err
		}
		limited, cancel := context.WithTimeout(ctx, hostPatience)
		size, err := f.Size(limited)
		cancel()
		if err != nil {
			return nil, err
		}
		if size > 0 {
			kept = append(kept, Kept{s.Name, f.Path(), size})
		}
	}
	return kept, nil
}

// Purge deletes what the run left on every host. Hosts on which it fails don't keep it from the others.
func (c *Cluster) Purge(ctx context.Context, runID string) error {
	var errs []error
	for _, s := range c.restore.Cluster.Present() {
		f, err := folders{cluster: c, runID: runID}.Folder(ctx, s.Name)
		if err == nil {
			limited, cancel := context.WithTimeout(ctx, readPatience)
			err = f.Purge(limited)
			cancel()
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", s.Name, err))
		}
	}
	return errors.Join(errs...)
}
