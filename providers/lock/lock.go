package lock

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/run"
)

const (
	// renewEvery is how often a place that was lost is tried again, and renewCalm how often where the claim holds without it.
	renewEvery = 3 * time.Second
	renewCalm  = 30 * time.Second
	// renewPatience bounds the wait for a lock that was lost, before the run stops.
	renewPatience = time.Minute
)

// Keeper takes the lock of a cluster.
type Keeper struct {
	// Ensemble is nil where the cluster has no ZooKeeper.
	Ensemble *Ensemble
	Hosts    []Host
	// Note tells the operator what is worth a word.
	Note func(text string)
}

// Lock is one process's claim. It implements executor.Lock.
type Lock struct {
	keeper *Keeper
	claim  planner.Claim
	// tenure is nil where ZooKeeper is not there or could not be reached when the lock was taken.
	tenure *tenure
	grips  []*grip
	// unlocked are the hosts on which the run's own record says that its claim was ended.
	unlocked []*Host

	mu sync.Mutex
	// tried is when what was lost was tried to be taken again.
	tried time.Time
}

// Take takes the lock for a run. A *TakenError says who has it. Where ZooKeeper can't be reached the lock is kept on the hosts alone,
// which Note is told.
func (k *Keeper) Take(ctx context.Context, claim planner.Claim) (*Lock, error) {
	return k.take(ctx, claim, (*Lock).refuseOpen)
}

// Hold is Take where it does not matter which runs are open, as long as nobody works on the cluster.
func (k *Keeper) Hold(ctx context.Context, claim planner.Claim) (*Lock, error) {
	return k.take(ctx, claim, func(*Lock, context.Context) error { return nil })
}

func (k *Keeper) take(ctx context.Context, claim planner.Claim, check func(*Lock, context.Context) error) (*Lock, error) {
	l := &Lock{keeper: k, claim: claim}
	err := l.takeAll(ctx)
	if err == nil {
		err = check(l, ctx)
	}
	if err != nil {
		release, cancel := context.WithTimeout(context.WithoutCancel(ctx), hostPatience)
		defer cancel()
		return nil, errors.Join(err, l.Release(release, false))
	}
	return l, nil
}

func (l *Lock) takeAll(ctx context.Context) error {
	if e := l.keeper.Ensemble; e != nil {
		t := &tenure{ensemble: e, claim: l.claim, self: thisProcess()}
		err := t.take(ctx)
		if taken := (*TakenError)(nil); errors.As(err, &taken) {
			l.tenure = t
			return err
		}
		if err != nil {
			l.keeper.Note(fmt.Sprintf("the lock is kept on the hosts alone, since ZooKeeper can't be used for it: %v", err))
			release, cancel := context.WithTimeout(context.WithoutCancel(ctx), hostPatience)
			defer cancel()
			_ = t.release(release, false) // It can't be reached.
		} else {
			l.tenure = t
		}
	}
	for i := range l.keeper.Hosts {
		l.grips = append(l.grips, &grip{host: l.keeper.Hosts[i]})
	}
	problems, err := l.takeHosts(ctx)
	if err != nil {
		return err
	}
	if !l.enough() {
		return fmt.Errorf("the cluster can't be locked, so nothing was done: %s", strings.Join(problems, "; "))
	}
	if len(problems) > 0 {
		l.keeper.Note("the lock is held, but not on every host: " + strings.Join(problems, "; "))
	}
	return nil
}

// takeHosts takes the lock on every host where it is not held. The first host decides between two who come at the same time; the others
// are then taken side by side. Problems are those of hosts that could not be reached.
func (l *Lock) takeHosts(ctx context.Context) (problems []string, err error) {
	errs := make([]error, len(l.grips))
	take := func(i int) {
		if !l.grips[i].held() {
			errs[i] = l.grips[i].take(ctx)
		}
	}
	var wg sync.WaitGroup
	for i := range l.grips {
		if i == 0 {
			take(i)
			if errs[i] != nil && errors.Is(errs[i], errTaken) {
				break
			}
			continue
		}
		wg.Go(func() { take(i) })
	}
	wg.Wait()
	for i, e := range errs {
		switch {
		case errors.Is(e, errTaken):
			return nil, l.takenOn(ctx, &l.keeper.Hosts[i])
		case e != nil:
			problems = append(problems, e.Error())
		}
	}
	return problems, ctx.Err()
}

// takenOn says who has the lock on a host, as far as the runs that are open there tell.
func (l *Lock) takenOn(ctx context.Context, h *Host) error {
	taken := &TakenError{Live: true, Where: h.Name}
	records, err := h.records(ctx)
	if err != nil {
		return errors.Join(taken, err)
	}
	for i := range records {
		if records[i].State == run.StateOpen {
			taken.Claim = records[i].Claim()
		}
	}
	return taken
}

// enough says whether the claim holds: in ZooKeeper, or on a majority of the hosts.
func (l *Lock) enough() bool {
	if l.tenure != nil && l.tenure.held() {
		return true
	}
	n := 0
	for _, g := range l.grips {
		if g.held() {
			n++
		}
	}
	return n > len(l.grips)/2
}

// refuseOpen refuses while another run is open. A record in ZooKeeper of a run that is open on no host is one that could not be removed
// when the run ended, and is removed.
func (l *Lock) refuseOpen(ctx context.Context) error {
	var unseen []string
	for i := range l.keeper.Hosts {
		h := &l.keeper.Hosts[i]
		records, err := h.records(ctx)
		if err != nil {
			unseen = append(unseen, fmt.Sprintf("%s: %v", h.Name, err))
			continue
		}
		for j := range records {
			switch r := &records[j]; {
			case r.State == run.StateOpen && r.ID != l.claim.Run:
				return &TakenError{Claim: r.Claim(), Where: h.Name}
			case r.State == run.StateUnlocked && r.ID == l.claim.Run:
				l.unlocked = append(l.unlocked, h)
			}
		}
	}
	if l.tenure == nil || !l.tenure.held() {
		return nil
	}
	other, found, err := l.tenure.recorded(ctx)
	switch {
	case err != nil:
		return err
	case !found || other.Run == l.claim.Run:
		return nil
	case len(unseen) > 0:
		return fmt.Errorf("%w (whether it has ended can't be told, since not every host can be looked at: %s)",
			&TakenError{Claim: other, Where: "ZooKeeper"}, strings.Join(unseen, "; "))
	}
	l.keeper.Note(fmt.Sprintf("ZooKeeper has %s on record, which is open on no host: the record is removed", other))
	return l.tenure.forget(ctx)
}

// Open puts on record that the run is open, again where its claim was ended.
func (l *Lock) Open(ctx context.Context) error {
	for _, h := range l.unlocked {
		f, err := h.folder(ctx, l.claim.Run)
		if err == nil {
			err = f.Reopen(ctx)
		}
		if err != nil {
			return fmt.Errorf("the record of the run on %s can't be opened again: %w", h.Name, err)
		}
	}
	if l.tenure == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, ensemblePatience)
	defer cancel()
	return l.tenure.record(ctx)
}

// Check renews the claim where it was lost: by an expired session, a connection that was cut, a host that rebooted. It is an error where
// somebody else has it now, and where it could be kept neither in ZooKeeper nor on a majority of the hosts.
func (l *Lock) Check(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for end := time.Now().Add(renewPatience); ; {
		problems, err := l.renew(ctx)
		if err != nil {
			return err
		}
		if l.enough() {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("the lock on the cluster was lost and could not be taken again within %s, so the run stopped here: %s; the same command goes on when it can be",
				renewPatience, strings.Join(problems, "; "))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(renewEvery / 10):
		}
	}
}

// renew takes again what was lost, now and then. A host on which a command of this process may still hold the lock, because nobody has told
// it that its connection is gone, is not one that somebody else has.
func (l *Lock) renew(ctx context.Context) (problems []string, err error) {
	pause := renewEvery
	if l.enough() {
		pause = renewCalm
	}
	if l.whole() || time.Since(l.tried) < pause {
		return nil, nil
	}
	defer func() { l.tried = time.Now() }()
	if l.tenure != nil && !l.tenure.held() {
		err := l.tenure.take(ctx)
		if taken := (*TakenError)(nil); errors.As(err, &taken) {
			return nil, fmt.Errorf("the lock was lost while this run was cut off from ZooKeeper, so it stopped here: %w", err)
		}
		if err != nil {
			problems = append(problems, err.Error())
		}
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, g := range l.grips {
		if g.held() {
			continue
		}
		wg.Go(func() {
			if err := g.take(ctx); err != nil {
				mu.Lock()
				defer mu.Unlock()
				problems = append(problems, fmt.Sprintf("%s: %v", g.host.Name, err))
			}
		})
	}
	wg.Wait()
	return problems, ctx.Err()
}

// whole says whether nothing was lost.
func (l *Lock) whole() bool {
	for _, g := range l.grips {
		if !g.held() {
			return false
		}
	}
	return l.tenure == nil || l.tenure.held()
}

// Release gives the claim up; finished also ends the record in ZooKeeper that the run is open. The hosts' records are closed by the
// run's own last steps.
func (l *Lock) Release(ctx context.Context, finished bool) error {
	var wg sync.WaitGroup
	for _, g := range l.grips {
		wg.Go(func() { g.release(ctx) })
	}
	wg.Wait()
	if l.tenure == nil {
		return nil
	}
	return l.tenure.release(ctx, finished)
}
