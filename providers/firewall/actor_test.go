package firewall

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/host/hosttest"
)

// nftScript keeps one table in $HOME/table and speaks as nft does.
const nftScript = `cd "$HOME" || exit 1
none() { printf 'Error: %sNo such file or directory\n%s\n                ^^^^^^^^^^\n' "$1" "$2" >&2; exit 1; }
case "$*" in
"list table inet restorectl") [ -e table ] || none "" "$*"; cat table ;;
"delete table inet restorectl") [ -e table ] || none "Could not process rule: " "$*"; rm table ;;
"-f -") sed -n '/{/,$p' >table.new && mv table.new table && echo applied >>log ;;
*) echo "Error: syntax error, $*" >&2; exit 1 ;;
esac`

func newActor(t *testing.T) (*Actor, *hosttest.Machine) {
	t.Helper()
	m := hosttest.Local(t)
	m.Script(t, "nft", nftScript)
	return &Actor{Hosts: hosttest.Pool{"scheduler-1": m}, Kind: config.FirewallNftables}, m
}

func step(a planner.FirewallAction) planner.Step {
	return planner.Step{ID: string(a.Op), Host: "scheduler-1", Action: planner.Action{Firewall: &a}}
}

var (
	block   = step(planner.FirewallAction{Op: "block", HTTPPort: 8081, Allow: allowed})
	unblock = step(planner.FirewallAction{Op: "unblock", HTTPPort: 8081})
)

func looks(t *testing.T, a *Actor, s planner.Step, want executor.Stand) {
	t.Helper()
	if got, err := a.Look(t.Context(), s); err != nil || got != want {
		t.Fatalf("Look(%s) = %v, %v; want %v", s.ID, got, err, want)
	}
}

func TestBlockAndUnblock(t *testing.T) {
	a, m := newActor(t)
	sees := func(want bool) {
		t.Helper()
		f, err := Observe(t.Context(), m, config.FirewallNftables)
		if err != nil || f != (planner.Firewall{Kind: config.FirewallNftables, Blocked: want}) {
			t.Errorf("%+v, %v", f, err)
		}
		if got, err := Blocks(config.FirewallNftables)(t.Context(), m, 8081); err != nil || got != want {
			t.Errorf("Blocks: %t, %v", got, err)
		}
	}
	sees(false)
	looks(t, a, unblock, executor.Done)
	looks(t, a, block, executor.Pending)
	if _, err := a.Verify(t.Context(), block); err == nil {
		t.Error("what is not there must not be verified")
	}
	for range 2 {
		if _, err := a.Act(t.Context(), block); err != nil {
			t.Fatal(err)
		}
		if seen, err := a.Verify(t.Context(), block); err != nil || !strings.Contains(seen, "nobody tried") {
			t.Errorf("%q, %v", seen, err)
		}
		looks(t, a, block, executor.Done)
		sees(true)
	}
	if other, err := Blocks(config.FirewallNftables)(t.Context(), m, 8082); err != nil || other {
		t.Errorf("another port: %t, %v", other, err)
	}
	looks(t, a, unblock, executor.Pending)
	for range 2 {
		if _, err := a.Act(t.Context(), unblock); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Verify(t.Context(), unblock); err != nil {
			t.Error(err)
		}
		looks(t, a, unblock, executor.Done)
		sees(false)
	}
}

func TestBlockReplacesOtherRules(t *testing.T) {
	a, _ := newActor(t)
	narrow := step(planner.FirewallAction{Op: "block", HTTPPort: 8081})
	if _, err := a.Act(t.Context(), narrow); err != nil {
		t.Fatal(err)
	}
	looks(t, a, block, executor.Pending)
	if _, err := a.Act(t.Context(), block); err != nil {
		t.Fatal(err)
	}
	looks(t, a, block, executor.Done)
	looks(t, a, narrow, executor.Pending)
}

func TestBlockProbes(t *testing.T) {
	a, _ := newActor(t)
	if _, err := a.Act(t.Context(), block); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		through bool
		untried error
		seen    string
	}{
		{false, nil, "did not get through"},
		{true, nil, ""},
		{false, errors.New("no such name"), "nobody could try to connect from outside: no such name"},
	} {
		a.Probe = func(_ context.Context, scheduler string, port int) (bool, error) {
			if scheduler != "scheduler-1" || port != 8081 {
				t.Errorf("probed %s:%d", scheduler, port)
			}
			return tt.through, tt.untried
		}
		seen, err := a.Verify(t.Context(), block)
		if (err != nil) != tt.through || !strings.Contains(seen, tt.seen) {
			t.Errorf("the probe said %v, %v: %q, %v", tt.through, tt.untried, seen, err)
		}
	}
}

func TestUnblockRequiresFlags(t *testing.T) {
	a, m := newActor(t)
	basic := "BASIC"
	s := step(planner.FirewallAction{Op: "unblock", HTTPPort: 8081, Require: map[string]*string{"http_authentication_mechanism": &basic}})
	looks(t, a, s, executor.Done) // Nothing is blocked, so nothing opens.
	if _, err := a.Act(t.Context(), block); err != nil {
		t.Fatal(err)
	}
	running := func(p planner.Process) func(context.Context, host.Host) (planner.Process, error) {
		return func(context.Context, host.Host) (planner.Process, error) { return p, nil }
	}
	flag := func(v string) []planner.Flag {
		return []planner.Flag{{Name: "http_authentication_mechanism", Value: v}}
	}
	for name, process := range map[string]func(context.Context, host.Host) (planner.Process, error){
		"nobody can tell": nil,
		"stopped":         running(planner.Process{}),
		"off":             running(planner.Process{PID: 7, Flags: flag("NONE")}),
		"absent":          running(planner.Process{PID: 7}),
	} {
		a.Process = process
		if _, err := a.Look(t.Context(), s); !executor.IsRefusal(err) {
			t.Errorf("%s: Look: %v", name, err)
		}
		if _, err := a.Act(t.Context(), s); !executor.IsRefusal(err) {
			t.Errorf("%s: Act: %v", name, err)
		}
		if still, err := Blocks(config.FirewallNftables)(t.Context(), m, 8081); err != nil || !still {
			t.Fatalf("%s: the port was opened", name)
		}
	}
	a.Process = running(planner.Process{PID: 7, Flags: flag("BASIC")})
	looks(t, a, s, executor.Pending)
	if _, err := a.Act(t.Context(), s); err != nil {
		t.Error(err)
	}
	looks(t, a, s, executor.Done)
}

func TestUnusable(t *testing.T) {
	for name, script := range map[string]string{
		"not permitted": `echo "Error: Operation not permitted (you must be root)" >&2; exit 1`,
		"not there":     `echo "sudo: nft: command not found" >&2; exit 1`,
		"under noise":   `echo "bash: /etc/profile.d/gone.sh: No such file or directory" >&2; echo "Error: Operation not permitted" >&2; exit 1`,
		"no module":     `echo "Error: Could not process rule: Operation not supported" >&2; exit 1`,
	} {
		a, m := newActor(t)
		m.Script(t, "nft", script)
		f, err := Observe(t.Context(), m, config.FirewallNftables)
		if err != nil || f.Problem == "" || f.Blocked {
			t.Errorf("%s: %+v, %v", name, f, err)
		}
		if _, err := a.Look(t.Context(), block); err == nil {
			t.Errorf("%s: Look found nothing wrong", name)
		}
		if _, err := a.Act(t.Context(), unblock); err == nil {
			t.Errorf("%s: Act found nothing wrong", name)
		}
	}
	a, m := newActor(t)
	bad := step(planner.FirewallAction{Op: "block", HTTPPort: 8081, Allow: []string{"everybody"}})
	if _, err := a.Look(t.Context(), bad); !executor.IsRefusal(err) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(filepath.Join(m.Dir, "log")); err == nil {
		t.Error("rules were applied")
	}
}
