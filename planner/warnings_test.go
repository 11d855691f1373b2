package planner

import (
	"slices"
	"testing"
	"time"

	"github.com/restorectl/restorectl/config"
)

// TestCheckWarns has what is worth a thought and forbids nothing.
func TestCheckWarns(t *testing.T) {
	for code, c := range map[string]struct {
		severity Severity
		change   func(r *config.Restore, o *Observation)
	}{
		"backup-from-the-future": {Warning, func(_ *config.Restore, o *Observation) { o.Backup.Time = noon.Add(2 * time.Hour) }},
		"backup-without-tasks":   {Warning, func(_ *config.Restore, o *Observation) { o.Backup.ActiveTasks = 0 }},
		"clock-skew":             {Warning, func(_ *config.Restore, o *Observation) { o.Hosts[1].Skew = Duration(-time.Hour) }},
		"firewall-at-risk":       {Warning, func(_ *config.Restore, o *Observation) { o.Hosts[1].Firewall.Risk = "nftables.service is active" }},
		"clusters-file-missing":  {Warning, func(_ *config.Restore, o *Observation) { o.Hosts[1].Clusters[0].Exists = false }},
		"even-schedulers": {Warning, func(r *config.Restore, o *Observation) {
			r.Cluster.Schedulers = append(r.Cluster.Schedulers, config.Scheduler{Name: "a4", Address: "a4"})
			o.Hosts = append(o.Hosts, o.Hosts[2])
			o.Hosts[3].Name = "a4"
			for i := range o.Hosts {
				o.Hosts[i].Settings.Flags = slices.Clone(o.Hosts[i].Settings.Flags)
				for j := range o.Hosts[i].Settings.Flags {
					if f := &o.Hosts[i].Settings.Flags[j]; f.Name == flagQuorum {
						f.Value = "3"
					}
				}
			}
		}},
		"lock-unseen": {Note, func(_ *config.Restore, o *Observation) { o.Lock = &Lock{Problem: "no connection"} }},
		"lock-left":   {Note, func(_ *config.Restore, o *Observation) { o.Lock = &Lock{Run: &Claim{Run: "0123456789ab"}} }},
		"half-alive": {Note, func(_ *config.Restore, o *Observation) {
			o.Hosts[1].Process.PID, o.Hosts[1].HTTP.Refused = 7, true
		}},
	} {
		t.Run(code, func(t *testing.T) {
			r, o := damaged()
			if p := New(r, o, noon, "test"); slices.Contains(codes(p.Findings, c.severity), code) {
				t.Fatalf("it is found where nothing is wrong")
			}
			c.change(r, o)
			p := New(r, o, noon, "test")
			if !slices.Contains(codes(p.Findings, c.severity), code) || p.HasErrors() || len(p.Phases) == 0 {
				t.Errorf("findings %v, %d phases", p.Findings, len(p.Phases))
			}
		})
	}
}

// TestLogUser takes the owner of the log for the scheduler's user, and where there is no log the user whom the scheduler runs as.
func TestLogUser(t *testing.T) {
	h := Host{Process: Process{User: "running"}}
	if got := h.LogUser(""); got != "running" {
		t.Errorf("without a log: %q", got)
	}
	h.Replica.Owner = "owner"
	if got := h.LogUser(""); got != "owner" {
		t.Errorf("with a log: %q", got)
	}
	if got := h.LogUser("configured"); got != "configured" {
		t.Errorf("as configured: %q", got)
	}
}

// TestLeadingDelay moves the limit for leading behind that for the registration, of which a leader dies as well.
func TestLeadingDelay(t *testing.T) {
	for leading, want := range map[string]string{"1hrs": "420mins", "7hrs": "", "": "", "soon": ""} {
		r, o := damaged()
		if leading != "" {
			o.Hosts[0].Settings.Flags = append(slices.Clone(o.Hosts[0].Settings.Flags), Flag{Name: flagLeading, Value: leading})
		}
		got := ""
		for _, e := range FlagEdits(r, &o.Hosts[0]) {
			if e.Name == flagLeading {
				got = *e.After
			}
		}
		if got != want {
			t.Errorf("-%s=%s becomes %q, want %q", flagLeading, leading, got, want)
		}
	}
}
