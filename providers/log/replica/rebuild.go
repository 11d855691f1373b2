package replica

import (
	"fmt"

	"github.com/restorectl/restorectl/providers/aurora/logentry"
)

// Rebuilt is what a replica's entries make of the scheduler's state.
type Rebuilt struct {
	// State is nil where the log could not be opened at all.
	State *State
	// Reader holds the state, and what was met on the way. After an error it is what could be read before the damage, up to State's End.
	Reader *logentry.Reader
	// Snapshot is the position of the last snapshot, that of its last frame where it is framed; Transactions counts those after it.
	Snapshot     uint64
	Transactions int
	// Missing are the positions after the last snapshot, or from the log's begin where there is none, that the replica has not, or has
	// not learned. That the last position alone was not learned is told by Unfinished: a writer that died in the middle of it leaves
	// that, and the state is whole up to there.
	Missing    []Span
	Unfinished bool
}

// Rebuild reads the replica in dir and rebuilds the scheduler's state from it. What it gives is never nil.
func Rebuild(dir string) (*Rebuilt, error) {
	out := &Rebuilt{Reader: logentry.NewReader()}
	r := out.Reader
	// next is the position that must come now for nothing to be missing.
	next, before := uint64(0), 0
	state, err := Read(dir, func(a Action) error {
		if !a.Learned {
			// What was not learned may never have been agreed upon.
			return nil
		}
		if a.Position > next {
			out.Missing = append(out.Missing, Span{next, a.Position - 1})
		}
		next = a.Position + 1
		if a.Type != Append {
			return nil
		}
		snapshots := r.Counts.Snapshots
		if err := r.Read(a.Bytes); err != nil {
			return fmt.Errorf("position %d: %w", a.Position, err)
		}
		if r.Counts.Snapshots > snapshots {
			out.Snapshot, out.Missing, before = a.Position, nil, r.Counts.Transactions
		}
		return nil
	})
	r.Close()
	out.State, out.Transactions = state, r.Counts.Transactions-before
	if state != nil {
		switch {
		case state.Actions == 0 || next > state.End:
		case next == state.End && next > state.Begin:
			out.Unfinished = true
		default:
			out.Missing = append(out.Missing, Span{next, state.End})
		}
		out.Missing = from(out.Missing, state.Begin)
	}
	return out, err
}

// from gives what of the spans is not before a position: what was truncated is not missing.
func from(spans []Span, first uint64) []Span {
	var out []Span
	for _, s := range spans {
		if s.Last >= first {
			out = append(out, Span{max(s.First, first), s.Last})
		}
	}
	return out
}
