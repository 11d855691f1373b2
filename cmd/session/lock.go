package session

import (
	"context"
	"errors"
	"time"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
)

// releasePatience bounds the giving up of the lock, when the run itself is over or was cut off.
const releasePatience = 20 * time.Second

// locked takes the cluster for the run of the plan with the digest, does something, and gives the cluster up: for good when the journal
// says that the run is over, or was never begun.
func (s *Session) locked(ctx context.Context, journal, digest string, cluster Cluster, do func(executor.Lock) error) error {
	lock, err := cluster.Lock(ctx, s.claim(digest))
	if err != nil {
		return err
	}
	failure := do(lock)
	h, err := History(journal)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releasePatience)
	defer cancel()
	return errors.Join(failure, err, lock.Release(ctx, err == nil && h.Over()))
}

func (s *Session) claim(digest string) planner.Claim {
	return planner.Claim{Run: planner.RunID(digest), Plan: digest, By: s.By, From: s.From, Since: s.Now().UTC().Truncate(time.Second)}
}

// openJournal opens a run's journal for writing, and has it copied.
func (s *Session) openJournal(ctx context.Context, path string, mirror executor.Mirror) (*executor.Journal, error) {
	j, err := executor.OpenJournal(path, s.Now)
	if err != nil {
		return nil, err
	}
	if err := j.Mirror(ctx, mirror); err != nil {
		return nil, errors.Join(err, j.Close())
	}
	return j, nil
}
