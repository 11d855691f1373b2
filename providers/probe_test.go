package providers

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"syscall"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/host"
)

func TestWithin(t *testing.T) {
	allow := []string{"10.0.0.0/8", "192.0.2.7", "fd00::/8", "nonsense"}
	for text, want := range map[string]bool{
		"10.1.2.3": true, "11.1.2.3": false, "192.0.2.7": true, "192.0.2.8": false, "fd12::1": true, "fe80::1": false,
	} {
		if got := within(netip.MustParseAddr(text), allow); got != want {
			t.Errorf("%s is within %v: %t", text, allow, got)
		}
	}
}

// TestHeldOff tells a connection that was tried from one that nobody could try, which proves nothing.
func TestHeldOff(t *testing.T) {
	failed := func(reason ssh.RejectionReason, message string) error {
		return fmt.Errorf("a1 can't connect: %w", &ssh.OpenChannelError{Reason: reason, Message: message})
	}
	for _, tt := range []struct {
		err  error
		want bool
	}{
		{fmt.Errorf("a1: %w", syscall.ECONNREFUSED), true},
		{fmt.Errorf("%w: a1: %w", host.ErrUnreachable, context.DeadlineExceeded), false},
		{context.DeadlineExceeded, true},
		{failed(ssh.ConnectionFailed, "Connection timed out"), true},
		{failed(ssh.ConnectionFailed, "No route to host"), true},
		{failed(ssh.ConnectionFailed, "Name or service not known"), false},
		{failed(ssh.ConnectionFailed, "Network is unreachable"), false},
		{failed(ssh.Prohibited, "open failed"), false},
		{host.ErrUnreachable, false},
	} {
		if got := heldOff(tt.err); got != tt.want {
			t.Errorf("%v: held off is %t", tt.err, got)
		}
	}
}

// TestReachedBy takes the address that the scheduler listens on, or else the one in the configuration and those that the host has.
func TestReachedBy(t *testing.T) {
	c := &Cluster{restore: &config.Restore{}, plan: &planner.Plan{}}
	c.restore.Cluster.Schedulers = []config.Scheduler{{Name: "a1", Address: "alias:2222"}}
	c.plan.Observation.Hosts = []planner.Host{{Name: "a1", Names: []string{"a1.example.com", "fe80::1", "127.0.1.1", "192.0.2.1"}}}
	if got := c.reachedBy("a1"); !slices.Equal(got, []string{"alias", "192.0.2.1"}) {
		t.Errorf("%q", got)
	}
	c.plan.Observation.Hosts[0].Settings.Flags = []planner.Flag{{Name: "ip", Value: "192.0.2.9"}}
	if got := c.reachedBy("a1"); !slices.Equal(got, []string{"192.0.2.9"}) {
		t.Errorf("with -ip: %q", got)
	}
	if got := c.reachedBy("a2"); !slices.Equal(got, []string{"a2"}) {
		t.Errorf("a host that was not seen: %q", got)
	}
}

// TestProbe connects to a port that is open and to one that is not, from the other hosts, those left out that may connect.
func TestProbe(t *testing.T) {
	open, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = open.Close() })
	port := open.Addr().(*net.TCPAddr).Port //nolint:forcetypeassert // It listens by TCP.

	r := &config.Restore{Cluster: config.Cluster{Connection: config.Connection{Kind: "local"}}}
	for _, name := range []string{"a1", "a2"} {
		r.Cluster.Schedulers = append(r.Cluster.Schedulers, config.Scheduler{Name: name, Address: "127.0.0.1"})
	}
	c := Connect(r, Options{})
	t.Cleanup(func() { _ = c.Close() })
	if through, err := c.probe(t.Context(), "a1", port); !through || err != nil {
		t.Errorf("an open port: %t, %v", through, err)
	}
	if through, err := c.probe(t.Context(), "a1", deafPort(t)); through || err != nil {
		t.Errorf("a closed port: %t, %v", through, err)
	}
	r.Isolation.Allow = []string{"127.0.0.0/8"}
	if through, err := c.probe(t.Context(), "a1", port); through || !errors.Is(err, errNoProbe) {
		t.Errorf("nobody may try: %t, %v", through, err)
	}
}

// deafPort is a port of 127.0.0.1 that is taken for as long as the test runs, and on which nobody listens.
func deafPort(t *testing.T) int {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(fd) })
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	return name.(*syscall.SockaddrInet4).Port //nolint:forcetypeassert // As it was bound.
}
