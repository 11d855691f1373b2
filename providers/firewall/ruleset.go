package firewall

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Table is the name of restorectl's own table, in nftables' family inet. Nothing outside of it is touched.
const Table = "restorectl"

// priority puts the chain after connection tracking (-200) and before every common filter (mangle is -150, filter 0). It is far
// enough from nftables' named priorities to be listed as this number by all releases.
const priority = -175

// ruleset is what the table holds: the HTTP port is open from the host itself and from the allowed addresses, and everybody else
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

// chain is the chain's text, line by line, as nftables lists it.
func (r *ruleset) chain() []string {
	lines := []string{
		fmt.Sprintf("type filter hook input priority %d; policy accept;", priority),
		`iif "lo" accept`,
	}
	for _, p := range r.allow {
		source := p.String()
		if p.IsSingleIP() {
			source = p.Addr().String()
		}
		family := "ip"
		if p.Addr().Is6() {
			family = "ip6"
		}
		lines = append(lines, fmt.Sprintf("%s saddr %s accept", family, source))
	}
	return append(lines, fmt.Sprintf("tcp dport %d reject with tcp reset", r.port))
}

// script makes the table what it should be, in one transaction, whatever it was before.
func (r *ruleset) script() string {
	var b strings.Builder
	// The first line makes sure that there is a table to delete.
	fmt.Fprintf(&b, "table inet %s\ndelete table inet %s\ntable inet %s {\n\tchain input {\n", Table, Table, Table)
	for _, line := range r.chain() {
		fmt.Fprintf(&b, "\t\t%s\n", line)
	}
	b.WriteString("\t}\n}\n")
	return b.String()
}

// inForce says whether a listing of the table shows exactly these rules.
func (r *ruleset) inForce(listing string) bool {
	want := append([]string{"table inet " + Table + " {", "chain input {"}, r.chain()...)
	want = append(want, "}", "}")
	for i := range want {
		want[i] = plain(want[i])
	}
	return slices.Equal(lines(listing), want)
}

// lines are the lines of a listing without spacing, comments and empty lines.
func lines(listing string) []string {
	var found []string
	for line := range strings.Lines(listing) {
		line, _, _ = strings.Cut(line, "#") // handles, where an alias of the operator's lists them
		if line = plain(line); line != "" {
			found = append(found, line)
		}
	}
	return found
}

// plain takes out what releases of nftables write differently: quotes, spacing, and the last semicolon.
func plain(line string) string {
	line = strings.ReplaceAll(line, `"`, "")
	line = strings.ReplaceAll(line, ";", " ; ")
	line = strings.Join(strings.Fields(line), " ")
	return strings.TrimSuffix(line, " ;")
}

// blocks says whether a listing of the table resets connections to the port, whoever may still reach it.
func blocks(listing string, port int) bool {
	return slices.Contains(lines(listing), plain(fmt.Sprintf("tcp dport %d reject with tcp reset", port))) &&
		slices.ContainsFunc(lines(listing), func(l string) bool { return strings.HasPrefix(l, "type filter hook input ") })
}
