// Package firewalltest says what every kind of packet filter must do, and makes network namespaces to see it in with real ones.
package firewalltest

import (
	"context"
	"errors"
	"testing"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/firewall"
	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/host/hosttest"
)

// Place is where a connection comes from.
type Place int

// The places.
const (
	// Inside is the host itself, by way of loopback.
	Inside Place = iota
	// Allowed is a machine with one of the addresses of Subject.Allow.
	Allowed
	// Stranger is any other machine.
	Stranger
)

// Subject is a host with a packet filter to run the suite on. Port and Other answer on all its addresses.
type Subject struct {
	Host host.Host
	Kind string
	// Port is blocked, Other must stay open to all: the replicas' port, or SSH.
	Port, Other int
	Allow       []string
	// Connect tries to open a connection to the host's port from a place, by IPv4 and by IPv6: an error says which did not get through.
	Connect func(ctx context.Context, from Place, port int) (ipv4, ipv6 error)
	// Cuts is how often each step is cut off at most, where a command of the filter takes long; zero is at every command.
	Cuts int
	// Rules lists all rules of the host, of any filter. The suite must leave them as they were.
	Rules func(t *testing.T) string
}

// Run runs the suite: observe, change, verify by really connecting, undo, repeat, and be cut off at every command and go on.
func Run(t *testing.T, s Subject) {
	before := s.Rules(t)
	steps := []struct {
		name string
		run  func(t *testing.T)
	}{{"blocks and unblocks", s.blocks}, {"replaces other rules", s.replaces}, {"notices what is taken away", s.tampered}, {"cut off", s.cutOff}}
	for _, step := range steps {
		t.Run(step.name, step.run)
		if after := s.Rules(t); after != before {
			t.Fatalf("%s: the rules were\n%s\nand are\n%s", step.name, before, after)
		}
	}
}

func (s Subject) blocks(t *testing.T) {
	a := s.actor(s.Host)
	s.open(t)
	looks(t, a, s.unblock(), executor.Done)
	looks(t, a, s.block(), executor.Pending)
	for range 2 {
		does(t, a, s.block())
		looks(t, a, s.block(), executor.Done)
		s.closed(t)
	}
	looks(t, a, s.unblock(), executor.Pending)
	for range 2 {
		does(t, a, s.unblock())
		looks(t, a, s.unblock(), executor.Done)
		s.open(t)
	}
}

func (s Subject) replaces(t *testing.T) {
	a := s.actor(s.Host)
	narrow := s.block()
	narrow.Action.Firewall.Allow = nil
	does(t, a, narrow)
	if v4, v6 := s.Connect(t.Context(), Allowed, s.Port); v4 == nil || v6 == nil {
		t.Errorf("nobody is allowed, and somebody got through: %v, %v", v4, v6)
	}
	looks(t, a, s.block(), executor.Pending)
	does(t, a, s.block())
	looks(t, a, narrow, executor.Pending)
	s.closed(t)
	does(t, a, s.unblock())
}

// tampered takes the rules away behind the run's back, as a reload does.
func (s Subject) tampered(t *testing.T) {
	a := s.actor(s.Host)
	does(t, a, s.block())
	does(t, s.actor(s.Host), s.unblock())
	looks(t, a, s.block(), executor.Pending)
	if seen, err := a.Verify(t.Context(), s.block()); err == nil {
		t.Errorf("rules that are gone were verified: %s", seen)
	}
	if blocked, err := firewall.Blocks(s.Kind)(t.Context(), s.Host, s.Port); err != nil || blocked {
		t.Errorf("the port counts as blocked: %t, %v", blocked, err)
	}
}

// cutOff loses the host before anything was done, and after each command, and does the step again.
func (s Subject) cutOff(t *testing.T) {
	for _, step := range []planner.Step{s.block(), s.unblock()} {
		other := s.unblock()
		if step.ID == other.ID {
			other = s.block()
		}
		for at, whole := 0, false; !whole && (s.Cuts == 0 || at < s.Cuts); at++ {
			if _, err := s.actor(s.Host).Act(t.Context(), other); err != nil {
				t.Fatal(err)
			}
			lossy := &hosttest.Faulty{Host: s.Host, At: max(at, 1), After: at > 0}
			_, err := s.actor(lossy).Act(t.Context(), step)
			if err != nil && !errors.Is(err, host.ErrUnreachable) {
				t.Errorf("%s, cut off at command %d: %v", step.ID, at, err)
			}
			whole = err == nil
			does(t, s.actor(s.Host), step)
		}
	}
}

// open wants everybody to get through, closed only whom the isolation lets.
func (s Subject) open(t *testing.T) {
	t.Helper()
	s.sees(t, false)
	for _, from := range []Place{Inside, Allowed, Stranger} {
		s.reaches(t, from, s.Port, true)
	}
}

func (s Subject) closed(t *testing.T) {
	t.Helper()
	s.sees(t, true)
	s.reaches(t, Inside, s.Port, true)
	s.reaches(t, Allowed, s.Port, true)
	s.reaches(t, Stranger, s.Port, false)
	s.reaches(t, Stranger, s.Other, true)
}

func (s Subject) reaches(t *testing.T, from Place, port int, want bool) {
	t.Helper()
	v4, v6 := s.Connect(t.Context(), from, port)
	if (v4 == nil) != want || (v6 == nil) != want {
		t.Errorf("from place %d to port %d: IPv4 %v, IPv6 %v; wanted to get through: %t", from, port, v4, v6, want)
	}
}

func (s Subject) sees(t *testing.T, want bool) {
	t.Helper()
	f, err := firewall.Observe(t.Context(), s.Host, s.Kind)
	if err != nil || f.Kind != s.Kind || f.Blocked != want || f.Problem != "" {
		t.Errorf("observed %+v, %v; want blocked to be %t", f, err, want)
	}
	if blocked, err := firewall.Blocks(s.Kind)(t.Context(), s.Host, s.Port); err != nil || blocked != want {
		t.Errorf("blocks: %t, %v", blocked, err)
	}
	if other, err := firewall.Blocks(s.Kind)(t.Context(), s.Host, s.Other); err != nil || other {
		t.Errorf("blocks the other port: %t, %v", other, err)
	}
}

func (s Subject) actor(h host.Host) *firewall.Actor {
	return &firewall.Actor{Hosts: hosttest.Pool{s.Host.Name(): h}, Kind: s.Kind, Probe: func(ctx context.Context, _ string, port int) (bool, error) {
		v4, v6 := s.Connect(ctx, Stranger, port)
		return v4 == nil || v6 == nil, nil
	}}
}

func (s Subject) block() planner.Step {
	return s.step(planner.FirewallAction{Op: planner.OpBlock, HTTPPort: s.Port, Allow: s.Allow})
}

func (s Subject) unblock() planner.Step {
	return s.step(planner.FirewallAction{Op: planner.OpUnblock, HTTPPort: s.Port})
}

func (s Subject) step(a planner.FirewallAction) planner.Step {
	return planner.Step{ID: string(a.Op), Host: s.Host.Name(), Action: planner.Action{Firewall: &a}}
}

// does takes a step and verifies it.
func does(t *testing.T, a *firewall.Actor, step planner.Step) {
	t.Helper()
	if _, err := a.Act(t.Context(), step); err != nil {
		t.Fatalf("%s: %v", step.ID, err)
	}
	if seen, err := a.Verify(t.Context(), step); err != nil || seen == "" {
		t.Fatalf("%s, verified: %q, %v", step.ID, seen, err)
	}
}

func looks(t *testing.T, a *firewall.Actor, step planner.Step, want executor.Stand) {
	t.Helper()
	if got, err := a.Look(t.Context(), step); err != nil || got != want {
		t.Fatalf("look at %s: %v, %v; want %v", step.ID, got, err, want)
	}
}
