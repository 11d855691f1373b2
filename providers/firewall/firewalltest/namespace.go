//go:build linux

package firewalltest

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/host/hosttest"
)

// Pair are two network namespaces with a cable between them: a host, and a place outside with two addresses of each family. They
// are gone with the test's process, whatever ends it.
type Pair struct {
	// Machine runs commands in the host's namespace.
	Machine *hosttest.Machine
	// host and outside are the files that hold the namespaces.
	host, outside *os.File
}

// The addresses in the namespaces.
const (
	hostV4, allowedV4, strangerV4 = "10.77.0.1", "10.77.0.3", "10.77.0.2"
	hostV6, allowedV6, strangerV6 = "fd77::1", "fd77::3", "fd77::2"
)

// AllowedAddresses are those of the place Allowed.
func AllowedAddresses() []string { return []string{allowedV4, allowedV6} }

// NewPair makes the namespaces, or skips the test where they can't be made.
func NewPair(t *testing.T) *Pair {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("this test makes network namespaces, which needs root: packet filters are not tested on real ones")
	}
	for _, program := range []string{"ip", "nsenter"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed (Debian packages iproute2 and util-linux): packet filters are not tested on real ones", program)
		}
	}
	p := &Pair{Machine: hosttest.Local(t)}
	for _, f := range []**os.File{&p.host, &p.outside} {
		ns, err := newNamespace()
		if err != nil {
			t.Skipf("a network namespace can't be made here (%v): packet filters are not tested on real ones", err)
		}
		t.Cleanup(func() { _ = ns.Close() }) // It was only held.
		*f = ns
	}
	p.ip(t, p.host, "link", "add", "cable", "type", "veth", "peer", "name", "far", "netns", p.path(p.outside))
	for _, at := range []struct {
		ns        *os.File
		link      string
		addresses []string
	}{
		{p.host, "cable", []string{hostV4 + "/24", hostV6 + "/64"}},
		{p.outside, "far", []string{strangerV4 + "/24", allowedV4 + "/24", strangerV6 + "/64", allowedV6 + "/64"}},
	} {
		p.ip(t, at.ns, "link", "set", "lo", "up")
		for _, a := range at.addresses {
			words := []string{"address", "add", a, "dev", at.link}
			if strings.Contains(a, ":") {
				words = append(words, "nodad")
			}
			p.ip(t, at.ns, words...)
		}
		p.ip(t, at.ns, "link", "set", at.link, "up")
	}
	p.Machine.Host = inside{p.Machine.Host, p.path(p.host)}
	return p
}

// newNamespace makes a network namespace that lives as long as its file is open.
func newNamespace() (*os.File, error) {
	type made struct {
		file *os.File
		err  error
	}
	done := make(chan made)
	go func() {
		// The thread is in another namespace now and ends with the goroutine.
		runtime.LockOSThread()
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			done <- made{err: err}
			return
		}
		f, err := os.Open(fmt.Sprintf("/proc/self/task/%d/ns/net", unix.Gettid()))
		done <- made{f, err}
	}()
	m := <-done
	return m.file, m.err
}

func (p *Pair) path(ns *os.File) string { return fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), ns.Fd()) }

func (p *Pair) ip(t *testing.T, ns *os.File, args ...string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "nsenter", append([]string{"--net=" + p.path(ns), "ip"}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("ip %s: %v: %s", strings.Join(args, " "), err, out)
	}
}

// Command is a program to be run in the host's namespace.
func (p *Pair) Command(ctx context.Context, name string, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, "nsenter", append([]string{"--net=" + p.path(p.host), "--", name}, args...)...)
}

// inside runs a host's commands in a network namespace.
type inside struct {
	host.Host
	ns string
}

// Run runs a command.
func (i inside) Run(ctx context.Context, c host.Command) (host.Result, error) {
	c.Args = append([]string{"nsenter", "--net=" + i.ns, "--"}, c.Args...)
	return i.Host.Run(ctx, c)
}

// in calls a function on a thread in a namespace. Sockets that it makes are of that namespace.
func in(ns *os.File, f func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		err := unix.Setns(int(ns.Fd()), unix.CLONE_NEWNET)
		if err == nil {
			err = f()
		}
		done <- err
	}()
	return <-done
}

// Listen lets the host answer on a port of all its addresses until the test ends, and gives the port.
func (p *Pair) Listen(t *testing.T) int {
	t.Helper()
	var l net.Listener
	err := in(p.host, func() (err error) {
		l, err = net.Listen("tcp", "[::]:0")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() }) // Nobody is waiting.
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return // It is closed.
			}
			_ = c.Close() // That it was made is all.
		}
	}()
	return int(netip.MustParseAddrPort(l.Addr().String()).Port())
}

// patience is how long a connection may take; a packet filter answers with a reset.
const patience = 5 * time.Second

// Connect tries to open a connection to the host's port from a place.
func (p *Pair) Connect(ctx context.Context, from Place, port int) (ipv4, ipv6 error) {
	dial := func(ns *os.File, source, target string) error {
		return in(ns, func() error {
			d := net.Dialer{Timeout: patience, LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(source), 0))}
			c, err := d.DialContext(ctx, "tcp", net.JoinHostPort(target, strconv.Itoa(port)))
			if err != nil {
				return err
			}
			return c.Close()
		})
	}
	switch from {
	case Inside:
		return dial(p.host, "127.0.0.1", "127.0.0.1"), dial(p.host, "::1", "::1")
	case Allowed:
		return dial(p.outside, allowedV4, hostV4), dial(p.outside, allowedV6, hostV6)
	case Stranger:
		return dial(p.outside, strangerV4, hostV4), dial(p.outside, strangerV6, hostV6)
	}
	err := fmt.Errorf("there is no place %d", from)
	return err, err
}
