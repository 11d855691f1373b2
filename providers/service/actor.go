package service

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/flags"
	"github.com/restorectl/restorectl/providers/host"
)

// pollEvery is how often a service is looked at while something is waited for.
const pollEvery = 250 * time.Millisecond

// defaultPatience is how long a service may take to come or go where the configuration does not say.
const defaultPatience = time.Minute

func patience(d time.Duration) time.Duration {
	if d <= 0 {
		return defaultPatience
	}
	return d
}

// Actor carries out planner.ServiceAction.
type Actor struct {
	Hosts  host.Pool
	Config config.Service
	// Blocked says whether a port is blocked from outside a host. A start that must be isolated is refused where it says no.
	Blocked func(ctx context.Context, h host.Host, port int) (bool, error)
	// Poll is how often a service is looked at while something is waited for; zero is a quarter of a second.
	Poll time.Duration
}

// Look says whether the service is as the step wants it: stopped without a process, or running with the step's flags.
func (a *Actor) Look(ctx context.Context, s planner.Step) (executor.Stand, error) {
	j, err := a.job(ctx, s)
	if err != nil {
		return executor.Pending, err
	}
	state, err := j.sup.state(ctx, j.h)
	if err != nil {
		return executor.Pending, err
	}
	if state.State == StateMissing {
		return executor.Pending, &executor.Refusal{
			Reason: fmt.Sprintf("the service is missing on %s: %s", s.Host, described(state)),
			Remedy: `install it, or name the right one in the block "service"`,
		}
	}
	if j.action.Op == planner.OpStop {
		return stand(state.State == StateStopped && state.PID == 0), nil
	}
	if err := j.isolated(ctx); err != nil {
		return executor.Pending, err
	}
	if state.State != StateRunning || state.PID == 0 {
		return executor.Pending, nil
	}
	wrong, certain, err := j.wrongFlags(ctx, state.PID)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return executor.Pending, nil
	case err != nil:
		return executor.Pending, err
	case wrong == "":
		return executor.Done, nil
	case !certain:
		// The process is still on its way to becoming the scheduler; a start then changes nothing, and verification waits.
		return executor.Pending, nil
	}
	return executor.Pending, &executor.Refusal{
		Reason: fmt.Sprintf("the service runs already on %s, process %d, with other flags: %s", s.Host, state.PID, wrong),
		Remedy: "stop it through its supervisor and try again",
	}
}

// Act starts or stops the service, and waits until its process is there or gone.
func (a *Actor) Act(ctx context.Context, s planner.Step) (executor.Outcome, error) {
	j, err := a.job(ctx, s)
	if err != nil {
		return nil, err
	}
	if j.action.Op == planner.OpStop {
		return j.stop(ctx)
	}
	if err := j.isolated(ctx); err != nil {
		return nil, err
	}
	return j.start(ctx)
}

// Verify looks for the step's settle time whether the service stays as it should.
func (a *Actor) Verify(ctx context.Context, s planner.Step) (string, error) {
	j, err := a.job(ctx, s)
	if err != nil {
		return "", err
	}
	if j.action.Op == planner.OpStop {
		return j.staysStopped(ctx)
	}
	return j.staysStarted(ctx)
}

func stand(done bool) executor.Stand {
	if done {
		return executor.Done
	}
	return executor.Pending
}

// job is one step on one host.
type job struct {
	actor  *Actor
	action *planner.ServiceAction
	h      host.Host
	sup    supervisor
}

func (a *Actor) job(ctx context.Context, s planner.Step) (*job, error) {
	action := s.Action.Service
	if action == nil || action.Op != planner.OpStart && action.Op != planner.OpStop {
		return nil, fmt.Errorf("step %s does not start or stop a service", s.ID)
	}
	sup, err := choose(a.Config)
	if err != nil {
		return nil, err
	}
	h, err := a.Hosts.Host(ctx, s.Host)
	if err != nil {
		return nil, err
	}
	return &job{a, action, h, sup}, nil
}

// isolated refuses where the port must be blocked and is not.
func (j *job) isolated(ctx context.Context) error {
	if !j.action.Isolated {
		return nil
	}
	if j.actor.Blocked == nil {
		return &executor.Refusal{Reason: "nobody can tell whether the port is blocked, and the service must not start unless it is"}
	}
	blocked, err := j.actor.Blocked(ctx, j.h, j.action.HTTPPort)
	if err != nil || blocked {
		return err
	}
	return &executor.Refusal{
		Reason: fmt.Sprintf("port %d of %s is not blocked from outside, and the scheduler must not start unless it is", j.action.HTTPPort, j.h.Name()),
		Remedy: "find out who took the rules away; `restorectl revert` undoes the run",
	}
}

// wrongFlags says which flags of a process are not as the step wants them, empty where all are. Certain says that the process is
// the scheduler itself and not something on the way to it.
func (j *job) wrongFlags(ctx context.Context, pid int) (wrong string, certain bool, err error) {
	if len(j.action.Flags) == 0 {
		return "", true, nil
	}
	line, err := procFile(ctx, j.h, fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil {
		return "", false, err
	}
	found, certain, err := given(ctx, j.h, line)
	return Differences(found, j.action.Flags), certain, err
}

// Differences says which flags of a process are not as wanted, where nil stands for absent; empty where all are as wanted. It can
// be shown: values that hold secrets are masked.
func Differences(found []planner.Flag, want map[string]*string) string {
	values := map[string][]string{}
	for _, f := range found {
		values[f.Name] = append(values[f.Name], f.Value)
	}
	var wrong []string
	for _, name := range slices.Sorted(maps.Keys(want)) {
		has, w := values[name], want[name]
		switch {
		case w == nil && len(has) == 0, w != nil && len(has) == 1 && has[0] == *w:
			continue
		}
		wrong = append(wrong, fmt.Sprintf("-%s is %s, not %s", name, spoken(name, has), spokenWant(name, w)))
	}
	return strings.Join(wrong, "; ")
}

func spoken(name string, values []string) string {
	if len(values) == 0 {
		return "absent"
	}
	shown := make([]string, len(values))
	for i, v := range values {
		v, _ = flags.Mask(name, v)
		shown[i] = fmt.Sprintf("%q", v)
	}
	return strings.Join(shown, " and ")
}

func spokenWant(name string, v *string) string {
	if v == nil {
		return "absent"
	}
	return spoken(name, []string{*v})
}

// poll calls look until it says true, an error, or ctx ends.
func (j *job) poll(ctx context.Context, look func() (bool, error)) error {
	every := j.actor.Poll
	if every <= 0 {
		every = pollEvery
	}
	for {
		if done, err := look(); done || err != nil {
			return err
		}
		select {
		case <-time.After(every):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
