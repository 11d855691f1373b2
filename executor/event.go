package executor

import (
	"time"

	"github.com/restorectl/restorectl/planner"
)

// The kinds of journal events.
const (
	// EventBegin opens the run of a plan, which it carries; an inverse plan begins in the same journal.
	EventBegin = "begin"
	// EventResume says that a new process took the run up.
	EventResume = "resume"
	// EventAdopt says that an operator took the run over from the copies of its journal.
	EventAdopt = "adopt"
	// EventIntent is written before the world is touched, EventResult after it was verified.
	EventIntent = "intent"
	EventResult = "result"
	// EventWithdrawal takes an intent back: the world was not touched after it, or the step was looked for and not found done.
	EventWithdrawal = "withdrawal"
	// EventFailure says that a step failed or was refused.
	EventFailure = "failure"
	// EventEnd says that every step of the plan has its result.
	EventEnd = "end"
)

// Event is one line of a journal.
type Event struct {
	// Seq counts from 1 without gaps.
	Seq  int       `json:"seq"`
	Time time.Time `json:"time"`
	Kind string    `json:"event"`
	// Plan is the digest of the plan that the event belongs to.
	Plan string `json:"plan"`
	// Step is the step's id (intent, withdrawal, result, failure).
	Step    string  `json:"step,omitempty"`
	Outcome Outcome `json:"outcome,omitempty"`
	// Seen is what the verification saw; Found says that the step was found done and was not acted on (result), or was looked for and
	// found not done (withdrawal).
	Seen  string `json:"seen,omitempty"`
	Found bool   `json:"found,omitempty"`
	Error string `json:"error,omitempty"`
	// Version, Body, By and From are set in begin; By and From also in resume and adopt.
	Version int           `json:"version,omitempty"`
	Body    *planner.Plan `json:"body,omitempty"`
	By      string        `json:"by,omitempty"`
	From    string        `json:"from,omitempty"`
	// ApprovedBy names the persons who approved the plan (begin).
	ApprovedBy []string `json:"approved_by,omitempty"`
	// Surroundings are how the operator who adopted the run reaches the hosts (adopt).
	Surroundings *planner.Surroundings `json:"surroundings,omitempty"`
}
