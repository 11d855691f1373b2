package providers

import (
	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/providers/firewall"
	"github.com/restorectl/restorectl/providers/lock"
	"github.com/restorectl/restorectl/providers/service"
	"github.com/restorectl/restorectl/providers/sudoers"
)

// GrantCommands adds to the places of a sudoers rule the commands that the providers run as they are. Home stands for ~/.
func GrantCommands(p *sudoers.Places, c config.Service, home string) error {
	c.Script, c.ConfigFile = sudoers.Expand(c.Script, home), sudoers.Expand(c.ConfigFile, home)
	commands, err := service.Commands(c)
	if err != nil {
		return err
	}
	p.Commands = append(commands, []string{"nft", "list", "table", "inet", firewall.Table}, []string{"nft", "delete", "table", "inet", firewall.Table},
		[]string{"nft", "-f", "-"}, []string{"systemctl", "is-active", "--quiet", "nftables.service"})
	for _, f := range p.Locked {
		p.Commands = append(p.Commands, lock.Commands(f)...)
	}
	return nil
}
