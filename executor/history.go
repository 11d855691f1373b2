package executor

import (
	"fmt"
	"slices"
	"time"

	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/planner/planfile"
)

// History is what a journal says of its run.
type History struct {
	// Forward is the plan that was applied, Inverse the last inverse plan that was begun; nil where there is none.
	Forward, Inverse *Attempt
	// Rejoins are the last plans that were begun to bring absent schedulers back, by scheduler name; Whole is the newest of them, or
	// else the inverse plan that left further schedulers out, or else the one that was applied.
	Rejoins map[string]*Attempt
	Whole   *planner.Plan
	// Surroundings are those of the last operator who adopted the run; nil where the plan's own hold.
	Surroundings *planner.Surroundings
}

// Attempt is how far the run of one plan came.
type Attempt struct {
	Plan   *planner.Plan
	Digest string
	// By and From name the operator and the machine of the last process; Began and Last are the times of the first and of
	// the last event.
	By, From    string
	Began, Last time.Time
	Ended       bool
	// ApprovedBy names the persons who approved the plan.
	ApprovedBy []string
	// Steps is what is known of each step, by id.
	Steps map[string]StepRecord
}

// StepRecord is what a journal says of one step.
type StepRecord struct {
	Progress planner.Progress
	Outcome  Outcome
	Seen     string
	// Failure is the error of the last try, where the step has no result since.
	Failure string
	// Time is that of the last event about the step, Acted when it was last about to be done, and not only found done.
	Time  time.Time
	Acted time.Time
	// before is the progress before the last intent.
	before planner.Progress
}

// NewHistory reads a run's history out of its events.
func NewHistory(events []Event) *History {
	h := &History{Rejoins: map[string]*Attempt{}}
	attempts := map[string]*Attempt{}
	for i := range events {
		e := &events[i]
		a := attempts[e.Plan]
		if e.Kind == EventBegin && e.Body != nil && a == nil {
			a = &Attempt{Plan: e.Body, Digest: e.Plan, Began: e.Time, ApprovedBy: e.ApprovedBy, Steps: map[string]StepRecord{}}
			attempts[e.Plan] = a
			h.begin(a)
		}
		if e.Surroundings != nil {
			h.Surroundings = e.Surroundings
		}
		if a != nil {
			a.take(e)
		}
	}
	return h
}

func (h *History) begin(a *Attempt) {
	switch a.Plan.Kind {
	case planner.KindApply:
		h.Forward, h.Whole = a, a.Plan
	case planner.KindRejoin:
		h.Rejoins[a.Plan.Rejoins], h.Whole = a, a.Plan
	default:
		h.Inverse = a
		if len(h.Left()) > 0 {
			h.Whole = a.Plan
		}
	}
}

func (a *Attempt) take(e *Event) {
	a.Last = e.Time
	if e.By != "" {
		a.By, a.From = e.By, e.From
	}
	r := a.Steps[e.Step]
	r.Time = e.Time
	switch e.Kind {
	case EventIntent:
		r.before, r.Progress, r.Failure, r.Acted = r.Progress, planner.Begun, "", e.Time
	case EventWithdrawal:
		r.Progress = r.before
		if e.Found {
			r.Progress = planner.NotBegun
		}
	case EventResult:
		r = StepRecord{Progress: planner.Finished, Outcome: e.Outcome, Seen: e.Seen, Time: e.Time, Acted: r.Acted}
	case EventFailure:
		r.Failure = e.Error
	case EventEnd:
		a.Ended = true
		return
	default:
		return
	}
	a.Steps[e.Step] = r
}

// Consistent says what is wrong with the events of a journal: the first one begins a plan, each belongs to a plan that was begun, and
// each plan in it is that of its digest.
func Consistent(events []Event) error {
	begun := map[string]bool{}
	for i := range events {
		e := &events[i]
		if e.Kind == EventBegin && e.Body != nil {
			_, digest, err := planfile.Encode(e.Body)
			if err != nil {
				return err
			}
			if digest != e.Plan {
				return fmt.Errorf("the plan in line %d of the journal has the digest %s and not %s as the line says", e.Seq, digest, e.Plan)
			}
			if e.Body.Kind == planner.KindApply && len(begun) > 0 {
				return fmt.Errorf("line %d of the journal begins a second run: it has been put together from the journals of two plans", e.Seq)
			}
			begun[digest] = true
		}
		if !begun[e.Plan] {
			return fmt.Errorf("line %d of the journal belongs to a plan that was not begun in it", e.Seq)
		}
	}
	return nil
}

// Progress tells how far a step came.
func (a *Attempt) Progress(id string) planner.Progress { return a.Steps[id].Progress }

// Next is the first step without a result; ok is false where there is none.
func (a *Attempt) Next() (s planner.Step, phase string, ok bool) {
	for _, ph := range a.Plan.Phases {
		for _, s := range ph.Steps {
			if a.Progress(s.ID) != planner.Finished {
				return s, ph.Name, true
			}
		}
	}
	return planner.Step{}, "", false
}

// Finished says whether the run needs nothing more: it is over, and every scheduler that was absent has come back.
func (h *History) Finished() bool { return h.Over() && len(h.Open()) == 0 }

// Over says whether the run altered nothing that still stands: it was undone completely, or its plan closed it.
func (h *History) Over() bool {
	return h.Forward == nil || h.Inverse != nil && h.Inverse.Ended || h.Closed()
}

// Closed says whether the plan ran to its end and closed its own run.
func (h *History) Closed() bool {
	return h.Forward != nil && h.Forward.Ended && h.Forward.Plan.Closes()
}

// Open names the schedulers that must not come back as they are: the absent ones, when the logs of the others were reset since and were
// not brought back, and those that the undoing left out.
func (h *History) Open() []string {
	if h.Forward == nil {
		return nil
	}
	names := h.Left()
	if h.Forward.reset() && (h.Inverse == nil || !h.Inverse.Ended || h.Inverse.Plan.Kind != planner.KindRollback) {
		names = append(h.Forward.Plan.OpenHosts(), names...)
	}
	return slices.DeleteFunc(names, func(name string) bool {
		a := h.Rejoins[name]
		return a != nil && a.Ended
	})
}

// Left names the schedulers whose hosts died in the middle of the run, so that the undoing left out what the run did to them.
func (h *History) Left() []string {
	if h.Inverse == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(h.Inverse.Plan.Restore.Cluster.Absent), func(name string) bool {
		return slices.Contains(h.Forward.Plan.Restore.Cluster.Absent, name)
	})
}

// Deadline is the moment from which on a leader may give up that waits away from Mesos (max_registration_delay); ok is false while none
// waits. A leader counts from its election, which is after its start, so that it may well live longer.
func (h *History) Deadline() (at time.Time, ok bool) {
	if h.Over() || h.Inverse != nil || h.Forward.Plan.Closes() || h.Forward.Progress(planner.CommitStep) == planner.Finished {
		return time.Time{}, false
	}
	for _, ph := range h.Forward.Plan.Phases {
		for _, s := range ph.Steps {
			if ph.Name != planner.PhaseStart || s.Action.Service == nil {
				continue
			}
			if r := h.Forward.Steps[s.ID]; !r.Acted.IsZero() && (at.IsZero() || r.Acted.Before(at)) {
				at = r.Acted
			}
		}
	}
	return at.Add(h.Forward.Plan.Restore.Procedure.RegistrationDelay), !at.IsZero()
}

// reset says whether any log may have been touched.
func (a *Attempt) reset() bool {
	for _, ph := range a.Plan.Phases {
		for _, s := range ph.Steps {
			if ph.Name == planner.PhaseReset && a.Progress(s.ID) != planner.NotBegun {
				return true
			}
		}
	}
	return false
}
