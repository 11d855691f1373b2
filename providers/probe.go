package providers

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"time"

	"github.com/restorectl/restorectl/providers/host"
)

// probePatience bounds one attempt to connect to a blocked port; packets that are dropped are answered by nobody.
const probePatience = 3 * time.Second

var errNoProbe = errors.New("no other scheduler's host can try it")

// probe tries to connect to a scheduler's port from the hosts of the other schedulers, leaving out those that the isolation lets
// through. It returns nil when one got through.
func (c *Cluster) probe(ctx context.Context, name string, port int) error {
	target := c.address(name)
	if h, err := c.seen(name); err == nil && h.IP() != "" {
		target = h.IP()
	}
	last := errNoProbe
	for _, s := range c.restore.Cluster.Present() {
		if s.Name == name || c.allowed(ctx, s.Name) {
			continue
		}
		h, err := c.machines.Host(ctx, s.Name)
		if err == nil {
			if err = knock(ctx, h, net.JoinHostPort(target, strconv.Itoa(port))); err == nil {
				return nil
			}
		}
		last = err
	}
	return last
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

// allowed says whether the isolation lets a scheduler's host through, as far as its address can be told; what can't be told counts
// as allowed, since a probe from there would prove nothing.
func (c *Cluster) allowed(ctx context.Context, name string) bool {
	if len(c.restore.Isolation.Allow) == 0 {
		return false
	}
	addresses := []string{c.address(name)}
	if h, err := c.seen(name); err == nil && h.IP() != "" {
		addresses = append(addresses, h.IP())
	}
	for _, a := range addresses {
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
