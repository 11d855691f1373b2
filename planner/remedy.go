package planner

import (
	"fmt"
	"slices"
	"strings"

	"github.com/restorectl/restorectl/config"
)

// Remedy is what can be done about a cluster's log.
type Remedy string

// The remedies, the mildest first.
const (
	// RemedyNone does nothing: every replica is sound and a leader serves.
	RemedyNone Remedy = "none"
	// RemedyRebuild lets a minority of the replicas start empty and catch up. Nothing is lost.
	RemedyRebuild Remedy = "rebuild-replica"
	// RemedySalvage restores the state that is read from the files of the best replica.
	RemedySalvage Remedy = "salvage-log"
	// RemedyRestore restores the configuration's backup.
	RemedyRestore Remedy = "restore-backup"
)

// Choice is one remedy and why it can be taken or not.
type Choice struct {
	Remedy   Remedy `json:"remedy"`
	Possible bool   `json:"possible"`
	// Why says what speaks for or against it, Loses what it loses.
	Why   string `json:"why"`
	Loses string `json:"loses"`
}

// Rank says which remedies can be taken, the mildest first, and which one the configuration wants: its own, or the first possible.
// An error says that the one which the configuration names can't be taken.
func Rank(r *config.Restore, o *Observation) (Remedy, []Choice, error) {
	s := survey(o)
	ranking := []Choice{s.none(), s.rebuild(), s.salvage(o), {Remedy: RemedyRestore, Possible: true, Why: "a backup is always possible", Loses: "everything since the backup was taken"}}
	if s.sound == len(o.Hosts) && s.leader == "" {
		ranking[3].Why = "every replica is sound, and no scheduler leads: find out why before you restore a backup"
	}
	wanted := Remedy(r.Recovery.Remedy)
	for _, c := range ranking {
		switch {
		case (wanted == "" || wanted == "auto") && c.Possible:
			return c.Remedy, ranking, nil
		case c.Remedy == wanted && !c.Possible:
			return wanted, ranking, fmt.Errorf("the remedy %s can't be taken: %s", wanted, c.Why)
		}
	}
	return wanted, ranking, nil
}

// Unasked says that remedy = "auto" chose to do something else than to restore the backup that the configuration names, which a person
// should agree to before there is a plan of it.
func (p *Plan) Unasked() bool {
	auto := p.Restore.Recovery.Remedy == "" || p.Restore.Recovery.Remedy == "auto"
	return auto && (p.Remedy == RemedyRebuild || p.Remedy == RemedySalvage)
}

// Best is the replica from which a state can be salvaged: the one that knows the furthest position, and of those the first; nil where
// there is none.
func (o *Observation) Best() *Host {
	var best *Host
	for i := range o.Hosts {
		h := &o.Hosts[i]
		if h.Replica.salvageable() && (best == nil || h.Replica.known() > best.Replica.known()) {
			best = h
		}
	}
	return best
}

// salvageable says that the state could be rebuilt from the replica and nothing is missing in it.
func (r *Replica) salvageable() bool {
	return r.Rebuilt != nil && r.Rebuilt.Problem == "" && r.Rebuilt.Missing == 0
}

// known is the last position that is in the state that was rebuilt.
func (r *Replica) known() uint64 {
	if r.Rebuilt != nil && r.Rebuilt.Unfinished {
		return r.End - 1
	}
	return r.End
}

// standings is how the replicas stand.
type standings struct {
	quorum, sound, all int
	unsound            []string
	// why says of each unsound replica what is the matter where its state does not.
	why    []string
	unseen []string
	leader string
}

func survey(o *Observation) standings {
	s := standings{quorum: o.quorum(), all: len(o.Hosts) + len(o.Absent)}
	for i := range o.Hosts {
		h := &o.Hosts[i]
		switch {
		case h.Problem != "" || h.Settings.Problem != "":
			s.unseen = append(s.unseen, h.Name)
		case o.sound(&h.Replica):
			s.sound++
		default:
			s.unsound, s.why = append(s.unsound, h.Name), append(s.why, o.unsoundness(h))
		}
		if h.HTTP.Lifecycle == "ACTIVE" && h.HTTP.Registered {
			s.leader = h.Name
		}
	}
	return s
}

func (s *standings) none() Choice {
	c := Choice{Remedy: RemedyNone, Loses: "nothing"}
	switch {
	case len(s.unseen) > 0:
		c.Why = "not every replica could be looked at"
	case len(s.unsound) > 0:
		c.Why = "not every replica is sound: " + strings.Join(s.why, ", ")
	case s.sound < s.quorum:
		c.Why = fmt.Sprintf("only %d of %d replicas are sound, a quorum is %d", s.sound, s.all, s.quorum)
	case s.leader == "":
		c.Why = "no scheduler is ACTIVE and registered"
	default:
		c.Possible = true
		c.Why = fmt.Sprintf("%s is ACTIVE and registered, and all %d replicas are sound", s.leader, s.sound)
		if s.sound < s.all {
			c.Why = fmt.Sprintf("%s is ACTIVE and registered, and %d of %d replicas are sound, the others being left out", s.leader, s.sound, s.all)
		}
	}
	return c
}

func (s *standings) rebuild() Choice {
	c := Choice{Remedy: RemedyRebuild, Loses: "nothing: the others have everything"}
	switch {
	case len(s.unseen) > 0:
		c.Why = "not every replica could be looked at"
	case len(s.unsound) == 0:
		c.Why = "there is nothing to rebuild: every replica is sound"
	case s.sound < s.quorum:
		c.Why = fmt.Sprintf("only %d of %d replicas are sound, a quorum is %d", s.sound, s.all, s.quorum)
	default:
		c.Possible = true
		c.Why = fmt.Sprintf("%d of %d replicas are sound, a quorum is %d; to rebuild: %s", s.sound, s.all, s.quorum, strings.Join(s.why, ", "))
	}
	return c
}

func (s *standings) salvage(o *Observation) Choice {
	c := Choice{Remedy: RemedySalvage, Loses: "what only the unreadable replicas knew"}
	best := o.Best()
	switch {
	case len(s.unseen) > 0:
		c.Why = "not every replica could be looked at"
	case s.sound >= s.quorum:
		c.Why = "it is not needed: a quorum of the replicas is sound"
	case best == nil:
		c.Why = "no replica can be read whole" + o.whyNot()
	default:
		c.Possible = true
		c.Why = fmt.Sprintf("the replica of %s can be read: %s, up to position %d", best.Name, tasks(best.Replica.Rebuilt.Tasks), best.Replica.known())
		c.Loses = "what was written after position " + fmt.Sprint(best.Replica.known()) + ", if anything" + o.beyond(best)
	}
	return c
}

// whyNot says why replicas that were read could not be salvaged.
func (o *Observation) whyNot() string {
	var why []string
	for i := range o.Hosts {
		switch h := &o.Hosts[i]; {
		case h.Replica.Rebuilt == nil:
		case h.Replica.Rebuilt.Problem != "":
			why = append(why, h.Name+": "+h.Replica.Rebuilt.Problem)
		case h.Replica.Rebuilt.Missing > 0:
			why = append(why, fmt.Sprintf("%s: %d positions after its last snapshot are missing: %s", h.Name, h.Replica.Rebuilt.Missing, spansText(h.Replica.Rebuilt.MissingAt)))
		}
	}
	if len(why) == 0 {
		return ""
	}
	return " (" + strings.Join(why, "; ") + ")"
}

// beyond names the replicas that were seen to have more than what the best one knows, that one included.
func (o *Observation) beyond(best *Host) string {
	var more []string
	for i := range o.Hosts {
		if h := &o.Hosts[i]; h.Replica.End > best.Replica.known() {
			more = append(more, fmt.Sprintf("%s shows positions up to %d", h.Name, h.Replica.End))
		}
	}
	if len(more) == 0 {
		return ""
	}
	return "; " + strings.Join(more, ", ")
}

// Quorum says whether a quorum of the replicas is sound, so that nothing has to be salvaged.
func (o *Observation) Quorum() bool {
	s := survey(o)
	return s.sound >= s.quorum
}

// Unhealthy says what keeps the cluster from being healthy: every host seen, a quorum of replicas sound, one scheduler ACTIVE and
// registered. Empty means that it is.
func (o *Observation) Unhealthy() string {
	s := survey(o)
	switch {
	case len(s.unseen) > 0:
		return "not every host could be looked at: " + strings.Join(s.unseen, ", ")
	case s.sound < s.quorum:
		return fmt.Sprintf("only %d of %d replicas are sound", s.sound, s.all)
	case s.leader == "":
		return "no scheduler is ACTIVE and registered"
	}
	return ""
}

// Closes says that the plan closes its own run: nothing is left to revert when it was applied.
func (p *Plan) Closes() bool { return p.Remedy == RemedyRebuild }

// rebuild lets the unsound replicas start empty and catch up.
func (b *builder) rebuild() {
	s := survey(&b.plan.Observation)
	b.phase(PhasePreflight, "make the run's folder", only(s.unsound, func(h *Host) []Step { return b.preflight(h)[:1] }))
	b.phase(PhaseQuiesce, "stop the schedulers with unsound replicas", only(s.unsound, b.quiesce))
	b.catchUp(s.unsound, "rebuilt")
}

// only takes steps on the named hosts alone.
func only(names []string, steps func(h *Host) []Step) func(h *Host) []Step {
	return func(h *Host) []Step {
		if !slices.Contains(names, h.Name) {
			return nil
		}
		return steps(h)
	}
}

// catchUp moves the logs of the named hosts, which are stopped, aside, starts them empty, lets them catch up from the others, and closes
// the run's record there with the state.
func (b *builder) catchUp(names []string, state string) {
	minEnd := uint64(0)
	others := b.plan.Observation.without(names...)
	for i := range others.Hosts {
		if r := &others.Hosts[i].Replica; others.sound(r) {
			minEnd = max(minEnd, r.End)
		}
	}
	b.phase(PhaseReset, "move their logs aside and leave empty folders", only(names, b.vacate))
	b.phase(PhaseStart, "start them again: each replica catches up from the others", only(names, func(h *Host) []Step {
		start := b.startStep(h)
		service := start.Action.Service
		service.Isolated, service.Marker, service.Flags = false, "", b.plan.flagsBefore(h)
		start.HoldsUntil = hostStep(PhaseStart, h, "rejoin")
		start.Changes[0].After = "running"
		start.Guard, start.Verification = "the log is in quarantine", "the process stays"
		return []Step{start, b.rejoin(h, minEnd)}
	}))
	if others.inService() {
		b.phase(PhaseServe, "wait for normal service", nil, func() []Step { return []Step{b.served("")} })
	}
	b.phase(PhaseClose, "close the run's record", only(names, func(*Host) []Step {
		return []Step{{
			ID: "run-folder", Title: "close the run's record", Timeout: Duration(shortStep),
			Action:  Action{Run: &RunAction{Op: OpClose, State: state}},
			Changes: []Change{{Subject: "record of the run", Before: "open", After: state}}, Verification: "the record can be read back",
		}}
	}))
}

// vacate moves a log aside and leaves an empty folder in its place, uninitialised: an initialised one would vote without knowing anything.
func (b *builder) vacate(h *Host) []Step {
	steps := b.reset(h)
	if len(steps) == 0 {
		// It was initialised anew and holds nothing; it must go for the same reason.
		forget := *h
		forget.Replica.State = "used"
		steps = b.reset(&forget)
	}
	empty := *steps[1].Action.Log
	empty.Op = OpVacate
	steps[1] = Step{
		ID: "vacate", Title: "leave an empty folder", Timeout: Duration(shortStep), Action: Action{Log: &empty},
		Changes: []Change{{Subject: "log " + empty.Path, After: "empty, not initialised", Where: "owner " + empty.User}},
		Guard:   "nothing is in its place", Verification: "the folder is empty and belongs to " + empty.User,
	}
	return steps
}

func (b *builder) rejoin(h *Host, minEnd uint64) Step {
	return Step{
		ID: "rejoin", Title: "wait until the replica has caught up", Timeout: Duration(b.plan.Restore.Procedure.LeaderTimeout),
		Action:       Action{Log: &LogAction{Op: OpRejoin, Path: h.Replica.Path, MinEnd: minEnd}},
		Changes:      []Change{{Subject: "log " + h.Replica.Path, After: fmt.Sprintf("VOTING, up to position %d at least", minEnd)}},
		Verification: "read from a copy: VOTING, and as far as the others were",
	}
}
