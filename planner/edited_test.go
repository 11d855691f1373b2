package planner

import (
	"slices"
	"testing"

	"github.com/restorectl/restorectl/config"
)

// rebuilding is a cluster of which the replica of a1 is damaged and the others are sound.
func rebuilding() (*config.Restore, *Observation) {
	r, o := damaged()
	for i := range o.Hosts[1:] {
		rep := &o.Hosts[1+i].Replica
		rep.State, rep.Problem, rep.Status, rep.End = "used", "", "VOTING", 7
	}
	return r, o
}

// TestARebuildNeedsNoEdits has what is an error to a restore on the host whose replica is rebuilt, and on one to which nothing is done.
func TestARebuildNeedsNoEdits(t *testing.T) {
	set := func(h *Host, name, value string) {
		h.Settings.Flags = append(h.Settings.Flags, Flag{Name: name, Value: value})
	}
	for _, tt := range []struct {
		name, code     string
		rebuilt, sound Severity
		change         func(h *Host)
	}{
		{"a broken clusters.json", "clusters-file-unreadable", Warning, Warning, func(h *Host) { h.Clusters[0].Problem = "line 1" }},
		{"the cluster twice in it", "cluster-twice-in-clusters-file", Warning, Warning, func(h *Host) { h.Clusters[0].Names = []string{"west", "west"} }},
		{"a hosts file that leads away", "kerberos-host-elsewhere", Warning, Warning, func(h *Host) { h.HostsFile.Lines = []string{"192.0.2.7 aurora.example.com"} }},
		{"no packet filter", "firewall-unusable", Warning, Warning, func(h *Host) { h.Firewall.Problem = "no nft" }},
		{"a random port", "http-port-random", Warning, Warning, func(h *Host) { h.Settings.Flags[1].Value = "0" }},
		{"another authentication", "flags-disagree", Warning, Warning, func(h *Host) { h.Settings.Flags[7].Value = "NONE" }},
		{"another log", "flags-disagree", Error, Error, func(h *Host) { set(h, "native_log_zk_group_path", "/other") }},
		{"another quorum", "quorum-size", Error, Error, func(h *Host) { h.Settings.Flags[4].Value = "1" }},
		{"runs on another filesystem", "run-folder-apart", Error, Warning, func(h *Host) { h.RunsApart = true }},
		{"a log that can't be moved", "log-is-mountpoint", Error, Warning, func(h *Host) { h.Replica.Mountpoint = true }},
		{"no room", "no-space", Error, Warning, func(h *Host) { h.Replica.Free = 10 }},
		{"no such service", "service-missing", Error, Warning, func(h *Host) { h.Service.State = "missing" }},
		{"a flag that is needed", "flag-missing", Error, Warning, func(h *Host) { h.Settings.Flags[5].Value = "" }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for i, want := range []Severity{tt.rebuilt, tt.sound} {
				r, o := rebuilding()
				tt.change(&o.Hosts[i])
				p := New(r, o, noon, "test")
				if p.Remedy != RemedyRebuild {
					t.Fatalf("the remedy is %s", p.Remedy)
				}
				if !slices.Contains(codes(p.Findings, want), tt.code) || p.HasErrors() != (want == Error) || p.HasErrors() == (len(p.Phases) > 0) {
					t.Errorf("on %s it is no %s: %v", o.Hosts[i].Name, want, p.Findings)
				}
			}
		})
	}
}

// TestARejoinNeedsNoEdits has a clusters.json that can't be read on a host that comes back: one that a run edited must be put back.
func TestARejoinNeedsNoEdits(t *testing.T) {
	r, o := rebuilding()
	o.Hosts[0].Clusters[0].Problem = "line 1"
	for left, want := range map[*Left]Severity{nil: Warning, {}: Error} {
		if fs := checkRejoin(r, o, "a1", left); !slices.Contains(codes(fs, want), "clusters-file-unreadable") {
			t.Errorf("after a run that was there: %t: %v", left != nil, fs)
		}
	}
}
