package replog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/restorectl/restorectl/providers/log/replica"
)

// ErrDemoted says that this writer is not, or no longer, the log's only one: a higher proposal was promised to another, or an
// earlier write of it failed. Only Elect makes a new one.
var ErrDemoted = errors.New("the writer was demoted")

// Writer is the log's only writer, until another process is elected.
type Writer struct {
	r        *Replica
	proposal uint64

	mu   sync.Mutex
	next uint64
	over bool
}

// Elect makes this process the log's only writer. It waits until this replica votes (Recover must run where it does not), gets the
// promises of a quorum of voting replicas, and settles every position that this replica has not learned. It tries until a quorum
// answers or ctx ends.
func (r *Replica) Elect(ctx context.Context) (*Writer, error) {
	proposal, end, err := r.campaign(ctx)
	if err != nil {
		return nil, fmt.Errorf("the log has no writer, since no quorum of %d voting replicas promised: %w", r.o.Quorum, err)
	}
	r.o.Logf("Coordinator attempting to fill missing positions")
	if err := r.fillAll(ctx, r.Begin(), end, proposal+1); err != nil {
		return nil, fmt.Errorf("the log's missing positions were not filled: %w", err)
	}
	return &Writer{r: r, proposal: proposal, next: end + 1}, nil
}

// campaign gets the promises of a quorum for all positions, and the highest position that it knows of.
func (r *Replica) campaign(ctx context.Context) (proposal, end uint64, err error) {
	highest := uint64(0)
	for {
		r.mu.Lock()
		voting, closed := r.status == replica.Voting, r.closed
		proposal = max(highest, r.promised) + 1
		r.mu.Unlock()
		var o outcome
		switch {
		case closed:
			err = errClosed
		case voting:
			o, err = r.round(ctx, request{Kind: askPromise, Proposal: proposal})
		}
		if err == nil && o.quorum {
			end = r.End()
			for _, a := range o.accepted {
				end = max(end, a.End)
			}
			return proposal, end, nil
		}
		highest = max(highest, o.rejected)
		if err := r.pause(ctx, err); err != nil {
			return 0, 0, err
		}
	}
}

// Append writes an entry to a quorum and gives its position. It tries until a quorum answers or ctx ends. After an error the entry
// may or may not be in the log, and the writer is none any more. Errors wrap ErrDemoted where another writer was elected.
func (w *Writer) Append(ctx context.Context, data []byte) (uint64, error) {
	return w.write(ctx, replica.Action{Type: replica.Append, Bytes: bytes.Clone(data)})
}

// Truncate removes everything before the position to. Its errors are those of Append.
func (w *Writer) Truncate(ctx context.Context, to uint64) error {
	_, err := w.write(ctx, replica.Action{Type: replica.Truncate, To: to})
	return err
}

func (w *Writer) write(ctx context.Context, a replica.Action) (uint64, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		return 0, ErrDemoted
	}
	a.Position, a.Promised, a.Performed = w.next, w.proposal, &w.proposal
	if err := w.agree(ctx, a); err != nil {
		w.over = true
		return 0, fmt.Errorf("position %d of the log was not written: %w", a.Position, err)
	}
	w.next++
	return a.Position, nil
}

func (w *Writer) agree(ctx context.Context, a replica.Action) error {
	for {
		o, err := w.r.round(ctx, request{Kind: askWrite, Proposal: w.proposal, Action: &a})
		switch {
		case err == nil && o.rejected > 0:
			w.r.o.Logf("Coordinator demoted: proposal %d was promised", o.rejected)
			return ErrDemoted
		case err == nil && o.quorum:
			return w.r.settle(ctx, a)
		}
		if err := w.r.pause(ctx, err); err != nil {
			return err
		}
	}
}
