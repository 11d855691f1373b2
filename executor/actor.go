package executor

import (
	"context"
	"errors"

	"github.com/restorectl/restorectl/planner"
)

// Actor carries out the steps of one kind of action. Providers implement it. All methods can be called again after any of them
// was cut off, in a new process, and must then tell the truth about the world.
type Actor interface {
	// Look says how the world stands towards the step, and changes nothing. Pending means that the step has still to be
	// done and its guard holds; Done that nothing is left to do. A guard that does not hold is an error: a *Refusal where
	// waiting or trying again can't help.
	Look(ctx context.Context, s planner.Step) (Stand, error)
	// Act does the step once. It is only called when Look said Pending.
	Act(ctx context.Context, s planner.Step) (Outcome, error)
	// Verify looks, after Act, whether the step did what it should, and returns what was seen, in a few words.
	Verify(ctx context.Context, s planner.Step) (string, error)
}

// Stand is how the world stands towards a step.
type Stand int

// The stands.
const (
	// Pending: the step has still to be done.
	Pending Stand = iota
	// Done: the world is as the step wants it.
	Done
)

// Outcome is what a step leaves for the journal: names and digests, never secrets.
type Outcome map[string]string

// OutcomeKept is the key under which a step tells what of others' changes it found and kept.
const OutcomeKept = "kept"

// Refusal is an error of Look or Act that says that the step must not be done: something other than the plan expected was
// found. Nothing was changed.
type Refusal struct {
	// Reason says what was seen and why it forbids the step; Remedy what to do next.
	Reason string
	Remedy string
	// Undone says of Look's refusal that the step was looked for, and has not been done.
	Undone bool
}

// Error gives the reason and the remedy.
func (r *Refusal) Error() string {
	if r.Remedy == "" {
		return r.Reason
	}
	return r.Reason + "; " + r.Remedy
}

// Happened says what Look's answer tells of a step that was begun: whether it was done, and whether that can be told.
func Happened(stand Stand, err error) (done, known bool) {
	var r *Refusal
	if errors.As(err, &r) {
		return false, r.Undone
	}
	return stand == Done, err == nil
}

// IsRefusal says whether err is, or wraps, a *Refusal.
func IsRefusal(err error) bool {
	var r *Refusal
	return errors.As(err, &r)
}
