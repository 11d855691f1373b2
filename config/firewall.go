package config

import "github.com/hashicorp/hcl/v2"

// The kinds of packet filters by which a port is blocked.
const (
	FirewallNftables  = "nftables"
	FirewallIptables  = "iptables"
	FirewallFirewalld = "firewalld"
)

func (d *decoder) firewall(b *hcl.Block, i *Isolation) {
	i.Firewall = d.kind(b, FirewallNftables, FirewallIptables, FirewallFirewalld)
	d.content(b.Body, nil)
}
