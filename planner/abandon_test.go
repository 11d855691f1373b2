package planner

import (
	"strings"
	"testing"
	"time"
)

// committedWorld is the damaged cluster's plan after its commit, and what is seen then: the schedulers run away from Mesos.
func committedWorld() (*Plan, *Observation) {
	r, o := damaged()
	p := New(r, o, noon, "test")
	p.Observation.Running.Frameworks = []Framework{{ID: "framework-1", Registered: noon.Add(-time.Hour)}}
	_, now := damaged()
	for i := range now.Hosts {
		now.Hosts[i].Process = Process{PID: 10 + i, Flags: []Flag{{Name: flagMaster, Value: masterNowhere}}}
	}
	now.Running = Running{Mesos: true, Frameworks: []Framework{{ID: "framework-1", Registered: noon.Add(-time.Hour), Unregistered: noon}}}
	return p, now
}

func TestAbandonable(t *testing.T) {
	committed := noon.Add(time.Hour)
	for _, tt := range []struct {
		name   string
		change func(o *Observation)
		why    string
	}{
		{"nothing ran", func(*Observation) {}, ""},
		{"a scheduler is stopped", func(o *Observation) { o.Hosts[0].Process = Process{} }, ""},
		{"a real master", func(o *Observation) { o.Hosts[1].Process.Flags[0].Value = "zk://zk:2181/mesos" }, "a2, process 11, runs with -mesos_master_address zk://zk:2181/mesos"},
		{"no such flag", func(o *Observation) { o.Hosts[1].Process.Flags = nil }, "-mesos_master_address absent"},
		{"a second flag", func(o *Observation) {
			o.Hosts[1].Process.Flags = append(o.Hosts[1].Process.Flags, Flag{Name: flagMaster, Value: "zk://zk:2181/mesos"})
		}, "a2, process 11, runs with -mesos_master_address " + masterNowhere + " and zk://zk:2181/mesos"},
		{"registered", func(o *Observation) { o.Hosts[2].HTTP.Registered = true }, "a3 is registered"},
		{"a host is away", func(o *Observation) { o.Hosts[2] = Host{Name: "a3", Problem: "no route"} }, "it can't be told what runs on a3"},
		{"connected", func(o *Observation) { o.Running.Frameworks[0].Connected = true }, "has a scheduler registered"},
		{"registered since", func(o *Observation) { o.Running.Frameworks[0].Registered = committed.Add(time.Minute) }, "after the commit"},
		{"registered between plan and apply", func(o *Observation) { o.Running.Frameworks[0].Registered = noon.Add(time.Minute) }, ""},
		{"registered shortly before the commit, by an unknown clock", func(o *Observation) { o.Running.Frameworks[0].Registered = committed.Add(-8 * time.Second) }, "after the commit"},
		{"registered shortly before the commit", func(o *Observation) {
			o.Running.Skew = new(Duration)
			o.Running.Frameworks[0].Registered = committed.Add(-8 * time.Second)
		}, ""},
		{"registered in the second of the commit", func(o *Observation) {
			o.Running.Skew = new(Duration)
			o.Running.Frameworks[0].Registered = committed.Add(-time.Second)
		}, "after the commit"},
		{"registered shortly before the commit by a clock that is slow", func(o *Observation) {
			behind := Duration(-10 * time.Second)
			o.Running.Skew = &behind
			o.Running.Frameworks[0].Registered = committed.Add(-8 * time.Second)
		}, "after the commit"},
		{"another cluster's framework", func(o *Observation) {
			o.Running.Frameworks = append(o.Running.Frameworks, Framework{ID: "other", Connected: true})
		}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, now := committedWorld()
			tt.change(now)
			why := Abandonable(p, nil, nil, committed, now)
			if (why == "") != (tt.why == "") || !strings.Contains(why, tt.why) {
				t.Errorf("got %q", why)
			}
		})
	}
}

func TestAbandonableUntilRevertStarts(t *testing.T) {
	p, now := committedWorld()
	all := func(string) Progress { return Finished }
	revert, err := Inverse(p, "digest", all, noon, "test")
	if err != nil {
		t.Fatal(err)
	}
	until := func(phase string) func(string) Progress {
		return func(id string) Progress {
			if strings.HasPrefix(id, phase+"/") {
				return Begun
			}
			return NotBegun
		}
	}
	if why := Abandonable(p, revert, until(PhaseRestore), noon, now); why != "" {
		t.Errorf("files that are back forbid it: %s", why)
	}
	if why := Abandonable(p, revert, until(PhaseStart), noon, now); !strings.Contains(why, "revert has begun to start a1") {
		t.Errorf("got %q", why)
	}
}

func TestAbandonBringsTheOldLogBack(t *testing.T) {
	p, _ := committedWorld()
	inv, err := Abandon(p, "digest", func(string) Progress { return Finished }, noon, "test")
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]bool{}
	for _, s := range inv.Steps() {
		at[s.ID] = true
	}
	if inv.Kind != KindRollback || !at["restore/a1/recover-log"] || !at["restore/a1/restore-flags"] || !at["open/a1/unblock"] {
		t.Errorf("kind %s, steps %v", inv.Kind, at)
	}
}

func TestAbandonNotes(t *testing.T) {
	_, now := committedWorld()
	if notes := AbandonNotes(now); len(notes) > 0 {
		t.Errorf("the master was asked: %+v", notes)
	}
	now.Running = Running{Problems: []string{"no route to the master"}}
	if notes := AbandonNotes(now); len(notes) != 1 || notes[0].Severity != Warning || !strings.Contains(notes[0].Summary, "no route to the master") {
		t.Errorf("%+v", notes)
	}
}
