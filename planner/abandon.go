package planner

import (
	"fmt"
	"strings"
	"time"
)

// Abandon makes the plan that gives a restore up, the commit included: everything back as it was, the old log included. It must only be
// made where Abandonable gives no reason against it. Whether the commit was made, or is not known, makes no difference to it. The schedulers
// in left, whose hosts died since the run began, are left out.
func Abandon(p *Plan, of string, progress func(id string) Progress, now time.Time, tool string, left ...string) (*Plan, error) {
	return inverse(KindRollback, p, of, progress, now, tool, left)
}

// Abandonable says why the old log can't be brought back any more after the commit, empty where it can: a scheduler has, or may have, run
// with its real Mesos master on the restored state. Undoing is the inverse plan that was begun, nil for none, and undone its progress;
// committed is when the commit was recorded, zero where it was not; now is the world.
func Abandonable(p, undoing *Plan, undone func(id string) Progress, committed time.Time, now *Observation) string {
	if undoing != nil && undoing.Kind == KindRevert {
		for _, ph := range undoing.Phases {
			for _, s := range ph.Steps {
				if ph.Name == PhaseStart && undone(s.ID) != NotBegun {
					return fmt.Sprintf("revert has begun to start %s with its real Mesos master", s.Host)
				}
			}
		}
	}
	for i := range now.Hosts {
		if why := now.Hosts[i].real(); why != "" {
			return why
		}
	}
	for _, f := range now.Running.Frameworks {
		if f.ID == p.Observation.Backup.FrameworkID {
			if why := f.since(&p.Observation.Running, committed, now.Running.Skew); why != "" {
				return why
			}
		}
	}
	return ""
}

// real says how the scheduler shows that it runs with its real master, or that this can't be told; empty where it does not.
func (h *Host) real() string {
	if h.Problem != "" {
		return fmt.Sprintf("it can't be told what runs on %s: %s", h.Name, h.Problem)
	}
	if h.HTTP.Registered {
		return fmt.Sprintf("the scheduler on %s is registered with the Mesos master", h.Name)
	}
	if h.Process.PID == 0 {
		return ""
	}
	var masters []string
	for _, f := range h.Process.Flags {
		if f.Name == flagMaster {
			masters = append(masters, f.Value)
		}
	}
	if len(masters) != 1 || masters[0] != masterNowhere {
		return fmt.Sprintf("the scheduler on %s, process %d, runs with -%s %s", h.Name, h.Process.PID, flagMaster, orNothing(strings.Join(masters, " and ")))
	}
	return ""
}

// dateMargin is what a skew that was read off a Date header may be wrong by: the header has whole seconds, and was on its way for a while.
const dateMargin = 3 * time.Second

// since says how the master shows that a scheduler registered for the framework after the commit. Skew is how far the master's clock is
// ahead of the one that committed is of, nil where that is not known. Doubt keeps the restored state.
func (f *Framework) since(then *Running, committed time.Time, skew *Duration) string {
	if f.Connected {
		return fmt.Sprintf("the Mesos master has a scheduler registered for framework %s", f.ID)
	}
	for _, was := range then.Frameworks {
		if was.ID == f.ID && was.Registered.Equal(f.Registered) {
			return ""
		}
	}
	registered, margin := f.Registered, maxSkew
	if skew != nil {
		registered, margin = registered.Add(-time.Duration(*skew)), dateMargin
	}
	if !committed.IsZero() && registered.After(committed.Add(-margin)) {
		return fmt.Sprintf("a scheduler registered for framework %s at %s by the Mesos master's clock, after the commit (%s)",
			f.ID, f.Registered.UTC().Format(time.RFC3339), committed.UTC().Format(time.RFC3339))
	}
	return ""
}

// AbandonNotes tells of what Abandonable could not look at.
func AbandonNotes(now *Observation) []Finding {
	if now.Running.Mesos {
		return nil
	}
	var fs findings
	fs.add(Warning, "master-not-asked", "", "the Mesos master could not be asked whether a scheduler registered since the commit: "+strings.Join(now.Running.Problems, "; "),
		"go on only if you know that none did: the journal and the schedulers' processes show none")
	return fs
}
