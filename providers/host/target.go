package host

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/providers/host/sshconfig"
)

// What ssh_config(5) takes where UserKnownHostsFile and GlobalKnownHostsFile are not given; the operator's are in .ssh.
var (
	userKnownHosts   = []string{"known_hosts", "known_hosts2"}
	globalKnownHosts = []string{"/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"}
)

// usualKeys are the names of keys in .ssh that are tried where no other is named.
var usualKeys = []string{"id_ed25519", "id_ecdsa", "id_rsa"}

// defaultTimeout bounds dialling and the handshake where nobody says otherwise.
const defaultTimeout = 15 * time.Second

// target is a machine to connect to, everything about it decided.
type target struct {
	host, user       string
	port             int
	identityFiles    []string
	certificateFiles []string
	identitiesOnly   bool
	agent            string
	// knownHosts are the files that a new key belongs to, the first before all; moreKnownHosts are read where they are there.
	knownHosts, moreKnownHosts []string
	revokedKeys                []string
	hostKeyAlias               string
	// written is the name that knownAs has in lower case, and hashNames that it is hashed where it is added to known_hosts.
	written   string
	hashNames bool
	// jumps are the machines to go through, and jumpsFrom the line that says so.
	jumps     []string
	jumpsFrom string
	timeout   time.Duration
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

// writtenAs is knownAs with the name as it was written, under which known_hosts may have it that OpenSSH did not write.
func (t *target) writtenAs() string {
	_, port, _ := net.SplitHostPort(t.knownAs()) // It was joined there.
	return net.JoinHostPort(t.written, port)
}

// target decides everything about a scheduler's connection. What is written in restore.hcl outranks the files.
func (s *settings) target(address string, c config.Connection) (*target, error) {
	alias, port, err := splitAddress(address)
	if err != nil {
		return nil, err
	}
	if port == 0 {
		port = c.Port
	}
	t, err := s.resolve(hop{alias: alias, user: c.User, port: port})
	if err != nil {
		return nil, err
	}
	s.override(t, c)
	return t, nil
}

// override puts in what restore.hcl says for all machines.
func (s *settings) override(t *target, c config.Connection) {
	if len(c.IdentityFiles) > 0 {
		t.identityFiles, t.certificateFiles, t.named = nil, nil, true
		for _, f := range c.IdentityFiles {
			t.identityFiles = append(t.identityFiles, s.home(f))
		}
	}
	if len(c.KnownHosts) > 0 {
		t.knownHosts, t.moreKnownHosts = nil, nil
		for _, f := range c.KnownHosts {
			t.knownHosts = append(t.knownHosts, s.home(f))
		}
	}
	if c.Timeout > 0 {
		t.timeout = c.Timeout
	}
}

// resolve decides what the files say of a machine.
func (s *settings) resolve(h hop) (*target, error) {
	said, err := s.read(h)
	if err != nil {
		return nil, err
	}
	if why := said.Get("refuseconnection"); why != "" {
		return nil, fmt.Errorf("%s refuses connections to %s: %s", said.Where("refuseconnection"), h.alias, why)
	}
	t := &target{host: said.Host, written: said.Written, user: said.Get("user"), timeout: timeout(said),
		identitiesOnly: flag(said, "identitiesonly"), hashNames: flag(said, "hashknownhosts")}
	if alias := said.Get("hostkeyalias"); alias != "" {
		t.hostKeyAlias, t.written = strings.ToLower(alias), alias
	}
	if t.port, err = port(h.alias, said); err != nil {
		return nil, err
	}
	if t.jumps, err = jumps(h.alias, said); err != nil {
		return nil, err
	}
	t.jumpsFrom = said.Where("proxyjump")
	switch {
	case t.user == "":
		t.user = s.opts.User
	case h.user == "":
		user := t.user
		t.user = "" // A user's name can't be made of itself.
		if t.user, err = s.expander(h.alias, t)(user); err != nil {
			return nil, err
		}
	}
	return t, s.namedFiles(h.alias, t, said)
}

func flag(said *sshconfig.Settings, keyword string) bool {
	word := said.Get(keyword)
	return strings.EqualFold(word, "yes") || strings.EqualFold(word, "true")
}

func port(alias string, said *sshconfig.Settings) (int, error) {
	text := said.Get("port")
	if text == "" {
		return 22, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 65535 {
		return 0, fmt.Errorf("%s: Port %q of %s is not a port", said.Where("port"), text, alias)
	}
	return n, nil
}

// timeout is ConnectTimeout, in seconds or, as in sshd_config(5), with units.
func timeout(said *sshconfig.Settings) time.Duration {
	text := strings.ToLower(said.Get("connecttimeout"))
	if n, err := strconv.Atoi(text); err == nil && n > 0 {
		return time.Duration(n) * time.Second
	}
	if d, err := time.ParseDuration(text); err == nil && d >= time.Second {
		return d
	}
	return defaultTimeout
}

// namedFiles takes over the names of files that the files give for a machine.
func (s *settings) namedFiles(alias string, t *target, said *sshconfig.Settings) error {
	expand := s.expander(alias, t)
	var err error
	if identities := said.All("identityfile"); len(identities) > 0 {
		t.named = true
		if t.identityFiles, err = expandAll(expand, identities); err != nil {
			return err
		}
	} else {
		t.identityFiles = s.inSSH(usualKeys)
	}
	if t.certificateFiles, err = expandAll(expand, said.All("certificatefile")); err != nil {
		return err
	}
	if t.revokedKeys, err = expandAll(expand, said.All("revokedhostkeys")); err != nil {
		return err
	}
	if err := s.knownHosts(t, said, expand); err != nil {
		return err
	}
	switch a := said.Get("identityagent"); {
	case a == "" || a == "SSH_AUTH_SOCK":
		t.agent = s.opts.AgentSocket
	case a == "none":
	case a[0] == '$' && !strings.HasPrefix(a, "${"):
		t.agent = os.Getenv(a[1:])
	default:
		t.agent, err = expand(a)
	}
	return err
}

// knownHosts are the files that say which host keys are known.
func (s *settings) knownHosts(t *target, said *sshconfig.Settings, expand func(string) (string, error)) (err error) {
	if files := said.All("userknownhostsfile"); len(files) > 0 {
		if t.knownHosts, err = expandAll(expand, files); err != nil {
			return err
		}
	} else {
		files := s.inSSH(userKnownHosts)
		t.knownHosts, t.moreKnownHosts = files[:1], files[1:]
	}
	global := globalKnownHosts
	if files := said.All("globalknownhostsfile"); len(files) > 0 {
		// These names are taken as they are.
		if global = files; strings.EqualFold(files[0], "none") {
			global = nil
		}
	}
	t.moreKnownHosts = append(t.moreKnownHosts, global...)
	return nil
}

// expandAll expands names of files; "none" is none.
func expandAll(expand func(string) (string, error), names []string) ([]string, error) {
	var files []string
	for _, name := range names {
		if strings.EqualFold(name, "none") {
			continue
		}
		f, err := expand(name)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

// inSSH are files in the operator's .ssh.
func (s *settings) inSSH(names []string) []string {
	var files []string
	for _, name := range names {
		files = append(files, filepath.Join(s.opts.Home, ".ssh", name))
	}
	return files
}
