package planner

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// Fact is one thing about the world that must be the same at apply as it was at plan.
type Fact struct {
	Host    string
	Subject string
	Value   string
}

// Difference is a fact that changed between two observations. An empty value means that the fact was not there.
type Difference struct {
	Host    string
	Subject string
	Then    string
	Now     string
}

// String says in one line what changed where.
func (d Difference) String() string {
	return fmt.Sprintf("%s: %s was %s, is %s", d.Host, d.Subject, orNothing(d.Then), orNothing(d.Now))
}

func orNothing(s string) string {
	if s == "" {
		return "absent"
	}
	return s
}

// Facts lists what of an observation must hold still until apply, in a fixed order. What moves by itself is not among it:
// process ids, free space, backups that come and go, positions of a log in use, who leads.
func (o *Observation) Facts() []Fact {
	var facts []Fact
	for i := range o.Hosts {
		facts = append(facts, o.Hosts[i].facts()...)
	}
	for i := range o.Absent {
		facts = append(facts, Fact{o.Absent[i].Name, "absence", o.Absent[i].standing()})
	}
	return append(facts, Fact{Subject: "backup", Value: o.Backup.SHA256})
}

func (h *Host) facts() []Fact {
	var facts []Fact
	add := func(subject, value string) { facts = append(facts, Fact{h.Name, subject, value}) }
	add("reachable", strconv.FormatBool(h.Problem == ""))
	add("service "+h.Service.Name, serviceStanding(h.Service.State))
	add(h.Settings.Path, h.Settings.Digest)
	for _, c := range h.Clusters {
		add(c.Path, c.Digest)
	}
	if h.HostsFile.Path != "" {
		add(h.HostsFile.Path, h.HostsFile.Digest)
	}
	add("log "+h.Replica.Path, h.Replica.standing())
	if h.Replica.Rebuilt != nil {
		// What is salvaged must still be all of it.
		add("log end", strconv.FormatUint(h.Replica.End, 10))
	}
	add("log owner", strings.TrimSpace(h.Replica.Owner+" "+h.Replica.Mode))
	add("firewall", fmt.Sprintf("%s blocked=%t", h.Firewall.Kind, h.Firewall.Blocked))
	add("open runs", strings.Join(h.openRuns(), ","))
	return facts
}

// serviceStanding does not tell running from restarting: a scheduler on a broken log is now one and now the other.
func serviceStanding(state string) string {
	if state == "restarting" {
		return "running"
	}
	return state
}

// standing tells apart what the procedure treats differently. A log in use may look locked at one moment and used at the next.
func (r *Replica) standing() string {
	if r.State == "locked" {
		return "used"
	}
	return r.State
}

// OpenRuns are the records of runs that are not finished on the host.
func (h *Host) OpenRuns() []RunRecord {
	var open []RunRecord
	for _, r := range h.Runs {
		if r.State == "open" {
			open = append(open, r)
		}
	}
	return open
}

func (h *Host) openRuns() []string {
	var ids []string
	for _, r := range h.OpenRuns() {
		ids = append(ids, r.ID)
	}
	return ids
}

// Fingerprint is the SHA-256 over the facts, in lower-case hex.
func (o *Observation) Fingerprint() string {
	h := sha256.New()
	for _, f := range o.Facts() {
		for _, s := range []string{f.Host, f.Subject, f.Value} {
			// Lengths keep the parts apart whatever they contain.
			_, _ = fmt.Fprintf(h, "%d:%s", len(s), s)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Drift lists what differs between the facts of two observations: first what then had, in its order, and last what only now has.
func Drift(then, now *Observation) []Difference {
	type key struct{ host, subject string }
	left := map[key]string{}
	for _, f := range now.Facts() {
		left[key{f.Host, f.Subject}] = f.Value
	}
	var diffs []Difference
	for _, f := range then.Facts() {
		k := key{f.Host, f.Subject}
		if v := left[k]; v != f.Value {
			diffs = append(diffs, Difference{f.Host, f.Subject, f.Value, v})
		}
		delete(left, k)
	}
	for _, f := range now.Facts() {
		if v, only := left[key{f.Host, f.Subject}]; only && v != "" {
			diffs = append(diffs, Difference{f.Host, f.Subject, "", v})
		}
	}
	return diffs
}
