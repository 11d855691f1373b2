package replog

import (
	"context"
	"fmt"
	"slices"

	"github.com/restorectl/restorectl/providers/log/replica"
)

// Recover lets a replica that does not vote, since it was never initialised or had not caught up when it was stopped, join the
// others: once a quorum of them votes, it learns all that they know and votes from then on. It returns nil when the replica votes,
// at once where it did already, and waits for a quorum until ctx ends. It runs once per replica, while Elect may be waiting for it.
func (r *Replica) Recover(ctx context.Context) error {
	status := r.Status()
	if status == replica.Voting.String() {
		return nil
	}
	r.o.Logf("Starting replica recovery")
	r.o.Logf("Replica is in %s status", status)
	for {
		err := r.join(ctx)
		if err == nil && r.Status() == replica.Voting.String() {
			r.o.Logf("Successfully joined the Paxos group")
			return nil
		}
		if err := r.pause(ctx, err); err != nil {
			return fmt.Errorf("the replica is still in %s status: %w", r.Status(), err)
		}
	}
}

// join catches up and votes, or does nothing where no quorum votes.
func (r *Replica) join(ctx context.Context) error {
	voting := func(got []answer) []answer {
		return slices.DeleteFunc(slices.Clone(got), func(a answer) bool { return a.Status != replica.Voting })
	}
	answers, err := r.ask(ctx, request{Kind: askStatus}, func(got []answer) bool { return len(voting(got)) >= r.o.Quorum })
	if err != nil {
		return err
	}
	answers = voting(answers)
	if len(answers) < r.o.Quorum {
		return nil
	}
	begin, end := answers[0].Begin, answers[0].End
	for _, a := range answers {
		begin, end = min(begin, a.Begin), max(end, a.End)
	}
	if err := r.become(replica.Recovering); err != nil {
		return err
	}
	if err := r.fillAll(ctx, begin, end, 1); err != nil {
		return err
	}
	return r.become(replica.Voting)
}

// become changes the status.
func (r *Replica) become(s replica.Status) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return errClosed
	}
	if r.status == s {
		return nil
	}
	if err := r.keep(s, r.promised); err != nil {
		return fmt.Errorf("the replica's status can't be written: %w", err)
	}
	r.o.Logf("Replica is in %s status", s)
	return nil
}
