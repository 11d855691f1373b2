package providers

import (
	"fmt"
	"path"
	"strings"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/providers/firewall"
	"github.com/restorectl/restorectl/providers/lock"
	"github.com/restorectl/restorectl/providers/service"
	"github.com/restorectl/restorectl/providers/sudoers"
)

// GrantCommands adds to the places of a sudoers rule the commands that the providers run as they are. Home stands for ~/.
func GrantCommands(p *sudoers.Places, r *config.Restore, home string) error {
	c := r.Cluster.Service
	c.Script, c.ConfigFile = sudoers.Expand(c.Script, home), sudoers.Expand(c.ConfigFile, home)
	commands, err := service.Commands(c)
	if err != nil {
		return err
	}
	p.Commands = commands
	grantFirewall(p, r.Isolation.Firewall)
	if r.Cluster.Flags.Kind == config.FlagsSystemd {
		grantUnitFiles(p, r.Cluster.Flags.Unit)
	}
	for _, dropIn := range append([]string{sudoers.Expand(r.Cluster.Flags.DropIn, home)}, p.DropIns...) {
		if dropIn == "" {
			continue
		}
		// The folder of a unit's first drop-in is made, and taken away again.
		folder := path.Dir(dropIn)
		p.Commands = append(p.Commands, []string{"mkdir", "-p", "-m", "0755", "--", folder}, []string{"chmod", "--", "0755", folder},
			[]string{"rmdir", "--ignore-fail-on-non-empty", "--", folder})
	}
	for _, m := range p.Markers {
		p.Commands = append(p.Commands, service.MarkerCommands(m)...)
	}
	for _, f := range p.Locked {
		p.Commands = append(p.Commands, lock.Commands(f)...)
	}
	return nil
}

// grantFirewall adds what the packet filter is read and changed with.
func grantFirewall(p *sudoers.Places, kind string) {
	switch kind {
	case config.FirewallNftables:
		p.Commands = append(p.Commands, []string{"nft", "list", "table", "inet", firewall.Table}, []string{"nft", "delete", "table", "inet", firewall.Table},
			[]string{"nft", "-f", "-"}, []string{"systemctl", "is-active", "--quiet", "nftables.service"})
	case config.FirewallIptables:
		p.Commands = append(p.Commands, []string{"test", "-e", "/proc/net/if_inet6"}, []string{"firewall-cmd", "--state"})
		for _, program := range []string{"iptables", "ip6tables"} {
			p.Commands = append(p.Commands, []string{program + "-save", "-t", "filter"}, []string{program + "-restore", "--noflush", "--wait=30"})
		}
	case config.FirewallFirewalld:
		for _, question := range []string{"--version", "--list-all-zones", "--get-default-zone"} {
			p.Commands = append(p.Commands, []string{"firewall-cmd", question})
		}
		// Quotes can't stand in the expression; a dot is any character.
		const rule = `rule priority[=].-?[0-9]+. family[=].ipv[46].( source address[=].[0-9a-f.:/]+.)? port port[=].[0-9]+. protocol[=].tcp. (accept|reject type[=].tcp-reset.)`
		p.Patterns = append(p.Patterns, sudoers.Pattern{Program: "firewall-cmd", Arguments: `--zone[=][A-Za-z0-9_-]+( --(add|remove)-rich-rule[=]` + rule + `)+`})
	}
}

// grantUnitFiles adds what a unit's files are found, read and loaded with. Which ones there are is only known on the hosts.
func grantUnitFiles(p *sudoers.Places, unit string) {
	p.Commands = append(p.Commands, []string{"systemctl", "daemon-reload"},
		[]string{"systemctl", "show", "--no-pager", "--property=Id,FragmentPath,DropInPaths,ExecStart", unit})
	if !strings.HasSuffix(unit, ".service") {
		unit += ".service"
	}
	files := fmt.Sprintf(`/(etc|run|usr/lib|lib)/systemd/system/%s([.]d/[A-Za-z0-9_@-][A-Za-z0-9_@.-]*[.]conf)?`, sudoers.Literally(unit))
	p.Patterns = append(p.Patterns, sudoers.Pattern{Program: "cat", Arguments: `-- ` + files}, sudoers.Pattern{Program: "sha256sum", Arguments: `-- ` + files})
}
