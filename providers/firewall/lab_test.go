//go:build linux

package firewall_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/firewall"
	"github.com/restorectl/restorectl/providers/firewall/firewalltest"
	"github.com/restorectl/restorectl/providers/host/hosttest"
	"github.com/restorectl/restorectl/providers/lab"
)

func TestMain(m *testing.M) {
	if code, ended := lab.Enter(); ended {
		os.Exit(code)
	}
	os.Exit(m.Run())
}

// labPort is what is blocked on a real host; sshd's stays open.
const (
	labPort = 8081
	sshPort = 22
)

// Whoever connects to the port is let in, and nothing is said to him.
const (
	labSocket  = "[Socket]\nListenStream=8081\nAccept=yes\n"
	labService = "[Service]\nExecStart=/bin/true\nStandardInput=socket\n"
)

// TestLabContract runs the suite on a real host, over SSH and sudo, with Debian's packet filters as its services load them; whoever is not
// allowed comes from another host. Then the service loads its rules again, and the run notices that its own are gone.
func TestLabContract(t *testing.T) {
	l := lab.New(t, 2)
	h := l.Hosts[0]
	for name, text := range map[string]string{
		"/etc/systemd/system/answer.socket": labSocket, "/etc/systemd/system/answer@.service": labService, "/etc/iptables.rules": someRules,
	} {
		if err := h.Write(name, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	l.Boot(t)
	labCommands(t, h, "systemctl start answer.socket")
	over := l.Connect(t, h)
	for _, filter := range []struct {
		kind           string
		prepare, again []string
		listing        string
		cuts           int
	}{
		{kind: config.FirewallIptables, prepare: []string{"iptables-restore /etc/iptables.rules", "ip6tables-restore /etc/iptables.rules"},
			again: []string{"iptables-restore /etc/iptables.rules", "ip6tables-restore /etc/iptables.rules"}},
		{kind: config.FirewallNftables, prepare: []string{"systemctl start nftables"}, again: []string{"systemctl reload nftables"}},
		// Each of its commands takes a second. systemctl would not wait for the reload.
		{kind: config.FirewallFirewalld, prepare: []string{"systemctl start firewalld", "firewall-cmd --add-port=8081/tcp"}, again: []string{"firewall-cmd --reload"},
			listing: "firewall-cmd --list-all-zones", cuts: 2},
	} {
		t.Run(filter.kind, func(t *testing.T) {
			labCommands(t, h, filter.prepare...)
			s := firewalltest.Subject{Host: over, Kind: filter.kind, Port: labPort, Other: sshPort, Allow: []string{lab.Gateway, lab.Gateway6}, Cuts: filter.cuts,
				Connect: func(ctx context.Context, from firewalltest.Place, port int) (ipv4, ipv6 error) {
					return labConnect(ctx, l, from, port)
				},
				Rules: func(t *testing.T) string { return labRules(t, h, filter.listing) }}
			firewalltest.Run(t, s)
			a := &firewall.Actor{Hosts: hosttest.Pool{h.Name: over}, Kind: filter.kind}
			block := planner.Step{ID: "block", Host: h.Name, Action: planner.Action{Firewall: &planner.FirewallAction{Op: "block", HTTPPort: labPort}}}
			if _, err := a.Act(t.Context(), block); err != nil {
				t.Fatal(err)
			}
			labCommands(t, h, filter.again...)
			if stand, err := a.Look(t.Context(), block); err != nil || stand != executor.Pending {
				t.Errorf("after %v the rules count as in force: %v, %v", filter.again, stand, err)
			}
		})
	}
}

// labCommands runs commands on a host.
func labCommands(t *testing.T, h *lab.Host, commands ...string) {
	t.Helper()
	for _, c := range commands {
		if _, err := h.Run(t.Context(), strings.Fields(c)...); err != nil {
			t.Fatal(err)
		}
	}
}

// labRules are all rules of a host, and all that its packet filters load at boot. The filter's own listing comes with them.
func labRules(t *testing.T, h *lab.Host, listing string) string {
	t.Helper()
	files, err := h.Listing("/etc")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []string{"nft list ruleset", "iptables-save", "ip6tables-save", listing} {
		if c == "" {
			continue
		}
		said, err := h.Run(t.Context(), strings.Fields(c)...)
		if err != nil {
			t.Fatal(err)
		}
		files += counters.ReplaceAllString(said, "")
	}
	return files
}

// labConnect tries to open a connection to the first host from a place: from itself, from the machine of the tests, or from the second.
func labConnect(ctx context.Context, l *lab.Lab, from firewalltest.Place, port int) (ipv4, ipv6 error) {
	dial := func(address string) error {
		var d net.Dialer
		c, err := d.DialContext(ctx, "tcp", net.JoinHostPort(address, strconv.Itoa(port)))
		if err != nil {
			return err
		}
		return c.Close()
	}
	through := func(h *lab.Host, address string) error {
		if !h.Reaches(ctx, address, port) {
			return fmt.Errorf("%s does not get through to port %d of %s", h.Name, port, address)
		}
		return nil
	}
	h, other := l.Hosts[0], l.Hosts[1]
	switch from {
	case firewalltest.Inside:
		return through(h, "127.0.0.1"), through(h, "::1")
	case firewalltest.Allowed:
		return dial(h.Address), dial(h.Address6)
	default:
		return through(other, h.Address), through(other, h.Address6)
	}
}
