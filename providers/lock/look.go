package lock

import (
	"context"
	"sync"

	"github.com/restorectl/restorectl/planner"
)

// Look says who has the lock, as far as that can be told. It takes nothing for longer than a moment.
func (k *Keeper) Look(ctx context.Context) planner.Lock {
	var l planner.Lock
	live := make([]bool, len(k.Hosts))
	var wg sync.WaitGroup
	for i := range k.Hosts {
		// A host that can't be reached says so elsewhere.
		wg.Go(func() { live[i], _ = k.Hosts[i].Look(ctx) })
	}
	if k.Ensemble != nil {
		var err error
		if l, err = k.Ensemble.Look(ctx); err != nil {
			l = planner.Lock{Problem: err.Error()}
		}
	}
	wg.Wait()
	for i := range k.Hosts {
		if live[i] {
			l.Live = append(l.Live, k.Hosts[i].Name)
		}
	}
	return l
}
