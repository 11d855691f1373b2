package replog

import "github.com/restorectl/restorectl/providers/log/replica"

// The kinds of requests.
const (
	// askStatus asks what a replica is and which positions it knows.
	askStatus = "status"
	// askPromise asks for a promise to accept no lower proposal, for one position or for all.
	askPromise = "promise"
	// askWrite asks to perform an action.
	askWrite = "write"
	// tellLearned tells what was agreed on.
	tellLearned = "learned"
)

// request is what replicas send each other.
type request struct {
	Kind     string
	Proposal uint64
	// Position is nil in a request for a promise for all positions.
	Position *uint64         `json:",omitempty"`
	Action   *replica.Action `json:",omitempty"`
}

// The verdicts in answers.
const (
	accepted = "accepted"
	// rejected: a higher proposal was promised.
	rejected = "rejected"
	// ignored: the replica does not vote, or could not write its database.
	ignored = "ignored"
)

// answer is what a replica answers.
type answer struct {
	From    string
	Verdict string
	// Proposal is the one promised, in a rejection.
	Proposal   uint64
	Status     replica.Status
	Begin, End uint64
	// Action is what the replica knew of the position before it promised.
	Action *replica.Action `json:",omitempty"`
}

// handle does what a request asks for, and has written it down when it answers.
func (r *Replica) handle(q request) answer {
	r.mu.Lock()
	defer r.mu.Unlock()
	a, err := r.decide(q)
	if err != nil {
		r.o.Logf("Error writing to log: %v", err)
		a = answer{Verdict: ignored}
	}
	a.From, a.Status, a.Begin, a.End = r.id, r.status, r.begin, r.end
	return a
}

func (r *Replica) decide(q request) (answer, error) {
	switch {
	case q.Kind == askStatus:
		return answer{Verdict: accepted}, nil
	case q.Kind == tellLearned && q.Action != nil:
		return r.learn(*q.Action)
	case r.status != replica.Voting:
		return answer{Verdict: ignored}, nil
	case q.Kind == askPromise && q.Position != nil:
		return r.promisePosition(*q.Position, q.Proposal)
	case q.Kind == askPromise && q.Proposal <= r.promised:
		return answer{Verdict: rejected, Proposal: r.promised}, nil
	case q.Kind == askPromise:
		return answer{Verdict: accepted}, r.keep(r.status, q.Proposal)
	case q.Kind == askWrite && q.Action != nil:
		return r.perform(*q.Action, q.Proposal)
	default:
		return answer{Verdict: ignored}, nil
	}
}

// promisePosition promises for one position, and tells what was known of it.
func (r *Replica) promisePosition(position, proposal uint64) (answer, error) {
	if position < r.begin {
		performed := r.promised
		return answer{Verdict: accepted, Action: &replica.Action{Position: position, Promised: r.promised, Performed: &performed,
			Learned: true, Type: replica.Nop, Tombstone: true}}, nil
	}
	known, ok := r.actions[position]
	promised := r.promised
	if ok {
		promised = known.Promised
	}
	if proposal <= promised {
		return answer{Verdict: rejected, Proposal: promised}, nil
	}
	next := known
	next.Position, next.Promised = position, proposal
	if err := r.persist(next); err != nil || !ok {
		return answer{Verdict: accepted}, err
	}
	return answer{Verdict: accepted, Action: &known}, nil
}

// perform accepts an action, unless a higher proposal was promised. What was learned already stays.
func (r *Replica) perform(a replica.Action, proposal uint64) (answer, error) {
	promised := r.promised
	known, ok := r.actions[a.Position]
	if ok {
		promised = known.Promised
	}
	switch {
	case a.Position < r.begin:
		return answer{Verdict: accepted}, nil
	case proposal < promised:
		return answer{Verdict: rejected, Proposal: promised}, nil
	case known.Learned:
		return answer{Verdict: accepted}, nil
	}
	a.Promised, a.Performed, a.Learned = promised, &proposal, false
	return answer{Verdict: accepted}, r.persist(a)
}

// learn takes over what was agreed on, whatever this replica's status.
func (r *Replica) learn(a replica.Action) (answer, error) {
	if a.Position < r.begin {
		return answer{Verdict: accepted}, nil
	}
	a.Learned = true
	a.Promised = max(a.Promised, r.actions[a.Position].Promised)
	return answer{Verdict: accepted}, r.persist(a)
}
