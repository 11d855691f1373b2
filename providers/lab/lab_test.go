//go:build linux

package lab

import (
	"os"
	"os/exec"
	"testing"

	"github.com/restorectl/restorectl/providers/sandbox"
	"github.com/restorectl/restorectl/providers/sandbox/scheduler"
)

func TestMain(m *testing.M) {
	// The schedulers on the hosts are this program.
	if code, handled := sandbox.Dispatch(os.Args, scheduler.Main); handled {
		os.Exit(code)
	}
	if code, ended := Enter(); ended {
		os.Exit(code)
	}
	os.Exit(m.Run())
}

// TestHosts boots three hosts, logs in over SSH as the operator, takes the power from one and gives it back.
func TestHosts(t *testing.T) {
	l := New(t, 3)
	l.Boot(t)
	for _, h := range l.Hosts {
		got := l.ssh(t, h, "ps -o comm= -p 1; systemctl is-system-running; hostname; id -un; sudo id -un; sudo nft list ruleset; sudo iptables -S OUTPUT; sudo ip6tables -S OUTPUT")
		if want := "systemd\nrunning\n" + h.Name + "\nops\nroot\n-P OUTPUT ACCEPT\n-P OUTPUT ACCEPT\n"; got != want {
			t.Errorf("%s says %q, and not %q", h.Name, got, want)
		}
	}
	h := l.Hosts[1]
	l.ssh(t, h, "echo kept | sudo tee /var/lib/kept")
	if err := h.PowerOff(); err != nil {
		t.Fatal(err)
	}
	if err := h.Boot(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := l.ssh(t, h, "cat /var/lib/kept; systemctl is-system-running"); got != "kept\nrunning\n" {
		t.Errorf("after the power cut: %q", got)
	}
}

// ssh runs a command line on a host with the machine's own SSH client.
func (l *Lab) ssh(t *testing.T, h *Host, line string) string {
	t.Helper()
	out, err := exec.Command("ssh", "-F", l.SSHConfig(), h.Name, line).CombinedOutput()
	if err != nil {
		t.Fatalf("%s on %s: %v\n%s", line, h.Name, err, out)
	}
	return string(out)
}
