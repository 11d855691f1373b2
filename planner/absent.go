package planner

import (
	"fmt"
	"strings"

	"github.com/restorectl/restorectl/config"
)

// Absent is a scheduler whose host the operator leaves out, as far as it can be seen from elsewhere.
type Absent struct {
	Name string `json:"name"`
	// Answers says that its host can be reached, Runs that its scheduler has a process there.
	Answers bool `json:"answers,omitempty"`
	Runs    bool `json:"runs,omitempty"`
	// Registered is what ZooKeeper holds of it: its replica's or its candidate's address; empty where nothing.
	Registered string `json:"registered,omitempty"`
	// Problem says why ZooKeeper could not tell.
	Problem string `json:"problem,omitempty"`
}

// Alive says in words how the scheduler shows that it lives; empty where it does not.
func (a *Absent) Alive() string {
	switch {
	case a.Runs:
		return "its host answers and its scheduler runs there"
	case a.Registered != "":
		return "ZooKeeper holds its registration, " + a.Registered
	}
	return ""
}

// standing is what must hold still of an absence.
func (a *Absent) standing() string {
	switch {
	case a.Alive() != "":
		return "it lives: " + a.Alive()
	case a.Answers:
		return "its host answers, its scheduler is stopped"
	}
	return "away"
}

// whyAbsent explains what an old replica does.
const whyAbsent = "one old replica among restored ones silently mixes its state in"

// OpenHosts are the absent schedulers whose logs are not those of the others once the plan's logs were reset: each must have its log
// moved aside before its scheduler may run again.
func (p *Plan) OpenHosts() []string {
	if p.Remedy != RemedySalvage && p.Remedy != RemedyRestore {
		return nil
	}
	var names []string
	for _, a := range p.Observation.Absent {
		names = append(names, a.Name)
	}
	return names
}

// openFindings says of each scheduler that was left out that it must not come back as it is.
func (p *Plan) openFindings() []Finding {
	var fs findings
	for _, name := range p.OpenHosts() {
		fs.add(Warning, "absent-host", name, "it was left out and still has its old log: "+whyAbsent,
			"keep its host off, or off the network, until `restorectl rejoin "+name+"`")
	}
	return fs
}

// quorum is how many replicas must agree, of all schedulers, absent ones too.
func (o *Observation) quorum() int { return (len(o.Hosts)+len(o.Absent))/2 + 1 }

// checkAbsent says what leaving schedulers out costs, and refuses where one of them lives or too few are left.
func checkAbsent(fs *findings, r *config.Restore, o *Observation) {
	if len(o.Absent) == 0 {
		return
	}
	if n, all := len(o.Hosts), len(r.Cluster.Schedulers); n < all/2+1 {
		fs.add(Error, "no-quorum", "", fmt.Sprintf("without %s %d of %d schedulers are left, and a quorum is %d", absentNames(o), n, all, all/2+1),
			"bring a host back: fewer than a quorum can't write the log")
	}
	for i := range o.Absent {
		a := &o.Absent[i]
		switch alive := a.Alive(); {
		case alive != "":
			fs.add(Error, "absent-host-lives", a.Name, fmt.Sprintf("it is to be left out, but it lives: %s; %s", alive, whyAbsent),
				"take it in again, or stop its scheduler and keep it stopped; what a dead host left in ZooKeeper goes when its session ends: plan again in a minute")
		case a.Problem != "":
			fs.add(Error, "absent-host-unseen", a.Name, "it can't be told whether its scheduler lives: "+a.Problem+"; "+whyAbsent,
				"let the schedulers' ZooKeeper be read from their hosts, and plan again")
		case a.Answers:
			fs.add(Warning, "absent-host-answers", a.Name, "it is left out, but its host answers; its scheduler is stopped",
				"take it in again, or see to it that nothing starts its scheduler before `restorectl rejoin "+a.Name+"`")
		default:
			fs.add(Warning, "absent-host", a.Name, "it is left out; its old log must not come back by itself: "+whyAbsent,
				"keep its host off, or off the network, until `restorectl rejoin "+a.Name+"`")
		}
	}
}

func absentNames(o *Observation) string {
	names := make([]string, len(o.Absent))
	for i, a := range o.Absent {
		names[i] = a.Name
	}
	return strings.Join(names, " and ")
}

// away adds to the guard of a step that the absent schedulers stay away.
func (b *builder) away(guard string) string {
	if len(b.plan.Observation.Absent) == 0 {
		return guard
	}
	also := absentNames(&b.plan.Observation) + " is still away"
	if len(b.plan.Observation.Absent) > 1 {
		also = absentNames(&b.plan.Observation) + " are still away"
	}
	if guard == "" {
		return also
	}
	return guard + ", and " + also
}
