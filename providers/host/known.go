package host

import (
	"net"

	"github.com/restorectl/restorectl/config"
)

// KnownAs are the names and addresses under which the operator's side knows a scheduler's host: its name, its address, and what ssh_config
// makes of that. Nothing is connected or resolved.
func (m *Machines) KnownAs(scheduler string) []string {
	names := []string{scheduler}
	address := m.address(scheduler)
	if h, _, err := net.SplitHostPort(address); err == nil {
		address = h
	}
	if address != scheduler {
		names = append(names, address)
	}
	if name, err := m.resolved(address); err == nil && name != address {
		names = append(names, name)
	}
	return names
}

func (m *Machines) resolved(address string) (string, error) {
	if m.cfg.Connection.Kind != kindSSH {
		return address, nil
	}
	t, err := newSettings(m.cfg.Connection, m.keys.opts).target(address, config.Connection{})
	if err != nil {
		return "", err
	}
	return t.host, nil
}
