package replog

import (
	"context"
	"errors"

	"github.com/restorectl/restorectl/providers/log/replica"
)

// outcome is what a round of requests came to.
type outcome struct {
	accepted []answer
	// quorum says that enough replicas accepted, and none that was heard rejected.
	quorum bool
	// rejected is the highest proposal that another replica promised, 0 where none rejected.
	rejected uint64
	// learned is what one of them knows to be agreed on.
	learned *replica.Action
}

func (r *Replica) judge(answers []answer) outcome {
	var o outcome
	for _, a := range answers {
		switch a.Verdict {
		case accepted:
			o.accepted = append(o.accepted, a)
			if a.Action != nil && a.Action.Learned {
				o.learned = a.Action
			}
		case rejected:
			o.rejected = max(o.rejected, a.Proposal)
		}
	}
	o.quorum = o.rejected == 0 && len(o.accepted) >= r.o.Quorum
	return o
}

// round asks all replicas once, until a quorum accepts, one rejects, or one knows what was agreed on.
func (r *Replica) round(ctx context.Context, q request) (outcome, error) {
	answers, err := r.ask(ctx, q, func(got []answer) bool {
		o := r.judge(got)
		return o.quorum || o.rejected > 0 || o.learned != nil
	})
	if err != nil {
		return outcome{}, err
	}
	return r.judge(answers), nil
}

// fill settles one position: with what a replica knows to be agreed on, else with the action of the highest proposal that the first
// quorum to answer has performed, else with a NOP. It gives the proposal that it took, for the next position.
func (r *Replica) fill(ctx context.Context, position, proposal uint64) (uint64, error) {
	for {
		o, err := r.round(ctx, request{Kind: askPromise, Proposal: proposal, Position: &position})
		if err == nil && o.learned != nil {
			return proposal, r.settle(ctx, *o.learned)
		}
		if err == nil && o.quorum {
			action := o.action(position, proposal)
			o, err = r.round(ctx, request{Kind: askWrite, Proposal: proposal, Action: &action})
			if err == nil && o.quorum {
				return proposal, r.settle(ctx, action)
			}
		}
		if err := r.pause(ctx, err); err != nil {
			return proposal, err
		}
		// Who promised this proposal already would reject it the next time.
		proposal = max(proposal, o.rejected) + 1
	}
}

// action is what must be performed at a position after a quorum's promises.
func (o *outcome) action(position, proposal uint64) replica.Action {
	next := replica.Action{Type: replica.Nop}
	highest := uint64(0)
	for _, a := range o.accepted {
		if a.Action != nil && a.Action.Performed != nil && *a.Action.Performed >= highest {
			next, highest = *a.Action, *a.Action.Performed
		}
	}
	next.Position, next.Promised, next.Performed, next.Learned = position, proposal, &proposal, false
	return next
}

// settle learns what was agreed on, and tells the others without waiting for them.
func (r *Replica) settle(ctx context.Context, a replica.Action) error {
	a.Learned = true
	q := request{Kind: tellLearned, Action: &a}
	answers, err := r.ask(ctx, q, func([]answer) bool { return true })
	switch {
	case errors.Is(err, errClosed):
		return err
	case err != nil: // It is agreed on, even if nobody can be told now.
		answers = []answer{r.handle(q)}
	}
	if answers[0].Verdict != accepted {
		return errors.New("the log's database can't be written")
	}
	return nil
}

// fillAll settles the positions from begin to end that this replica has not learned.
func (r *Replica) fillAll(ctx context.Context, begin, end, proposal uint64) error {
	for p := begin; p <= end; p++ {
		if r.learned(p) {
			continue
		}
		var err error
		if proposal, err = r.fill(ctx, p, proposal); err != nil {
			return err
		}
	}
	return nil
}
