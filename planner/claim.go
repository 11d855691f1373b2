package planner

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/restorectl/restorectl/config"
)

// Claim says who works on a cluster, or which run is open on it.
type Claim struct {
	// Run is the run's id, Plan the digest of its plan.
	Run  string `json:"run"`
	Plan string `json:"plan"`
	// By and From name the operator and the machine.
	By    string    `json:"by"`
	From  string    `json:"from"`
	Since time.Time `json:"since"`
}

// String says in one line who claims the cluster, since when, from where, and with which plan.
func (c Claim) String() string {
	return fmt.Sprintf("run %s of %s from %s, since %s, plan %s", c.Run, c.By, c.From, c.Since.UTC().Format("2006-01-02 15:04:05 MST"), short(c.Plan))
}

// Lock is the lock of a cluster as it was observed.
type Lock struct {
	// Run is the open run that ZooKeeper has on record, Holder the process that works on the cluster now, as ZooKeeper names it.
	Run    *Claim `json:"run,omitempty"`
	Holder *Claim `json:"holder,omitempty"`
	// Live are the schedulers on whose hosts a process holds the lock now.
	Live []string `json:"live,omitempty"`
	// Problem says why ZooKeeper could not be asked; empty also where the cluster has none.
	Problem string `json:"problem,omitempty"`
}

// Claim is what a record says of its run. The run's id is the beginning of the plan's digest.
func (r *RunRecord) Claim() Claim {
	return Claim{Run: r.ID, Plan: r.ID, By: r.By, From: r.From, Since: r.Started}
}

// Claims are the runs that are open on a host or in ZooKeeper, each once.
func (o *Observation) Claims() []Claim {
	var claims []Claim
	add := func(c Claim) {
		if !slices.ContainsFunc(claims, func(k Claim) bool { return k.Run == c.Run }) {
			claims = append(claims, c)
		}
	}
	if o.Lock != nil && o.Lock.Run != nil {
		add(*o.Lock.Run)
	}
	for i := range o.Hosts {
		for _, r := range o.Hosts[i].OpenRuns() {
			add(r.Claim())
		}
	}
	return claims
}

// OpenOn gives a host's record of a run, where one says that it is open.
func (o *Observation) OpenOn(runID string) (RunRecord, bool) {
	for i := range o.Hosts {
		for _, r := range o.Hosts[i].OpenRuns() {
			if r.ID == runID {
				return r, true
			}
		}
	}
	return RunRecord{}, false
}

// Worker says who works on the cluster now; ok is false where nobody does.
func (l *Lock) Worker() (who string, ok bool) {
	switch {
	case l == nil:
		return "", false
	case l.Holder != nil:
		return l.Holder.String(), true
	case len(l.Live) > 0:
		return "a restorectl that holds the lock on " + strings.Join(l.Live, ", "), true
	}
	return "", false
}

// checkLock refuses a plan while somebody works on the cluster: it would be made of what is just being changed.
func checkLock(fs *findings, o *Observation) {
	l := o.Lock
	if l == nil {
		return
	}
	if who, ok := l.Worker(); ok {
		fs.add(Error, "cluster-locked", "", "somebody works on this cluster right now: "+who, "wait until it is through, then plan")
		return
	}
	if l.Problem != "" {
		fs.add(Note, "lock-unseen", "", "ZooKeeper could not be asked who has the lock: "+l.Problem, "the hosts were asked; apply asks again")
	}
	if l.Run != nil && !slices.ContainsFunc(o.Hosts, func(h Host) bool { return slices.Contains(h.openRuns(), l.Run.Run) }) {
		fs.add(Note, "lock-left", "", "ZooKeeper has "+l.Run.String()+", on record, which is open on no host", "apply takes the record away")
	}
}

// Surroundings are what a plan takes from the machine of the operator who made it, and what must be replaced when another operator
// takes its run over from another machine.
type Surroundings struct {
	Schedulers   []config.Scheduler `json:"schedulers"`
	Connection   config.Connection  `json:"connection"`
	PasswordFile string             `json:"password_file,omitempty"`
	Kerberos     config.Kerberos    `json:"kerberos,omitzero"`
}

// SurroundingsOf gives those of a configuration.
func SurroundingsOf(r *config.Restore) *Surroundings {
	return &Surroundings{Schedulers: r.Cluster.Schedulers, Connection: r.Cluster.Connection, PasswordFile: r.Admin.PasswordFile, Kerberos: r.Admin.Kerberos}
}

// In gives a configuration with these surroundings; nil ones change nothing.
func (s *Surroundings) In(r config.Restore) config.Restore {
	if s == nil {
		return r
	}
	r.Cluster.Schedulers, r.Cluster.Connection, r.Admin.PasswordFile, r.Admin.Kerberos = s.Schedulers, s.Connection, s.PasswordFile, s.Kerberos
	return r
}
