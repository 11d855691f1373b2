package planner

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/restorectl/restorectl/config"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// damaged is a cluster of three schedulers whose replicas are all damaged, and a configuration to restore it.
func damaged() (*config.Restore, *Observation) {
	r := &config.Restore{
		Cluster: config.Cluster{
			Service: config.Service{Kind: "systemd", Unit: "aurora-scheduler", StopTimeout: time.Minute, StartTimeout: time.Minute, Hold: true},
			Log:     config.Log{Tool: "mesos-log"},
		},
		Backup:    config.Backup{File: "backup", MaxAge: 4 * time.Hour},
		Admin:     config.Admin{Authentication: "off"},
		Recovery:  config.Recovery{Gate: true},
		Procedure: config.Procedure{LeaderTimeout: 5 * time.Minute, RegistrationDelay: 6 * time.Hour, ReconciliationDelay: 365 * 24 * time.Hour},
	}
	o := &Observation{Time: noon, Backup: Backup{
		Name: "scheduler-backup-2026-11-24-10-00", File: "backup", Size: 1000, SHA256: strings.Repeat("ab", 32),
		Time: noon.Add(-2 * time.Hour), FrameworkID: "framework-1", Tasks: 3, ActiveTasks: 2, TaskIDs: []string{"t1", "t2", "t3"},
	}}
	for _, name := range []string{"a1", "a2", "a3"} {
		r.Cluster.Schedulers = append(r.Cluster.Schedulers, config.Scheduler{Name: name, Address: name})
		o.Hosts = append(o.Hosts, Host{
			Name: name, Service: Service{Kind: "systemd", Name: "aurora-scheduler", State: "restarting",
				DropIn: "/etc/systemd/system/aurora-scheduler.service.d/zz-restorectl.conf", Marker: "/run/restorectl/aurora-scheduler.service"},
			Settings: Settings{Kind: "debian", Path: "/etc/default/aurora-scheduler", Digest: "d-" + name, Flags: []Flag{
				{Name: "cluster_name", Value: "west"}, {Name: "http_port", Value: "8081"}, {Name: "serverset_path", Value: "/aurora/scheduler"},
				{Name: "native_log_file_path", Value: "/var/lib/aurora/scheduler/db"}, {Name: "native_log_quorum_size", Value: "2"},
				{Name: "backup_dir", Value: "/var/lib/aurora/scheduler/backups"},
				{Name: "mesos_master_address", Value: "zk://zk:2181/mesos", Where: "MESOS_MASTER"},
				{Name: "http_authentication_mechanism", Value: "BASIC", Where: "EXTRA_SCHEDULER_ARGS"},
			}},
			Clusters: []ClustersFile{{Path: "/etc/aurora/clusters.json", Exists: true, Digest: "c-" + name, Names: []string{"west"},
				Entries: []ClusterEntry{{Name: "west", ZK: "zk", AuthMechanism: "BASIC"}}}},
			Replica:  Replica{Path: "/var/lib/aurora/scheduler/db", State: "damaged", Problem: "checksum mismatch", Owner: "aurora", Mode: "0755", Free: 1 << 40},
			Firewall: Firewall{Kind: "nftables"},
			HTTP:     HTTP{Port: 8081},
		})
	}
	return r, o
}

func TestNewFollowsTheProcedure(t *testing.T) {
	r, o := damaged()
	p := New(r, o, noon, "test")
	var phases []string
	for _, ph := range p.Phases {
		phases = append(phases, ph.Name)
	}
	want := []string{PhasePreflight, PhaseQuiesce, PhaseIsolate, PhaseConfigure, PhaseReset, PhaseStart, PhaseStage, PhaseReview, PhaseCommit}
	if diff := cmp.Diff(want, phases); diff != "" {
		t.Errorf("phases (-want +got):\n%s", diff)
	}
	position := map[string]int{}
	for i, s := range p.Steps() {
		if _, twice := position[s.ID]; twice {
			t.Errorf("step id %q is there twice", s.ID)
		}
		position[s.ID] = i
		if s.Action == (Action{}) {
			t.Errorf("step %q does nothing", s.ID)
		}
	}
	for _, h := range []string{"a1", "a2", "a3"} {
		for _, other := range []string{"a1", "a2", "a3"} {
			if position["isolate/"+h+"/block"] > position["configure/"+other+"/flags"] {
				t.Errorf("authentication goes off on %s before the port of %s is blocked", other, h)
			}
			if position["configure/"+h+"/flags"] > position["start/"+other+"/start"] {
				t.Errorf("%s starts before the flags of %s are set", other, h)
			}
		}
	}
	for _, s := range p.Steps() {
		if a := s.Action.Service; a != nil && a.Op == "start" && (!a.Isolated || a.Flags[flagMaster] == nil || *a.Flags[flagMaster] != masterNowhere) {
			t.Errorf("step %q may start a scheduler with its real master, or with an open port", s.ID)
		}
	}
}

func TestNewIsDeterministic(t *testing.T) {
	r1, o1 := damaged()
	r2, o2 := damaged()
	if diff := cmp.Diff(New(r1, o1, noon, "test"), New(r2, o2, noon, "test")); diff != "" {
		t.Errorf("the same input gave two plans:\n%s", diff)
	}
}

func TestNewLeavesOut(t *testing.T) {
	tests := []struct {
		name   string
		change func(r *config.Restore, o *Observation)
		gone   string
	}{
		{"a stopped service", func(_ *config.Restore, o *Observation) { o.Hosts[1].Service.State = "stopped" }, "quiesce/a2/stop"},
		{"an initialised log", func(_ *config.Restore, o *Observation) { o.Hosts[1].Replica.State = "initialised" }, "reset/a2/quarantine"},
		{"the gate", func(r *config.Restore, _ *Observation) { r.Recovery.Gate = false }, "review/gate"},
		{"clusters.json without the cluster", func(_ *config.Restore, o *Observation) {
			o.Hosts[1].Clusters[0].Entries, o.Hosts[1].Clusters[0].Names = nil, nil
		}, "configure/a2/clusters:/etc/aurora/clusters.json"},
		{"clusters.json that points there already", func(_ *config.Restore, o *Observation) {
			o.Hosts[1].Clusters[0].Entries[0] = ClusterEntry{Name: "west", SchedulerURI: "http://localhost:8081"}
		}, "configure/a2/clusters:/etc/aurora/clusters.json"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			has := func(p *Plan) bool {
				for _, s := range p.Steps() {
					if s.ID == tt.gone {
						return true
					}
				}
				return false
			}
			r, o := damaged()
			if !has(New(r, o, noon, "test")) {
				t.Fatalf("the full plan lacks %s", tt.gone)
			}
			r, o = damaged()
			tt.change(r, o)
			if has(New(r, o, noon, "test")) {
				t.Errorf("%s is still in the plan", tt.gone)
			}
		})
	}
}

// TestHostsFileThatNamesTheHost has a host that knows the Kerberos host by loopback, as Debian has it, and one by its own address.
func TestHostsFileThatNamesTheHost(t *testing.T) {
	r, o := damaged()
	r.Admin.KerberosHost = "aurora.example.com"
	o.Hosts[1].HostsFile = HostsFile{Path: "/etc/hosts", Lines: []string{"127.0.1.1 aurora.example.com a2"}}
	o.Hosts[2].HostsFile, o.Hosts[2].Names = HostsFile{Path: "/etc/hosts", Lines: []string{"192.0.2.7 aurora.example.com"}}, []string{"a3", "192.0.2.7"}
	p := New(r, o, noon, "test")
	var steps []string
	for _, s := range p.Steps() {
		if s.Action.HostsFile != nil {
			steps = append(steps, s.ID)
		}
	}
	if diff := cmp.Diff([]string{"configure/a1/hosts"}, steps); diff != "" {
		t.Errorf("%s\n%v", diff, p.Findings)
	}
}

func TestCheckRefuses(t *testing.T) {
	flag := func(h *Host, name, value string) {
		for i := range h.Settings.Flags {
			if h.Settings.Flags[i].Name == name {
				h.Settings.Flags[i].Value = value
			}
		}
	}
	tests := []struct {
		code   string
		change func(r *config.Restore, o *Observation)
	}{
		{"backup-unusable", func(_ *config.Restore, o *Observation) { o.Backup = Backup{Problem: "cut off at byte 12"} }},
		{"backup-refused", func(_ *config.Restore, o *Observation) { o.Backup.Refusals = []string{"quota without resources"} }},
		{"backup-too-old", func(_ *config.Restore, o *Observation) { o.Backup.Time = noon.Add(-5 * time.Hour) }},
		{"delete-unknown-task", func(r *config.Restore, _ *Observation) { r.Recovery.DeleteTasks = []string{"t9"} }},
		{"host-unreachable", func(_ *config.Restore, o *Observation) { o.Hosts[2] = Host{Name: "a3", Problem: "no route"} }},
		{"run-open", func(_ *config.Restore, o *Observation) { o.Hosts[0].Runs = []RunRecord{{ID: "x", State: "open"}} }},
		{"service-missing", func(_ *config.Restore, o *Observation) { o.Hosts[0].Service.State = "missing" }},
		{"firewall-unusable", func(_ *config.Restore, o *Observation) { o.Hosts[0].Firewall.Problem = "no nft" }},
		{"settings-unreadable", func(_ *config.Restore, o *Observation) { o.Hosts[0].Settings.Problem = "line 3" }},
		{"flags-not-editable", func(_ *config.Restore, o *Observation) { o.Hosts[0].Settings.Refusal = "written in the start script" }},
		{"flag-missing", func(_ *config.Restore, o *Observation) { flag(&o.Hosts[0], "backup_dir", "") }},
		{"http-port-random", func(_ *config.Restore, o *Observation) { flag(&o.Hosts[0], "http_port", "0") }},
		{"differs-from-configuration", func(r *config.Restore, _ *Observation) { r.Cluster.Name = "east" }},
		{"log-is-mountpoint", func(_ *config.Restore, o *Observation) { o.Hosts[0].Replica.Mountpoint = true }},
		{"log-tool-unusable", func(_ *config.Restore, o *Observation) { o.Hosts[0].Replica.ToolProblem = "no such program" }},
		{"log-user-unknown", func(_ *config.Restore, o *Observation) {
			o.Hosts[0].Replica = Replica{Path: o.Hosts[0].Replica.Path, State: "missing"}
		}},
		{"run-folder-apart", func(_ *config.Restore, o *Observation) { o.Hosts[0].RunsApart = true }},
		{"no-space", func(_ *config.Restore, o *Observation) { o.Hosts[0].Replica.Free = 10 }},
		{"cluster-twice-in-clusters-file", func(_ *config.Restore, o *Observation) { o.Hosts[0].Clusters[0].Names = []string{"west", "west"} }},
		{"clusters-file-unreadable", func(_ *config.Restore, o *Observation) { o.Hosts[0].Clusters[0].Problem = "line 1" }},
		{"kerberos-host-elsewhere", func(_ *config.Restore, o *Observation) {
			o.Hosts[0].HostsFile.Lines = []string{"192.0.2.7 aurora.example.com"}
		}},
		{"flags-disagree", func(_ *config.Restore, o *Observation) { flag(&o.Hosts[1], "serverset_path", "/other") }},
		{"quorum-size", func(_ *config.Restore, o *Observation) {
			for i := range o.Hosts {
				flag(&o.Hosts[i], "native_log_quorum_size", "1")
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.code, func(t *testing.T) {
			r, o := damaged()
			tt.change(r, o)
			p := New(r, o, noon, "test")
			found := false
			for _, f := range p.Findings {
				found = found || f.Code == tt.code && f.Severity == Error
			}
			if !found {
				t.Errorf("no error finding %s among %v", tt.code, p.Findings)
			}
			if len(p.Phases) > 0 {
				t.Error("a plan that is forbidden has phases")
			}
		})
	}
	r, o := damaged()
	if p := New(r, o, noon, "test"); p.HasErrors() {
		t.Errorf("a plain restore is refused: %v", p.Findings)
	}
	o.Backup.LaterRefusals = []string{"quota without resources"}
	p := New(r, o, noon, "test")
	warned := slices.ContainsFunc(p.Findings, func(f Finding) bool { return f.Code == "backup-refused-later" && f.Severity == Warning })
	if p.HasErrors() || !warned {
		t.Errorf("a backup that a later release would refuse: %v", p.Findings)
	}
}

func TestDrift(t *testing.T) {
	_, then := damaged()
	_, now := damaged()
	now.Hosts[1].Settings.Digest = "other"
	now.Hosts[2].Service.State = "running" // A crash loop is now restarting, now running.
	want := []Difference{{"a2", "/etc/default/aurora-scheduler", "d-a2", "other"}}
	if diff := cmp.Diff(want, Drift(then, now)); diff != "" {
		t.Errorf("drift (-want +got):\n%s", diff)
	}
	if then.Fingerprint() == now.Fingerprint() {
		t.Error("the fingerprint does not see an edited file")
	}
}

func TestInverse(t *testing.T) {
	r, o := damaged()
	o.Hosts[2].Service.State = "stopped"
	p := New(r, o, noon, "test")
	ids := func(p *Plan) map[string]int {
		m := map[string]int{}
		for i, s := range p.Steps() {
			m[s.ID] = i
		}
		return m
	}
	t.Run("after the commit", func(t *testing.T) {
		inv, err := Inverse(p, "digest", through(p, "commit/confirm"), noon, "test")
		if err != nil || inv.Kind != KindRevert {
			t.Fatalf("kind %q, error %v", inv.Kind, err)
		}
		at := ids(inv)
		if _, ok := at["restore/a1/recover-log"]; ok {
			t.Error("the old log comes back after the commit")
		}
		for _, h := range []string{"a1", "a2", "a3"} {
			for _, id := range []string{"quiesce/" + h + "/stop", "restore/" + h + "/restore-flags", "start/" + h + "/start", "open/" + h + "/unblock", "close/" + h + "/run-folder"} {
				if _, ok := at[id]; !ok {
					t.Errorf("%s is missing", id)
				}
			}
			if at["serve/active"] > at["open/"+h+"/unblock"] || at["restore/"+h+"/restore-flags"] > at["start/a1/start"] {
				t.Errorf("%s opens before service, or starts before its flags are back", h)
			}
		}
	})
	t.Run("before the commit", func(t *testing.T) {
		inv, err := Inverse(p, "digest", through(p, "review/gate"), noon, "test")
		if err != nil || inv.Kind != KindRollback {
			t.Fatalf("kind %q, error %v", inv.Kind, err)
		}
		at := ids(inv)
		if _, ok := at["restore/a1/recover-log"]; !ok {
			t.Error("the old log does not come back")
		}
		if _, ok := at["start/a3/start"]; ok {
			t.Error("a scheduler that was stopped before the run is started")
		}
		if _, ok := at["serve/active"]; ok {
			t.Error("a rollback waits for a service that was not there before")
		}
	})
	t.Run("before the commit, of a cluster that served", func(t *testing.T) {
		serving := *p
		serving.Observation.Hosts = slices.Clone(p.Observation.Hosts)
		for i := range serving.Observation.Hosts {
			serving.Observation.Hosts[i].HTTP = HTTP{Answers: true, Lifecycle: "STORAGE_PREPARED"}
		}
		serving.Observation.Hosts[0].HTTP = HTTP{Answers: true, Lifecycle: "ACTIVE", Registered: true}
		inv, err := Inverse(&serving, "digest", through(p, "review/gate"), noon, "test")
		if err != nil {
			t.Fatal(err)
		}
		at := ids(inv)
		if at["serve/active"] < at["open/a1/unblock"] || at["serve/active"] > at["close/a1/run-folder"] {
			t.Errorf("the rollback does not wait for the service of before: %v", at)
		}
	})
	t.Run("nothing begun", func(t *testing.T) {
		inv, err := Inverse(p, "digest", func(string) Progress { return NotBegun }, noon, "test")
		if err != nil || len(inv.Phases) != 0 {
			t.Errorf("phases %v, error %v", inv.Phases, err)
		}
	})
	t.Run("commit unknown", func(t *testing.T) {
		_, err := Inverse(p, "digest", func(string) Progress { return Begun }, noon, "test")
		if err == nil {
			t.Error("a run whose commit is unknown can be inverted")
		}
	})
}

func TestAuroraDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{6 * time.Hour: "360mins", 365 * 24 * time.Hour: "365days", 90 * time.Second: "90secs"} {
		if got := auroraDuration(d); got != want {
			t.Errorf("%s is written %q, want %q", d, got, want)
		}
		if back, ok := parseAuroraDuration(want); !ok || back != d {
			t.Errorf("%q is read as %s, %t", want, back, ok)
		}
	}
	for _, s := range []string{"", "6h", "mins", "-1mins", "99999999999999999999days", "9999999999999999days"} {
		if d, ok := parseAuroraDuration(s); ok {
			t.Errorf("%q is read as %s", s, d)
		}
	}
}
