package planner

import (
	"fmt"
	"strings"
)

// Span is positions of the log in a row, both ends included.
type Span struct {
	First uint64 `json:"first"`
	Last  uint64 `json:"last"`
}

// String is how people write a span.
func (s Span) String() string {
	if s.First == s.Last {
		return fmt.Sprintf("position %d", s.First)
	}
	return fmt.Sprintf("positions %d to %d", s.First, s.Last)
}

// maxSpans bounds how many spans a text names.
const maxSpans = 5

func spansText(spans []Span) string {
	var parts []string
	for i, s := range spans {
		if i == maxSpans {
			parts = append(parts, fmt.Sprintf("and %d more spans", len(spans)-i))
			break
		}
		parts = append(parts, s.String())
	}
	return strings.Join(parts, ", ")
}

// votes says that the replica votes and holds entries. One that was initialised anew votes and knows nothing.
func (r *Replica) votes() bool { return r.State == "used" && r.Status == "VOTING" }

// head is the position at which the log begins: the furthest begin of all voting replicas.
func (o *Observation) head() uint64 {
	at := uint64(0)
	for i := range o.Hosts {
		if r := &o.Hosts[i].Replica; r.votes() {
			at = max(at, r.Begin)
		}
	}
	return at
}

// sound says that the replica votes and knows where the log begins. What a quorum wrote, a majority has, so that no more than a minority
// can have been away for it. One whose write-ahead log was lost starts again without a word, votes, and has not even that. Holes after the
// beginning are common: the replica was away while the others wrote, and learns them before it leads.
func (o *Observation) sound(r *Replica) bool { return r.votes() && r.has(o.head()) }

// has says whether the replica has a record of a position.
func (r *Replica) has(position uint64) bool {
	if r.Spans == nil {
		return true
	}
	for _, s := range r.Spans {
		if s.First <= position && position <= s.Last {
			return true
		}
	}
	return false
}

// gaps gives the positions from first to the replica's end of which it has no record.
func (r *Replica) gaps(first uint64) []Span {
	var out []Span
	next := first
	for _, s := range r.Spans {
		if s.Last < next {
			continue
		}
		if s.First > next {
			out = append(out, Span{next, s.First - 1})
		}
		next = s.Last + 1
	}
	return out
}

// unsoundness says why a replica that was read is not sound.
func (o *Observation) unsoundness(h *Host) string {
	if !h.Replica.votes() {
		return h.Name
	}
	return fmt.Sprintf("%s (it votes, but lacks position %d, at which the log begins)", h.Name, o.head())
}

// checkHoles tells of positions that sound replicas lack, and of those that so many lack that the log may come up without them.
func checkHoles(fs *findings, o *Observation) {
	first := o.head()
	var missing []Span
	for i := range o.Hosts {
		h := &o.Hosts[i]
		if gaps := h.Replica.gaps(first); o.sound(&h.Replica) && len(gaps) > 0 {
			fs.add(Note, "log-holes", h.Name, "its replica has no record of "+spansText(gaps)+": it was away while the others wrote, or lost them", "")
			missing = append(missing, gaps...)
		}
	}
	for _, s := range missing {
		if at, have, ok := o.thinnest(s); ok {
			fs.add(Warning, "log-thin", "", fmt.Sprintf("position %d of the log is known to %d of %d replicas only: a leader that does not ask the right one comes up without it", at, have, len(o.Hosts)),
				"while a scheduler is ACTIVE, `aurora_admin scheduler_snapshot` makes the log begin anew with all that it knows")
			return
		}
	}
}

// thinnest gives the first position of a span that less than a quorum of the replicas can have. A replica that was read before the
// position was written counts as one that has it.
func (o *Observation) thinnest(s Span) (at uint64, have int, ok bool) {
	quorum := o.quorum()
	for at = s.First; ; at++ {
		have = 0
		step := s.Last
		for i := range o.Hosts {
			r := &o.Hosts[i].Replica
			if r.votes() && (r.End < at || r.has(at)) {
				have++
			}
			step = min(step, r.sameUntil(at))
		}
		if have < quorum {
			return at, have, true
		}
		if at = step; at >= s.Last {
			return 0, 0, false
		}
	}
}

// sameUntil gives the last position from at on of which the replica says the same as of at.
func (r *Replica) sameUntil(at uint64) uint64 {
	for _, s := range r.Spans {
		switch {
		case at < s.First:
			return s.First - 1
		case at <= s.Last:
			return s.Last
		}
	}
	return ^uint64(0)
}
