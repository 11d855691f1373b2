package host

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/restorectl/restorectl/config"
)

const sshConfig = `
Host sched-1
  HostName 10.0.0.%h
  User aurora
  Port 2222
  IdentityFile ~/.ssh/%r_key
  IdentityFile /keys/second
  IdentitiesOnly yes
  UserKnownHostsFile ~/.ssh/known_a /etc/known_b
  HostKeyAlias Sched
  ProxyJump ops@bastion:2200,second
  ConnectTimeout 7
  CertificateFile ~/.ssh/aurora-cert.pub
  RevokedHostKeys ~/.ssh/revoked /etc/revoked
Host command
  ProxyCommand nc %h %p
Host bastion
  HostName bastion.example.org
Host bad
  Port none
Host closed
  RefuseConnection "closed for repairs"
Host unset
  IdentityFile ${NOT_SET_HERE}/id
Host ipa
  ProxyCommand /usr/bin/sss_ssh_knownhostsproxy -p %p %h
Host *
  User fallback
`

// system is the SSH configuration for all users in these tests.
const system = `
Host Other
  User theirs
  HashKnownHosts yes
  GlobalKnownHostsFile /etc/known_c /etc/known_d
  UserKnownHostsFile none
  ConnectTimeout 1m30s
  IdentityAgent none
Host sched-*
  IdentityFile /keys/theirs
  ProxyJump theirs
Host token
  HostName db.example.org
  IdentityFile ${KEYS}/%n_%h_%p_%r_%u
  IdentityAgent $OTHER_AGENT
  GlobalKnownHostsFile none
`

// newTestSettings gives settings for the user "op" from the user's and the system's text.
func newTestSettings(t *testing.T, mine, theirs string) *settings {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{".ssh/config": mine, "ssh_config": theirs} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := newSettings(config.Connection{}, Options{Home: dir, User: "op", AgentSocket: "/agent", SystemConfig: filepath.Join(dir, "ssh_config")})
	s.opts.Home = "/home/op" // What is said of files is about this one.
	s.files.User = filepath.Join(dir, ".ssh", "config")
	return s
}

func TestTarget(t *testing.T) {
	t.Setenv("KEYS", "/keys")
	t.Setenv("OTHER_AGENT", "/other")
	s := newTestSettings(t, sshConfig, system)
	defaults := []string{"/home/op/.ssh/id_ed25519", "/home/op/.ssh/id_ecdsa", "/home/op/.ssh/id_rsa"}
	known, more := []string{"/home/op/.ssh/known_hosts"}, []string{"/home/op/.ssh/known_hosts2", "/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"}
	jumps := []string{"ops@bastion:2200", "second"}
	for _, c := range []struct {
		name, address string
		conn          config.Connection
		want          target
	}{
		{"all from the files", "sched-1", config.Connection{}, target{host: "10.0.0.sched-1", written: "Sched", user: "aurora", port: 2222,
			identityFiles: []string{"/home/op/.ssh/aurora_key", "/keys/second", "/keys/theirs"}, identitiesOnly: true, agent: "/agent", named: true,
			certificateFiles: []string{"/home/op/.ssh/aurora-cert.pub"}, revokedKeys: []string{"/home/op/.ssh/revoked", "/etc/revoked"},
			knownHosts: []string{"/home/op/.ssh/known_a", "/etc/known_b"}, moreKnownHosts: more[1:], hostKeyAlias: "sched",
			jumps: jumps, timeout: 7 * time.Second}},
		{"overridden", "sched-1", config.Connection{User: "root", Port: 22, IdentityFiles: []string{"~/k"}, KnownHosts: []string{"/kh"}, Timeout: time.Second},
			target{host: "10.0.0.sched-1", written: "Sched", user: "root", port: 22, identityFiles: []string{"/home/op/k"}, identitiesOnly: true, agent: "/agent",
				revokedKeys: []string{"/home/op/.ssh/revoked", "/etc/revoked"},
				named:       true, knownHosts: []string{"/kh"}, hostKeyAlias: "sched", jumps: jumps, timeout: time.Second}},
		{"of the system's file what the user's leaves", "Other:2022", config.Connection{Port: 23}, target{host: "other", written: "Other", hashNames: true, user: "fallback", port: 2022,
			identityFiles: defaults, moreKnownHosts: []string{"/etc/known_c", "/etc/known_d"}, timeout: 90 * time.Second}},
		{"variables and tokens", "token", config.Connection{User: "me"}, target{host: "db.example.org", written: "db.example.org", user: "me", port: 22, agent: "/other", named: true,
			identityFiles: []string{"/keys/token_db.example.org_22_me_op"}, knownHosts: known, moreKnownHosts: more[:1], timeout: defaultTimeout}},
		{"an IPv6 address", "::1", config.Connection{User: "u"}, target{host: "::1", written: "::1", user: "u", port: 22, agent: "/agent",
			identityFiles: defaults, knownHosts: known, moreKnownHosts: more, timeout: defaultTimeout}},
		{"an IPv6 address with a port", "[::1]:2022", config.Connection{User: "u"}, target{host: "::1", written: "::1", user: "u", port: 2022, agent: "/agent",
			identityFiles: defaults, knownHosts: known, moreKnownHosts: more, timeout: defaultTimeout}},
		{"the known_hosts of FreeIPA", "ipa", config.Connection{}, target{host: "ipa", written: "ipa", user: "fallback", port: 22, agent: "/agent",
			identityFiles: defaults, knownHosts: known, moreKnownHosts: more, timeout: defaultTimeout}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := s.target(c.address, c.conn)
			if err != nil {
				t.Fatal(err)
			}
			got.jumpsFrom = ""
			if diff := cmp.Diff(&c.want, got, cmp.AllowUnexported(target{})); diff != "" {
				t.Error(diff)
			}
		})
	}
	for address, want := range map[string]string{"command": "ProxyCommand", "bad": "is not a port", "host:0": "is not a port", "host:ssh": "is not a port",
		"host:70000": "is not a port", "closed": "closed for repairs", "unset": "${NOT_SET_HERE} is not set"} {
		if got, err := s.target(address, config.Connection{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("target(%q) = %+v, %v; want %q", address, got, err, want)
		}
	}
}

func TestSettingsFile(t *testing.T) {
	home := t.TempDir()
	opts := Options{Home: home, SystemConfig: filepath.Join(home, "ssh_config")}
	if _, err := newSettings(config.Connection{}, opts).target("a", config.Connection{}); err != nil {
		t.Errorf("without a file: %v", err)
	}
	file := filepath.Join(home, "config")
	named := config.Connection{ConfigFile: file}
	if _, err := newSettings(named, opts).target("a", config.Connection{}); err == nil {
		t.Error("a named file that is missing must be an error")
	}
	for name, text := range map[string]string{opts.SystemConfig: "User theirs\n", file: "Port 2022\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := newSettings(named, opts).target("a", config.Connection{}); err != nil || got.user != "" || got.port != 2022 {
		t.Errorf("a named file goes alone: %+v, %v", got, err)
	}
	if got, err := newSettings(config.Connection{}, opts).target("a", config.Connection{}); err != nil || got.user != "theirs" {
		t.Errorf("the system's file: %+v, %v", got, err)
	}
	if s := newSettings(config.Connection{}, Options{Home: home}); s.files.System != "/etc/ssh/ssh_config" {
		t.Errorf("the system's file is %s", s.files.System)
	}
}
