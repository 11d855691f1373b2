package providers

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/run"
)

// Recovered is the journal of a run as the hosts have it.
type Recovered struct {
	Records []executor.Record
	// From is the host whose copy it is, Seen the hosts that were looked at.
	From string
	Seen []string
	// Problems say, by host, what could not be read.
	Problems map[string]string
}

// Recover reads the copies of a run's journal on the hosts, and chooses the one to go on from.
func (c *Cluster) Recover(ctx context.Context, hosts []planner.Host, runID string) (Recovered, error) {
	r := Recovered{Problems: map[string]string{}}
	copies := map[string]run.Copy{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := range hosts {
		wg.Go(func() {
			found, there, err := c.copyOn(ctx, &hosts[i], runID)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err != nil:
				r.Problems[hosts[i].Name] = err.Error()
				return
			case there:
				copies[hosts[i].Name] = found
			}
			r.Seen = append(r.Seen, hosts[i].Name)
		})
	}
	wg.Wait()
	latest, from, err := run.Latest(copies)
	if err != nil {
		return r, err
	}
	r.Records, r.From = latest.Records, from
	return r, nil
}

func (c *Cluster) copyOn(ctx context.Context, seen *planner.Host, runID string) (run.Copy, bool, error) {
	f, err := c.folderOn(ctx, seen, runID)
	if err != nil {
		return run.Copy{}, false, err
	}
	return f.Copy(ctx)
}

// folderOn gives the folder of a run on a host that was observed.
func (c *Cluster) folderOn(ctx context.Context, seen *planner.Host, runID string) (*run.Folder, error) {
	if seen.Problem != "" {
		return nil, errors.New(seen.Problem)
	}
	h, err := c.machines.Host(ctx, seen.Name)
	if err != nil {
		return nil, err
	}
	parent, err := host.Expand(ctx, h, c.runsOn(seen))
	return &run.Folder{Host: h, Parent: parent, ID: runID}, err
}

// Unlock ends the claim of a run: its record in ZooKeeper, and that on each host. It takes the lock for that, so that it fails while
// somebody works on the run. Nothing else that the run left is touched.
func (c *Cluster) Unlock(ctx context.Context, seen *planner.Observation, claim planner.Claim) error {
	l, err := c.keeper(seen.Hosts).Hold(ctx, claim)
	if err != nil {
		return err
	}
	var errs []error
	for i := range seen.Hosts {
		f, err := c.folderOn(ctx, &seen.Hosts[i], claim.Run)
		if err == nil {
			err = f.Close(ctx, run.StateUnlocked)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", seen.Hosts[i].Name, err))
		}
	}
	return errors.Join(append(errs, l.Release(ctx, len(errs) == 0))...)
}
