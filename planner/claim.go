package planner

import (
	"fmt"
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

// Surroundings are what a plan takes from the machine of the operator who made it, and what must be replaced when another operator
// takes its run over from another machine.
type Surroundings struct {
	Schedulers   []config.Scheduler `json:"schedulers"`
	Connection   config.Connection  `json:"connection"`
	PasswordFile string             `json:"password_file,omitempty"`
}

// SurroundingsOf gives those of a configuration.
func SurroundingsOf(r *config.Restore) *Surroundings {
	return &Surroundings{Schedulers: r.Cluster.Schedulers, Connection: r.Cluster.Connection, PasswordFile: r.Admin.PasswordFile}
}

// In gives a configuration with these surroundings; nil ones change nothing.
func (s *Surroundings) In(r config.Restore) config.Restore {
	if s == nil {
		return r
	}
	r.Cluster.Schedulers, r.Cluster.Connection, r.Admin.PasswordFile = s.Schedulers, s.Connection, s.PasswordFile
	return r
}
