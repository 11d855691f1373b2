package planner

import (
	"fmt"
	"slices"
)

// Left is what a run did to a scheduler's host before the host died and the undoing of the run left it out.
type Left struct {
	// Forward is the plan of the run, Progress how far its steps came.
	Forward  *Plan
	Progress func(id string) Progress
}

// Leave gives the plan of a run as if the schedulers, whose hosts died in the middle of it, had been absent: an inverse plan of it works on
// the others only. An error says that a name is none of its schedulers', or that nobody would be left.
func (p *Plan) Leave(schedulers ...string) (*Plan, error) {
	if len(schedulers) == 0 {
		return p, nil
	}
	out := *p
	if err := out.Restore.Cluster.Leave(schedulers...); err != nil {
		return nil, err
	}
	out.Observation = *p.Observation.without(schedulers...)
	if len(out.Observation.Hosts) == 0 {
		return nil, fmt.Errorf("nobody would be left: the run was on %d schedulers", len(p.Observation.Hosts))
	}
	return &out, nil
}

// leftFindings says of each scheduler that an inverse plan leaves out, although the run had touched it, that it must not come back as it is.
func (p *Plan) leftFindings(forward *Plan) []Finding {
	var fs findings
	for _, name := range p.Restore.Cluster.Absent {
		if !slices.Contains(forward.Restore.Cluster.Absent, name) {
			fs.add(Warning, "left-host", name, "it is left out: what the run did to its settings and its log stands, and "+whyAbsent,
				"keep its host off, or off the network, until `restorectl rejoin "+name+"`, which undoes that first")
		}
	}
	return fs
}

// undone is the observation of a rejoining scheduler's host as it will be when what the run did to it is undone.
func (l *Left) undone(o *Observation, scheduler, run string) *Observation {
	out := *o
	out.Hosts = slices.Clone(o.Hosts)
	for i := range out.Hosts {
		h := &out.Hosts[i]
		before := l.Forward.Observation.host(scheduler)
		if h.Name != scheduler || h.Problem != "" || before == nil {
			continue
		}
		h.Settings, h.Clusters, h.HostsFile, h.Firewall, h.Replica = before.Settings, before.Clusters, before.HostsFile, before.Firewall, before.Replica
		h.Runs = slices.DeleteFunc(slices.Clone(h.Runs), func(r RunRecord) bool { return r.ID == run })
	}
	return &out
}

// host gives what was seen of a host; nil where it was not looked at.
func (o *Observation) host(name string) *Host {
	i := slices.IndexFunc(o.Hosts, func(h Host) bool { return h.Name == name })
	if i < 0 {
		return nil
	}
	return &o.Hosts[i]
}
