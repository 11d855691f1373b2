package host

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/kevinburke/ssh_config"

	"github.com/restorectl/restorectl/config"
)

// globalKnownHosts is read beside the operator's own known_hosts.
const globalKnownHosts = "/etc/ssh/ssh_known_hosts"

// usualKeys are the names of keys in .ssh that are tried where no other is named.
var usualKeys = []string{"id_ed25519", "id_ecdsa", "id_rsa"}

// defaultTimeout bounds dialling and the handshake where nobody says otherwise.
const defaultTimeout = 15 * time.Second

// target is a machine to connect to, everything about it decided.
type target struct {
	host, user     string
	port           int
	identityFiles  []string
	identitiesOnly bool
	agent          string
	knownHosts     []string
	hostKeyAlias   string
	jumps          []string
	timeout        time.Duration
	// named says that the identity files were written down somewhere, so that a missing one is worth a word.
	named bool
}

func (t *target) address() string { return net.JoinHostPort(t.host, strconv.Itoa(t.port)) }

// knownAs is the address under which known_hosts knows the machine.
func (t *target) knownAs() string {
	if t.hostKeyAlias != "" {
		return net.JoinHostPort(t.hostKeyAlias, "22")
	}
	return t.address()
}

// settings read an ssh_config file.
type settings struct {
	file   string
	config *ssh_config.Config
	opts   Options
}

// openSettings reads the given ssh_config file, or ~/.ssh/config where none is given.
func openSettings(file string, opts Options) (*settings, error) {
	s := &settings{file: file, opts: opts, config: &ssh_config.Config{}}
	if file == "" {
		s.file = filepath.Join(opts.Home, ".ssh", "config")
	}
	text, err := os.ReadFile(s.file)
	switch {
	case file == "" && errors.Is(err, fs.ErrNotExist):
		return s, nil
	case err != nil:
		return nil, fmt.Errorf("can't read the SSH configuration: %w", err)
	}
	if s.config, err = ssh_config.DecodeBytes(text); err != nil {
		return nil, fmt.Errorf("can't understand the SSH configuration %s: %w; give the connection a config_file of its own", s.file, err)
	}
	return s, nil
}

// get is the value that holds for an alias, empty where none is written.
func (s *settings) get(alias, key string) string {
	v, err := s.config.Get(alias, key)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(v)
}

// target decides everything about a scheduler's connection. What is written in restore.hcl outranks the file.
func (s *settings) target(address string, c config.Connection) (*target, error) {
	alias, port, err := splitAddress(address)
	if err != nil {
		return nil, err
	}
	if port == 0 {
		port = c.Port
	}
	t, err := s.resolve(alias, c.User, port)
	if err != nil {
		return nil, err
	}
	s.override(t, c)
	if jump := s.get(alias, "ProxyJump"); jump != "" && jump != "none" {
		t.jumps = strings.Split(jump, ",")
	} else if cmd := s.get(alias, "ProxyCommand"); cmd != "" && cmd != "none" {
		return nil, fmt.Errorf("%s gives %s a ProxyCommand, which restorectl does not run; write it as ProxyJump", s.file, alias)
	}
	return t, nil
}

// jump decides everything about a machine on the way, written as [user@]host[:port].
func (s *settings) jump(spec string, c config.Connection) (*target, error) {
	spec = strings.TrimPrefix(strings.TrimSpace(spec), "ssh://")
	user := ""
	if i := strings.LastIndexByte(spec, '@'); i >= 0 {
		user, spec = spec[:i], spec[i+1:]
	}
	alias, port, err := splitAddress(spec)
	if err != nil {
		return nil, fmt.Errorf("ProxyJump: %w", err)
	}
	t, err := s.resolve(alias, user, port)
	if err != nil {
		return nil, err
	}
	s.override(t, c)
	return t, nil
}

// override puts in what restore.hcl says for all machines.
func (s *settings) override(t *target, c config.Connection) {
	if len(c.IdentityFiles) > 0 {
		t.identityFiles, t.named = nil, true
		for _, f := range c.IdentityFiles {
			t.identityFiles = append(t.identityFiles, s.home(f))
		}
	}
	if len(c.KnownHosts) > 0 {
		t.knownHosts = nil
		for _, f := range c.KnownHosts {
			t.knownHosts = append(t.knownHosts, s.home(f))
		}
	}
	if c.Timeout > 0 {
		t.timeout = c.Timeout
	}
}

// resolve reads what the file says of an alias.
func (s *settings) resolve(alias, user string, port int) (*target, error) {
	t := &target{host: s.get(alias, "HostName"), user: user, port: port, timeout: defaultTimeout, agent: s.opts.AgentSocket}
	t.host = strings.ReplaceAll(strings.ReplaceAll(t.host, "%h", alias), "%%", "%")
	if t.host == "" {
		t.host = alias
	}
	if t.user == "" {
		t.user = s.get(alias, "User")
	}
	if t.user == "" {
		t.user = s.opts.User
	}
	if p := s.get(alias, "Port"); t.port == 0 && p != "" {
		n, err := strconv.Atoi(p)
		if err != nil || n < 1 || n > 65535 {
			return nil, fmt.Errorf("%s: Port %q of %s is not a port", s.file, p, alias)
		}
		t.port = n
	}
	if t.port == 0 {
		t.port = 22
	}
	if n, err := strconv.Atoi(s.get(alias, "ConnectTimeout")); err == nil && n > 0 {
		t.timeout = time.Duration(n) * time.Second
	}
	t.hostKeyAlias = s.get(alias, "HostKeyAlias")
	t.identitiesOnly = strings.EqualFold(s.get(alias, "IdentitiesOnly"), "yes")
	expand := s.expander(alias, t)
	switch a := s.get(alias, "IdentityAgent"); a {
	case "", "SSH_AUTH_SOCK":
	case "none":
		t.agent = ""
	default:
		t.agent = expand(a)
	}
	return t, s.files(alias, t, expand)
}

// files reads the names of files that the file gives for an alias.
func (s *settings) files(alias string, t *target, expand func(string) string) error {
	identities, err := s.config.GetAll(alias, "IdentityFile")
	if err != nil {
		return fmt.Errorf("%s: %w", s.file, err)
	}
	for _, f := range identities {
		if t.named = true; f != "none" {
			t.identityFiles = append(t.identityFiles, expand(f))
		}
	}
	if len(identities) == 0 {
		for _, name := range usualKeys {
			t.identityFiles = append(t.identityFiles, filepath.Join(s.opts.Home, ".ssh", name))
		}
	}
	for _, f := range strings.Fields(s.get(alias, "UserKnownHostsFile")) {
		t.knownHosts = append(t.knownHosts, expand(f))
	}
	if len(t.knownHosts) == 0 {
		t.knownHosts = []string{filepath.Join(s.opts.Home, ".ssh", "known_hosts"), globalKnownHosts}
	}
	return nil
}

// expander replaces the tokens of ssh_config(5) in the name of a file.
func (s *settings) expander(alias string, t *target) func(string) string {
	r := strings.NewReplacer("%%", "%", "%d", s.opts.Home, "%h", t.host, "%n", alias, "%p", strconv.Itoa(t.port),
		"%r", t.user, "%u", s.opts.User)
	return func(name string) string { return s.home(r.Replace(strings.Trim(name, `"`))) }
}

// home expands a leading ~/ to the operator's home folder.
func (s *settings) home(name string) string {
	if rest, ok := strings.CutPrefix(name, "~/"); ok {
		return filepath.Join(s.opts.Home, rest)
	}
	return name
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
