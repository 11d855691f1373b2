//go:build linux

package firewall_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/firewall"
	"github.com/restorectl/restorectl/providers/firewall/firewalltest"
	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/host/hosttest"
)

// someRules are what a host may have before: rules of both families that restorectl must leave alone, and that let established SSH
// connections in before all else.
const someRules = `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:f2b-sshd - [0:0]
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A INPUT -p tcp -m multiport --dports 22 -j f2b-sshd
-A f2b-sshd -j RETURN
COMMIT
`

// counters differ from one listing to the next.
var counters = regexp.MustCompile(`(?m)\[\d+:\d+\]$|packets \d+ bytes \d+|^#.*$`)

// needs skips the test where a program is not installed.
func needs(t *testing.T, pkg string, programs ...string) {
	t.Helper()
	for _, name := range programs {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("%s is not installed (Debian package %s): this packet filter is not tested on a real one", name, pkg)
		}
	}
}

// output runs a program in the host's namespace and gives what it printed, without counters.
func output(t *testing.T, p *firewalltest.Pair, stdin string, args ...string) string {
	t.Helper()
	res, err := p.Machine.Run(t.Context(), host.Command{Args: args, Stdin: strings.NewReader(stdin)})
	if err != nil {
		t.Fatal(err)
	}
	return counters.ReplaceAllString(string(res.Stdout), "")
}

// subject is a host with two ports and the rules that some other program made.
func subject(t *testing.T, p *firewalltest.Pair, kind string, listings ...[]string) firewalltest.Subject {
	t.Helper()
	return firewalltest.Subject{
		Host: p.Machine, Kind: kind, Port: p.Listen(t), Other: p.Listen(t), Allow: firewalltest.AllowedAddresses(), Connect: p.Connect,
		Rules: func(t *testing.T) string {
			t.Helper()
			var all strings.Builder
			for _, l := range listings {
				all.WriteString(output(t, p, "", l...))
			}
			return all.String()
		},
	}
}

func TestNftables(t *testing.T) {
	needs(t, "nftables", "nft")
	p := firewalltest.NewPair(t)
	output(t, p, "table inet other {\n\tchain input {\n\t\ttype filter hook input priority 0; policy accept;\n\t\tct state established,related accept\n\t}\n}\n", "nft", "-f", "-")
	firewalltest.Run(t, subject(t, p, config.FirewallNftables, []string{"nft", "list", "ruleset"}))
}

const busConfig = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path=%s</listen>
  <policy context="default">
    <allow user="*"/><allow own="*"/><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
  </policy>
</busconfig>
`

// background starts a program in the host's namespace, and ends it with the test.
func background(t *testing.T, p *firewalltest.Pair, env []string, name string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	c := p.Command(ctx, name, args...)
	c.Env = append(os.Environ(), env...)
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) }
	c.WaitDelay = 20 * time.Second
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = c.Wait() // SIGTERM ends it.
	})
}

// TestFirewalld runs the suite on a firewalld of its own, on a bus of its own.
func TestFirewalld(t *testing.T) {
	needs(t, "firewalld", "firewalld", "firewall-cmd")
	needs(t, "dbus", "dbus-daemon")
	p := firewalltest.NewPair(t)
	socket := filepath.Join(p.Machine.Dir, "bus")
	conf := p.Machine.File(t, "bus.conf", fmt.Sprintf(busConfig, socket), 0o600)
	env := []string{"DBUS_SYSTEM_BUS_ADDRESS=unix:path=" + socket}
	background(t, p, nil, "dbus-daemon", "--config-file="+conf, "--nofork", "--nopidfile")
	background(t, p, env, "firewalld", "--nofork", "--nopid", "--system-config", filepath.Join(p.Machine.Dir, "etc"),
		"--log-target", "file", "--log-file", filepath.Join(p.Machine.Dir, "log"))
	p.Machine.Script(t, "firewall-cmd", "export "+env[0]+`; exec /usr/bin/firewall-cmd "$@"`)
	up := false
	for range 300 {
		_, err := p.Machine.Run(t.Context(), host.Command{Args: []string{"firewall-cmd", "--state"}})
		if up = err == nil; up {
			break
		}
		time.Sleep(200 * time.Millisecond)
	}
	if !up {
		log, _ := os.ReadFile(filepath.Join(p.Machine.Dir, "log")) // Where there is none, it says nothing.
		t.Fatalf("firewalld does not come up:\n%s", log)
	}
	// Both ports are open, as on a scheduler's host.
	s := subject(t, p, config.FirewallFirewalld, []string{"nft", "list", "ruleset"}, []string{"firewall-cmd", "--list-all-zones"})
	s.Cuts = 4
	for _, zone := range []string{"public", "internal"} {
		output(t, p, "", "firewall-cmd", "--zone="+zone, fmt.Sprintf("--add-port=%d/tcp", s.Port), fmt.Sprintf("--add-port=%d/tcp", s.Other))
	}
	output(t, p, "", "firewall-cmd", "--zone=internal", "--add-source=10.77.0.2", "--add-source=fd77::2")
	firewalltest.Run(t, s)

	t.Run("a reload", func(t *testing.T) {
		a := &firewall.Actor{Hosts: hosttest.Pool{"scheduler-1": p.Machine}, Kind: config.FirewallFirewalld}
		block := planner.Step{ID: "block", Host: "scheduler-1", Action: planner.Action{Firewall: &planner.FirewallAction{Op: "block", HTTPPort: s.Port}}}
		if _, err := a.Act(t.Context(), block); err != nil {
			t.Fatal(err)
		}
		output(t, p, "", "firewall-cmd", "--reload")
		if stand, err := a.Look(t.Context(), block); err != nil || stand != executor.Pending {
			t.Errorf("the rules count as in force: %v, %v", stand, err)
		}
		if _, err := os.Stat(filepath.Join(p.Machine.Dir, "etc")); err == nil {
			t.Error("something was written to the permanent configuration")
		}
	})
	t.Run("takes away those of iptables", func(t *testing.T) {
		seen, err := firewall.Observe(t.Context(), p.Machine, config.FirewallIptables)
		if err != nil || !strings.Contains(seen.Risk, "firewalld runs") {
			t.Errorf("%+v, %v", seen, err)
		}
		a := &firewall.Actor{Hosts: hosttest.Pool{"scheduler-1": p.Machine}, Kind: config.FirewallIptables}
		block := planner.Step{ID: "block", Host: "scheduler-1", Action: planner.Action{Firewall: &planner.FirewallAction{Op: "block", HTTPPort: s.Port}}}
		if _, err := a.Act(t.Context(), block); err != nil {
			t.Fatal(err)
		}
		output(t, p, "", "firewall-cmd", "--reload")
		if blocked, err := firewall.Blocks(config.FirewallIptables)(t.Context(), p.Machine, s.Port); err != nil || blocked {
			t.Errorf("the risk is none: blocked %t, %v", blocked, err)
		}
	})
}

// TestIptables runs the suite on the program as the host has it, and on its two forms by their own names where it has these.
func TestIptables(t *testing.T) {
	for _, form := range []string{"", "nft", "legacy"} {
		t.Run("form "+form, func(t *testing.T) {
			suffix := ""
			if form != "" {
				suffix = "-" + form
			}
			needs(t, "iptables", "iptables"+suffix+"-restore", "ip6tables"+suffix+"-restore")
			p := firewalltest.NewPair(t)
			if form != "" {
				for _, family := range []string{"iptables", "ip6tables"} {
					for _, what := range []string{"save", "restore"} {
						p.Machine.Script(t, family+"-"+what, "exec "+family+suffix+"-"+what+` "$@"`)
					}
				}
			}
			output(t, p, someRules, "iptables-restore")
			output(t, p, someRules, "ip6tables-restore")
			firewalltest.Run(t, subject(t, p, config.FirewallIptables, []string{"iptables-save"}, []string{"ip6tables-save"}))
		})
	}
}
