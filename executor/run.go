package executor

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/restorectl/restorectl/planner"
)

// Run is one execution of a plan.
type Run struct {
	Plan *planner.Plan
	// Digest is the plan's.
	Digest  string
	Journal *Journal
	// Lock is checked before every step; nil means that nothing is to be locked.
	Lock Lock
	// Actor gives the actor of a step.
	Actor func(s planner.Step) (Actor, error)
	// Gate asks a person to let the run pass the gate; an error stops the run there.
	Gate func(ctx context.Context, s planner.Step) error
	// Report is told what happens. It must be safe for use by several goroutines.
	Report Reporter
	// Stop, when closed, lets the running steps finish and begins no other.
	Stop <-chan struct{}
	// By and From name the operator and the machine, ApprovedBy those who approved the plan, for the record.
	By, From   string
	ApprovedBy []string
}

// Reporter shows the progress of a run.
type Reporter interface {
	Phase(ph planner.Phase)
	Begin(s planner.Step)
	// Done tells what was seen; found says that there was nothing to do.
	Done(s planner.Step, seen string, found bool, took time.Duration)
	Failed(s planner.Step, err error)
}

// ErrStopped says that the run was asked to stop and did so between two steps.
var ErrStopped = errors.New("stopped as asked, between two steps")

// StepError is the failure of a step. The run stopped there; what was done before it is recorded.
type StepError struct {
	Step planner.Step
	Err  error
}

// Error names the step, its host, and what was seen.
func (e *StepError) Error() string {
	if e.Step.Host == "" {
		return fmt.Sprintf("%s (step %s): %v", e.Step.Title, e.Step.ID, e.Err)
	}
	return fmt.Sprintf("%s: %s (step %s): %v", e.Step.Host, e.Step.Title, e.Step.ID, e.Err)
}

// Unwrap gives the cause.
func (e *StepError) Unwrap() error { return e.Err }

// Execute runs the plan from where its journal says that it is, to its end. On an error the run can be executed again.
// Errors of steps are *StepError, joined where several hosts failed; ErrStopped says that Stop was closed.
func (r *Run) Execute(ctx context.Context) error {
	if err := r.open(); err != nil {
		return err
	}
	trusted, err := r.settle(ctx)
	if err != nil {
		return err
	}
	for _, ph := range r.Plan.Phases {
		if err := r.phase(ctx, ph, trusted); err != nil {
			return err
		}
	}
	if r.attempt().Ended {
		return nil
	}
	return r.Journal.Append(Event{Kind: EventEnd, Plan: r.Digest})
}

// open records that the run begins, or that this process takes it up.
func (r *Run) open() error {
	e := Event{Kind: EventResume, Plan: r.Digest, By: r.By, From: r.From}
	if r.attempt() == nil {
		e.Kind, e.Version, e.Body, e.ApprovedBy = EventBegin, JournalVersion, r.Plan, r.ApprovedBy
	}
	return r.Journal.Append(e)
}

// attempt reads this plan's part of the journal; nil before its begin.
func (r *Run) attempt() *Attempt {
	h := NewHistory(r.Journal.Events())
	attempts := []*Attempt{h.Forward, h.Inverse}
	for _, a := range h.Rejoins {
		attempts = append(attempts, a)
	}
	for _, a := range attempts {
		if a != nil && a.Digest == r.Digest {
			return a
		}
	}
	return nil
}

// settle finds out which recorded results still count. The effect of a step with HoldsUntil is lost with the scheduler that
// holds it, so it counts only once the later step is done. Whether that one is done is looked up first: when its answer was
// lost, the steps before it must not be repeated behind its back.
func (r *Run) settle(ctx context.Context) (map[string]bool, error) {
	a := r.attempt()
	steps := map[string]planner.Step{}
	for _, s := range r.Plan.Steps() {
		steps[s.ID] = s
	}
	trusted := map[string]bool{}
	for _, s := range r.Plan.Steps() {
		if a.Progress(s.ID) != planner.Finished {
			continue
		}
		until, held := steps[s.HoldsUntil]
		if held && a.Progress(until.ID) == planner.Begun {
			done, err := r.happened(ctx, until)
			if err != nil {
				return nil, err
			}
			if done {
				a = r.attempt()
			}
		}
		trusted[s.ID] = !held || a.Progress(until.ID) == planner.Finished
	}
	return trusted, nil
}

// happened looks whether a step whose result is not recorded was done, and records it if so. A refusal means that it was not
// and that the steps before it must be looked at again.
func (r *Run) happened(ctx context.Context, s planner.Step) (bool, error) {
	actor, err := r.Actor(s)
	if err != nil {
		return false, &StepError{s, err}
	}
	ctx, cancel := bounded(ctx, s)
	defer cancel()
	stand, err := actor.Look(ctx, s)
	switch {
	case IsRefusal(err):
		return false, nil
	case err != nil:
		return false, &StepError{s, fmt.Errorf("it was begun before and it can't be told whether it was done: %w", err)}
	case stand != Done:
		return false, nil
	}
	return true, r.Journal.Append(Event{Kind: EventResult, Plan: r.Digest, Step: s.ID, Found: true, Seen: "found done"})
}

// phase runs the steps of each host in order, hosts beside each other, and then the steps of the cluster. A host that fails
// does not cut off the others in the middle of a step: they finish the step that they are in.
func (r *Run) phase(ctx context.Context, ph planner.Phase, trusted map[string]bool) error {
	perHost := map[string][]planner.Step{}
	var hosts []string
	var cluster []planner.Step
	for _, s := range ph.Steps {
		switch {
		case trusted[s.ID]:
		case s.Host == "":
			cluster = append(cluster, s)
		default:
			if perHost[s.Host] == nil {
				hosts = append(hosts, s.Host)
			}
			perHost[s.Host] = append(perHost[s.Host], s)
		}
	}
	if len(hosts)+len(cluster) == 0 {
		return nil
	}
	r.Report.Phase(ph)
	failed := make(chan struct{})
	var once sync.Once
	errs := make([]error, len(hosts))
	var wg sync.WaitGroup
	for i, host := range hosts {
		wg.Go(func() {
			if errs[i] = r.steps(ctx, perHost[host], failed); errs[i] != nil {
				once.Do(func() { close(failed) })
			}
		})
	}
	wg.Wait()
	if err := joined(errs); err != nil {
		return err
	}
	return r.steps(ctx, cluster, failed)
}

// joined joins the errors of hosts. That the others stopped because of one is not worth a word.
func joined(errs []error) error {
	var real []error
	stopped := false
	for _, err := range errs {
		if errors.Is(err, ErrStopped) {
			stopped = true
		} else if err != nil {
			real = append(real, err)
		}
	}
	if len(real) == 0 && stopped {
		return ErrStopped
	}
	return errors.Join(real...)
}

func (r *Run) steps(ctx context.Context, steps []planner.Step, failed <-chan struct{}) error {
	for _, s := range steps {
		select {
		case <-r.Stop:
			return ErrStopped
		case <-failed:
			return ErrStopped
		case <-ctx.Done():
			return ctx.Err()
		default:
		}
		if r.Lock != nil {
			if err := r.Lock.Check(ctx); err != nil {
				return err
			}
		}
		if err := r.step(ctx, s); errors.Is(err, ErrStopped) {
			return err
		} else if err != nil {
			r.Report.Failed(s, err)
			failure := &StepError{s, err}
			if jerr := r.Journal.Append(Event{Kind: EventFailure, Plan: r.Digest, Step: s.ID, Error: err.Error()}); jerr != nil {
				return errors.Join(failure, jerr)
			}
			return failure
		}
	}
	return nil
}

// step takes one step: look, record the intent, act, verify, record the result.
func (r *Run) step(ctx context.Context, s planner.Step) error {
	began := time.Now()
	r.Report.Begin(s)
	result := Event{Kind: EventResult, Plan: r.Digest, Step: s.ID}
	if s.Action.Gate != nil {
		if err := r.Gate(ctx, s); err != nil {
			return err
		}
		result.Seen = "a person said go"
	} else if err := r.actOrWait(ctx, s, &result); err != nil {
		return err
	}
	if err := r.Journal.Append(result); err != nil {
		return err
	}
	r.Report.Done(s, result.Seen, result.Found, time.Since(began))
	return nil
}

// actOrWait lets Stop cut off a step that only waits; every other step is finished.
func (r *Run) actOrWait(ctx context.Context, s planner.Step, result *Event) error {
	if !s.Action.Waits() {
		return r.act(ctx, s, result)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	done := make(chan struct{})
	defer close(done)
	go func() {
		select {
		case <-r.Stop:
			cancel(ErrStopped)
		case <-done:
		}
	}()
	err := r.act(ctx, s, result)
	if err != nil && errors.Is(context.Cause(ctx), ErrStopped) {
		return ErrStopped
	}
	return err
}

func (r *Run) act(ctx context.Context, s planner.Step, result *Event) error {
	actor, err := r.Actor(s)
	if err != nil {
		return err
	}
	ctx, cancel := bounded(ctx, s)
	defer cancel()
	stand, err := actor.Look(ctx, s)
	if err != nil {
		return timedOut(ctx, s, err)
	}
	if stand == Done {
		result.Found, result.Seen = true, "it was so already"
		return nil
	}
	if err := r.intend(s); err != nil {
		return err
	}
	if result.Outcome, err = actor.Act(ctx, s); err != nil {
		return timedOut(ctx, s, err)
	}
	if result.Seen, err = actor.Verify(ctx, s); err != nil {
		return timedOut(ctx, s, fmt.Errorf("it was done, but: %w", err))
	}
	if kept := result.Outcome[OutcomeKept]; kept != "" {
		result.Seen += "; kept: " + kept
	}
	return nil
}

// intend records that the world is about to be touched.
func (r *Run) intend(s planner.Step) error {
	err := r.Journal.Append(Event{Kind: EventIntent, Plan: r.Digest, Step: s.ID})
	if errors.Is(err, ErrNotCopied) {
		return errors.Join(err, r.Journal.Append(Event{Kind: EventWithdrawal, Plan: r.Digest, Step: s.ID}))
	}
	return err
}

func bounded(ctx context.Context, s planner.Step) (context.Context, context.CancelFunc) {
	if s.Timeout <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, time.Duration(s.Timeout))
}

// timedOut says which limit ended a step.
func timedOut(ctx context.Context, s planner.Step, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("not done within %s: %w", time.Duration(s.Timeout), err)
	}
	return err
}
