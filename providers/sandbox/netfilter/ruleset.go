package netfilter

import (
	"net/netip"
	"slices"
	"strconv"
)

// Ruleset is all that a host's packet filter was told.
type Ruleset struct {
	Tables []*Table `json:"tables"`
}

// Table is a table of the family inet.
type Table struct {
	Name   string   `json:"name"`
	Chains []*Chain `json:"chains"`
}

// Chain is a list of rules. One without a hook is never passed through.
type Chain struct {
	Name string `json:"name"`
	// Type, Hook and Policy are nft's words; Priority orders the chains of a hook, the lowest first.
	Type     string `json:"type,omitempty"`
	Hook     string `json:"hook,omitempty"`
	Priority int    `json:"priority,omitempty"`
	Policy   string `json:"policy,omitempty"`
	Rules    []Rule `json:"rules"`
}

// Rule is a list of conditions, and what happens to a packet that meets them all.
type Rule struct {
	Matches []Match `json:"matches,omitempty"`
	Counter bool    `json:"counter,omitempty"`
	Verdict Verdict `json:"verdict,omitempty"`
	// Reset makes a reject a TCP reset rather than an ICMP message.
	Reset   bool   `json:"reset,omitempty"`
	Comment string `json:"comment,omitempty"`
}

// Match is one condition on a packet.
type Match struct {
	// Field is iif, iifname, tcp dport, ip saddr, ip6 saddr or ct state.
	Field string `json:"field"`
	// Not inverts the condition.
	Not bool `json:"not,omitempty"`
	// Values are what the field may be; Set says that they were written in braces.
	Values []string `json:"values"`
	Set    bool     `json:"set,omitempty"`
}

// Verdict is what becomes of a packet. The empty verdict goes on to the next rule.
type Verdict string

// The verdicts.
const (
	Accept Verdict = "accept"
	Drop   Verdict = "drop"
	Reject Verdict = "reject"
)

// Packet is what rules look at.
type Packet struct {
	Source netip.Addr
	// Port is the destination port of TCP.
	Port uint16
	// Loopback says that the packet came in by way of lo.
	Loopback bool
	// Established says that it belongs to a connection that was made before.
	Established bool
}

// Evaluate tells what becomes of a packet: every input chain, by priority, has to accept it.
func (r *Ruleset) Evaluate(p Packet) Verdict {
	var chains []*Chain
	for _, t := range r.Tables {
		for _, c := range t.Chains {
			if c.Hook == "input" {
				chains = append(chains, c)
			}
		}
	}
	slices.SortStableFunc(chains, func(a, b *Chain) int { return a.Priority - b.Priority })
	for _, c := range chains {
		if v := c.evaluate(p); v != Accept {
			return v
		}
	}
	return Accept
}

func (c *Chain) evaluate(p Packet) Verdict {
	for i := range c.Rules {
		r := &c.Rules[i]
		if r.Verdict != "" && !slices.ContainsFunc(r.Matches, func(m Match) bool { return !m.holds(p) }) {
			return r.Verdict
		}
	}
	if c.Policy == string(Drop) {
		return Drop
	}
	return Accept
}

func (m *Match) holds(p Packet) bool {
	source := p.Source.Unmap()
	// An address is only looked at in packets of its family.
	if m.Field == "ip saddr" && !source.Is4() || m.Field == "ip6 saddr" && source.Is4() {
		return false
	}
	return m.Not != slices.ContainsFunc(m.Values, func(v string) bool {
		switch m.Field {
		case "iif", "iifname":
			return (v == "lo") == p.Loopback
		case "tcp dport":
			return v == strconv.Itoa(int(p.Port))
		case "ct state":
			return v == "established" && p.Established || v == "new" && !p.Established
		}
		prefix, err := parsePrefix(v)
		return err == nil && prefix.Contains(source)
	})
}

func parsePrefix(s string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	return netip.ParsePrefix(s)
}

// table finds a table, nil where there is none.
func (r *Ruleset) table(name string) *Table {
	i := slices.IndexFunc(r.Tables, func(t *Table) bool { return t.Name == name })
	if i < 0 {
		return nil
	}
	return r.Tables[i]
}

// chain finds a chain, nil where there is none.
func (t *Table) chain(name string) *Chain {
	i := slices.IndexFunc(t.Chains, func(c *Chain) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return t.Chains[i]
}
