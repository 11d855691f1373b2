package host

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/providers/host/sshconfig"
)

// systemConfig is the SSH configuration for all users of the operator's machine.
const systemConfig = "/etc/ssh/ssh_config"

// settings are the SSH configuration of the operator's side.
type settings struct {
	files  sshconfig.Files
	opts   Options
	lookup func(name string) (canonical string, err error)
}

// newSettings takes the file that the connection names, and no other; or else the operator's own and the system's.
func newSettings(c config.Connection, opts Options) *settings {
	s := &settings{opts: opts, files: sshconfig.Files{User: c.ConfigFile, Named: c.ConfigFile != "", System: opts.SystemConfig}}
	if !s.files.Named {
		s.files.User = filepath.Join(opts.Home, ".ssh", "config")
	}
	if s.files.System == "" {
		s.files.System = systemConfig
	}
	return s
}

// resolving lets the resolver be asked, where the files ask for canonical names.
func (s *settings) resolving(ctx context.Context) *settings {
	s.lookup = func(name string) (string, error) { return net.DefaultResolver.LookupCNAME(ctx, name) }
	return s
}

// read reads what the files say of a machine.
func (s *settings) read(h hop) (*sshconfig.Settings, error) {
	return sshconfig.Read(s.files, sshconfig.Query{Host: h.alias, User: h.user, Port: h.port, Jump: h.jump,
		LocalUser: s.opts.User, Home: s.opts.Home, Lookup: s.lookup})
}

// hop is a machine on the way, or the last one, as it was asked for.
type hop struct {
	alias, user string
	port        int
	// jump is the machine that it is reached through, where that is settled already.
	jump string
}

// parseJump takes a machine of a ProxyJump apart: [ssh://][user@]host[:port].
func parseJump(text string) (hop, error) {
	h := hop{}
	text = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(text), "ssh://"), "/")
	if i := strings.LastIndexByte(text, '@'); i >= 0 {
		h.user, text = text[:i], text[i+1:]
	}
	var err error
	if h.alias, h.port, err = splitAddress(text); err != nil {
		return hop{}, err
	}
	if h.alias == "" {
		return hop{}, fmt.Errorf("%q names no host", text)
	}
	return h, nil
}

// viaSSSD is the ProxyCommand of FreeIPA's clients. It connects directly, after it has written what it knows to a known_hosts file.
var viaSSSD = []string{"-p", "%p", "%h"}

// jumps gives the machines that the files put before a machine.
func jumps(alias string, said *sshconfig.Settings) ([]string, error) {
	if jump := said.Get("proxyjump"); jump != "" && !strings.EqualFold(jump, "none") {
		list := strings.Split(jump, ",")
		for i := range list {
			list[i] = strings.TrimSpace(list[i])
		}
		return list, nil
	}
	command := said.Get("proxycommand")
	words := strings.Fields(command)
	switch {
	case command == "" || strings.EqualFold(command, "none"):
		return nil, nil
	case filepath.Base(words[0]) == "sss_ssh_knownhostsproxy" && slices.Equal(words[1:], viaSSSD):
		return nil, nil
	}
	return nil, fmt.Errorf("%s gives %s a ProxyCommand, which restorectl does not run; write it as ProxyJump, or give the connection a "+
		"config_file of its own", said.Where("proxycommand"), alias)
}

// splitAddress takes host or host:port apart; port is 0 where none is written.
func splitAddress(address string) (host string, port int, err error) {
	bare := strings.Trim(address, "[]")
	if !strings.Contains(address, ":") || strings.Count(bare, ":") > 1 && !strings.Contains(address, "]:") {
		return bare, 0, nil
	}
	host, p, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, fmt.Errorf("%q is not an address: %w", address, err)
	}
	port, err = strconv.Atoi(p)
	if err != nil || port < 1 || port > 65535 {
		return "", 0, fmt.Errorf("%q is not an address: %q is not a port", address, p)
	}
	return host, port, nil
}
