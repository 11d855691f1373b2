package firewall

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Table is the name of restorectl's own table, in nftables' family inet, and of its chain in iptables. Of nftables nothing outside of
// the table is touched.
const Table = "restorectl"

// priority puts the chain after connection tracking (-200) and before every common filter (mangle is -150, filter 0). It is far
// enough from nftables' named priorities to be listed as this number by all releases.
const priority = -175

// ruleset is what is asked for: the HTTP port is open from the host itself and from the allowed addresses, and everybody else
// gets a reset, those included who were connected before, since no rule lets established connections pass.
type ruleset struct {
	port  int
	allow []netip.Prefix
}

// newRuleset checks a port and the addresses and networks that may still reach it.
func newRuleset(port int, allow []string) (*ruleset, error) {
	if port < 1 || port > 65535 {
		return nil, fmt.Errorf("%d is not a port", port)
	}
	r := &ruleset{port: port}
	for _, a := range allow {
		p, err := parsePrefix(a)
		if err != nil {
			return nil, err
		}
		if p.Bits() == 0 {
			return nil, fmt.Errorf("%q lets everybody in; name the addresses that need the port", a)
		}
		if !slices.Contains(r.allow, p) {
			r.allow = append(r.allow, p)
		}
	}
	return r, nil
}

func parsePrefix(s string) (netip.Prefix, error) {
	s = strings.TrimSpace(s)
	if strings.Contains(s, "/") {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			return p, fmt.Errorf("%q is not a network in CIDR notation: %w", s, err)
		}
		return p.Masked(), nil
	}
	addr, err := netip.ParseAddr(s)
	if err != nil || addr.Zone() != "" {
		return netip.Prefix{}, fmt.Errorf("%q is neither an address nor a network in CIDR notation", s)
	}
	addr = addr.Unmap()
	return netip.PrefixFrom(addr, addr.BitLen()), nil
}
