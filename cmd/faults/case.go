package main

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Most of a run is waiting, for times that a configuration gives. The shorter they are, the more cases a night has: a supervisor that
// is quick to restart needs little settling, and a session that ends sooner lets the next leader lead sooner.
const (
	restartDelay   = 500 * time.Millisecond
	settle         = 800 * time.Millisecond
	sessionTimeout = 10 * time.Second
	// patience is how long a cluster may take to come to a state, on a busy machine.
	patience = 3 * time.Minute
)

// fault is one thing that happens in a case.
type fault struct {
	kind
	host string
	// pause is how long after the event it happens.
	pause time.Duration
}

// testCase is what a seed stands for.
type testCase struct {
	seed     uint64
	scenario scenario
	// hurts is the command that is hurt, event the event of its part of the journal that the faults wait for.
	hurts  string
	event  int
	faults []fault
	// early says that a hurt apply is not finished but reverted at once.
	early bool
}

// newCase gives the case of a seed.
func newCase(seed uint64) testCase {
	s, n := scenarioOf(seed)
	slots := uint64(s.apply + s.revert) //nolint:gosec // Both are small and positive.
	slot, round := n*leap%slots, n/slots
	random := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // A case must follow from its seed.
	all := kinds()
	c := testCase{seed: seed, scenario: s, hurts: "apply", event: 1 + int(slot)} //nolint:gosec // Less than slots.
	if c.event > s.apply {
		c.hurts, c.event = "revert", c.event-s.apply
	}
	// Neighbouring events get different kinds, and so does an event in its next round.
	first := (slot*stride + round*nextRound) % uint64(len(all))
	c.faults = append(c.faults, c.possible(all, first).at(random))
	if random.IntN(6) == 0 {
		c.faults = append(c.faults, c.possible(all, random.Uint64N(uint64(len(all)))).at(random))
	}
	c.early = s.gated && c.hurts == "apply" && random.IntN(2) == 0
	return c
}

// leap goes through the events so that a few cases are spread over all of a run; no number of events is a multiple of it.
const leap = 47

// possible gives a kind, or the next one that is possible: a call whose answer can be lost is only made before and by a commit.
func (c *testCase) possible(all []kind, i uint64) kind {
	for all[i].armed && (c.hurts != "apply" || c.scenario.commits == 0) {
		i = (i + 1) % uint64(len(all))
	}
	return all[i]
}

// Steps through the kinds, from an event to the next and from a round to the next.
const (
	stride    = 5
	nextRound = 11
)

// scenarioOf gives the scenario of a seed, and the number of the case among those of its scenario.
func scenarioOf(seed uint64) (scenario, uint64) {
	const ten = 10
	at := seed % ten
	for _, s := range scenarios() {
		share := uint64(s.share) //nolint:gosec // Small and positive.
		if at < share {
			return s, seed/ten*share + at
		}
		at -= share
	}
	return scenarios()[0], seed // Not reached: shares make ten.
}

func (k kind) at(random *rand.Rand) fault {
	return fault{kind: k, host: fmt.Sprintf("scheduler-%d", 1+random.IntN(3)), pause: time.Duration(random.IntN(250)) * time.Millisecond}
}

// String tells the case in a line.
func (c *testCase) String() string {
	s := fmt.Sprintf("seed %d: %s, event %d of %s: ", c.seed, c.scenario.name, c.event, c.hurts)
	for i, f := range c.faults {
		if i > 0 {
			s += ", and "
		}
		s += fmt.Sprintf("%s on %s after %s", f.name, f.host, f.pause)
	}
	if c.early {
		s += ", then revert at once"
	}
	return s
}
