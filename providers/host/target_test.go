package host

import (
	"os"
	"path/filepath"
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
  HostKeyAlias sched
  ProxyJump ops@bastion:2200,second
  ConnectTimeout 7
Host command
  ProxyCommand nc %h %p
Host bastion
  HostName bastion.example.org
Host bad
  Port none
Host *
  User fallback
`

func TestTarget(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(file, []byte(sshConfig), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := openSettings(file, Options{Home: "/home/op", User: "op", AgentSocket: "/agent"})
	if err != nil {
		t.Fatal(err)
	}
	defaults := []string{"/home/op/.ssh/id_ed25519", "/home/op/.ssh/id_ecdsa", "/home/op/.ssh/id_rsa"}
	known := []string{"/home/op/.ssh/known_hosts", "/etc/ssh/ssh_known_hosts"}
	for _, c := range []struct {
		name, address string
		conn          config.Connection
		want          target
	}{
		{"all from the file", "sched-1", config.Connection{}, target{host: "10.0.0.sched-1", user: "aurora", port: 2222,
			identityFiles: []string{"/home/op/.ssh/aurora_key", "/keys/second"}, identitiesOnly: true, agent: "/agent", named: true,
			knownHosts: []string{"/home/op/.ssh/known_a", "/etc/known_b"}, hostKeyAlias: "sched",
			jumps: []string{"ops@bastion:2200", "second"}, timeout: 7 * time.Second}},
		{"overridden", "sched-1", config.Connection{User: "root", Port: 22, IdentityFiles: []string{"~/k"}, KnownHosts: []string{"/kh"}, Timeout: time.Second},
			target{host: "10.0.0.sched-1", user: "root", port: 22, identityFiles: []string{"/home/op/k"}, identitiesOnly: true, agent: "/agent",
				named: true, knownHosts: []string{"/kh"}, hostKeyAlias: "sched", jumps: []string{"ops@bastion:2200", "second"}, timeout: time.Second}},
		{"port of the address wins", "other:2022", config.Connection{Port: 23}, target{host: "other", user: "fallback", port: 2022, agent: "/agent",
			identityFiles: defaults, knownHosts: known, timeout: defaultTimeout}},
		{"an IPv6 address", "::1", config.Connection{User: "u"}, target{host: "::1", user: "u", port: 22, agent: "/agent",
			identityFiles: defaults, knownHosts: known, timeout: defaultTimeout}},
		{"an IPv6 address with a port", "[::1]:2022", config.Connection{User: "u"}, target{host: "::1", user: "u", port: 2022, agent: "/agent",
			identityFiles: defaults, knownHosts: known, timeout: defaultTimeout}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := s.target(c.address, c.conn)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&c.want, got, cmp.AllowUnexported(target{})); diff != "" {
				t.Error(diff)
			}
		})
	}
	for _, address := range []string{"command", "bad", "host:0", "host:ssh", "host:70000"} {
		if got, err := s.target(address, config.Connection{}); err == nil {
			t.Errorf("target(%q) = %+v; want an error", address, got)
		}
	}
	jump, err := s.jump("ops@bastion:2200", config.Connection{User: "root", Port: 1})
	if err != nil || jump.host != "bastion.example.org" || jump.user != "ops" || jump.port != 2200 {
		t.Errorf("jump: %+v, %v", jump, err)
	}
}

func TestSettingsFile(t *testing.T) {
	home := t.TempDir()
	if _, err := openSettings("", Options{Home: home}); err != nil {
		t.Errorf("without a file: %v", err)
	}
	if _, err := openSettings(filepath.Join(home, "none"), Options{Home: home}); err == nil {
		t.Error("a named file that is missing must be an error")
	}
	file := filepath.Join(home, "config")
	if err := os.WriteFile(file, []byte("Match exec \"true\"\n  User x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openSettings(file, Options{Home: home}); err == nil {
		t.Error("a file that can't be understood must be an error")
	}
}
