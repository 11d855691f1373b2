package providers

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/restorectl/restorectl/providers/host"
)

// probePatience bounds one attempt to connect to a blocked port; packets that are dropped are answered by nobody.
const probePatience = 3 * time.Second

var errNoProbe = errors.New("no other scheduler's host can try it")

// probe tries to connect to a scheduler's port from the hosts of the other schedulers, leaving out those that the isolation lets
// through. The error says why nobody could try.
func (c *Cluster) probe(ctx context.Context, name string, port int) (through bool, err error) {
	err = errNoProbe
	tried := false
	for _, s := range c.restore.Cluster.Present() {
		if s.Name == name || c.allowed(ctx, s.Name) {
			continue
		}
		h, unreached := c.machines.Host(ctx, s.Name)
		if unreached != nil {
			err = unreached
			continue
		}
		for _, target := range c.reachedBy(name) {
			knocked := knock(ctx, h, net.JoinHostPort(target, strconv.Itoa(port)))
			switch {
			case knocked == nil:
				return true, nil
			case heldOff(knocked):
				tried = true
			default:
				err = knocked
				continue // By another address, perhaps.
			}
			break
		}
	}
	if tried {
		return false, nil
	}
	return false, err
}

// reachedBy are the addresses of a scheduler's port, the likeliest first: an alias of the operator's SSH configuration means nothing to the
// other hosts.
func (c *Cluster) reachedBy(name string) []string {
	h, err := c.seen(name)
	if err == nil && h.IP() != "" {
		return []string{h.IP()}
	}
	addresses := []string{c.address(name)}
	if err != nil {
		return addresses
	}
	for _, n := range h.Names {
		if ip, err := netip.ParseAddr(n); err == nil && !ip.IsLoopback() && !ip.IsLinkLocalUnicast() {
			addresses = append(addresses, n)
		}
	}
	return addresses
}

func knock(ctx context.Context, h host.Host, address string) error {
	ctx, cancel := context.WithTimeout(ctx, probePatience)
	defer cancel()
	conn, err := h.Dial(ctx, "tcp", address)
	if err != nil {
		return err
	}
	return conn.Close()
}

// heldOff says that a connection was tried and did not get through. The others were not tried: the name means nothing there, the host lets
// nobody try, or could not be reached itself.
func heldOff(err error) bool {
	switch {
	case errors.Is(err, host.ErrUnreachable):
		return false
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, context.DeadlineExceeded):
		return true
	}
	failed := (*ssh.OpenChannelError)(nil)
	return errors.As(err, &failed) && failed.Reason == ssh.ConnectionFailed &&
		(strings.Contains(failed.Message, "timed out") || strings.Contains(failed.Message, "No route"))
}

// allowed says whether the isolation lets a scheduler's host through, as far as its address can be told; what can't be told counts
// as allowed, since a probe from there would prove nothing.
func (c *Cluster) allowed(ctx context.Context, name string) bool {
	if len(c.restore.Isolation.Allow) == 0 {
		return false
	}
	for _, a := range append(c.reachedBy(name), c.address(name)) {
		found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", a)
		if err != nil {
			return true
		}
		for _, ip := range found {
			if within(ip.Unmap(), c.restore.Isolation.Allow) {
				return true
			}
		}
	}
	return false
}

func within(ip netip.Addr, allow []string) bool {
	for _, a := range allow {
		if p, err := netip.ParsePrefix(a); err == nil && p.Contains(ip) {
			return true
		}
		if other, err := netip.ParseAddr(a); err == nil && other.Unmap() == ip {
			return true
		}
	}
	return false
}

// withoutPort takes the port off an address, where there is one.
func withoutPort(address string) string {
	if h, _, err := net.SplitHostPort(address); err == nil {
		return h
	}
	return address
}
