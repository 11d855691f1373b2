package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// The outcomes of a case.
const (
	passed = "passed"
	failed = "failed"
)

// Result is one line of the machine-readable record of a run.
type Result struct {
	Seed     uint64 `json:"seed"`
	Scenario string `json:"scenario"`
	// Command is the one that was hurt, at Event of its part of the journal.
	Command string `json:"command"`
	Event   int    `json:"event"`
	// Faults are the kinds that the case has, Injected those that found something to hurt.
	Faults   []string `json:"faults"`
	Injected []string `json:"injected"`
	// Late are the schedulers that a fault left half alive after the run had seen the cluster in service, which a person restarted.
	Late []string `json:"late,omitempty"`
	// Tries is how often commands were given, plan left out.
	Tries int `json:"tries"`
	// Seconds is how long the case took, Ended when it was over.
	Seconds float64   `json:"seconds"`
	Ended   time.Time `json:"ended"`
	Outcome string    `json:"outcome"`
	// Why says what was not as it must be.
	Why []string `json:"why,omitempty"`
}

func (r *run) result(began time.Time) Result {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	res := Result{
		Seed: r.seed, Scenario: r.scenario.name, Command: r.hurts, Event: r.event, Injected: r.hit, Late: r.late, Tries: r.tries,
		Seconds: float64(now.Sub(began).Milliseconds()) / 1000, Ended: now.UTC().Truncate(time.Second), Outcome: passed, Why: r.failures,
	}
	for _, f := range r.faults {
		res.Faults = append(res.Faults, f.name)
	}
	if len(r.failures) > 0 {
		res.Outcome = failed
	}
	return res
}

// String is a line for people.
func (r *Result) String() string {
	s := fmt.Sprintf("%s seed %d (%.0f s, %d tries): %s, %s event %d: %s", r.Outcome, r.Seed, r.Seconds, r.Tries, r.Scenario, r.Command, r.Event, strings.Join(r.Faults, " + "))
	if len(r.Injected) < len(r.Faults) {
		s += fmt.Sprintf(" [%d injected]", len(r.Injected))
	}
	for _, why := range r.Why {
		s += "\n    " + why
	}
	return s
}

// readResults reads the record of a run, one result a line. A seed that was run again counts as it came out last.
func readResults(in io.Reader) ([]Result, error) {
	var results []Result
	at := map[uint64]int{}
	for d := json.NewDecoder(in); ; {
		var r Result
		err := d.Decode(&r)
		if errors.Is(err, io.EOF) {
			return results, nil
		}
		if err != nil {
			return nil, fmt.Errorf("result %d: %w", len(results)+1, err)
		}
		if i, again := at[r.Seed]; again {
			results[i] = r
			continue
		}
		at[r.Seed] = len(results)
		results = append(results, r)
	}
}
