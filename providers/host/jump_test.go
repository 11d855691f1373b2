package host_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/host/hosttest"
)

// section is what an SSH configuration says of a server, everything that it needs.
func section(alias string, s *hosttest.Server, more string) string {
	_, port, _ := strings.Cut(s.Addr, ":")
	return "Host " + alias + "\n HostName 127.0.0.1\n User aurora\n Port " + port + "\n IdentityFile " + filepath.Join(s.Dir, "id") +
		"\n IdentitiesOnly yes\n UserKnownHostsFile " + filepath.Join(s.Dir, "known_hosts") + "\n GlobalKnownHostsFile none\n " + more + "\n"
}

// TestSSHProxyJump goes through a jump host that is itself reached through another. The user's file names the first, the system's the
// second, and each machine has a key of its own.
func TestSSHProxyJump(t *testing.T) {
	s, near, far := hosttest.Serve(t), hosttest.Serve(t), hosttest.Serve(t)
	opts := surroundings(s)
	mine := filepath.Join(s.Dir, ".ssh", "config")
	if err := os.Mkdir(filepath.Dir(mine), 0o700); err != nil {
		t.Fatal(err)
	}
	for file, text := range map[string]string{
		mine:              section("sched", s, "ProxyJump near"),
		opts.SystemConfig: section("near", near, "ProxyJump far") + section("far", far, "") + "Host *\n ProxyCommand false\n",
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := config.Connection{Kind: "ssh", Become: "none"}
	_, err := host.ConnectSSH(t.Context(), "scheduler-1", "sched", c, opts)
	if err == nil || !strings.Contains(err.Error(), "gives far a ProxyCommand") {
		t.Errorf("the first of the way has a command: %v", err)
	}
	text := section("far", far, "ProxyJump none") + section("near", near, "ProxyJump far")
	if err := os.WriteFile(opts.SystemConfig, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	h, err := host.ConnectSSH(t.Context(), "scheduler-1", "sched", c, opts)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Run(t.Context(), host.Command{Args: []string{"true"}}); err != nil {
		t.Error(err)
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	if s.Dials() != 1 || near.Dials() != 1 || far.Dials() != 1 {
		t.Errorf("connections: %d to the host, %d to its jump host, %d to the one before", s.Dials(), near.Dials(), far.Dials())
	}
	if err := os.Remove(filepath.Join(far.Dir, "known_hosts")); err != nil {
		t.Fatal(err)
	}
	_, err = host.ConnectSSH(t.Context(), "scheduler-1", "sched", c, opts)
	if err == nil || !strings.Contains(err.Error(), "the host key of the jump host 127.0.0.1 on the way to scheduler-1 (") || near.Dials() != 1 {
		t.Errorf("an unknown machine on the way: %v, %d connections to the one after it", err, near.Dials())
	}
}

// TestSSHRevokedHostKeys refuses a known host key that a file of RevokedHostKeys lists, and every one where that can't be read.
func TestSSHRevokedHostKeys(t *testing.T) {
	s := hosttest.Serve(t)
	revoked := filepath.Join(s.Dir, "revoked")
	cfg := filepath.Join(s.Dir, "config")
	if err := os.WriteFile(cfg, []byte("RevokedHostKeys "+revoked+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := connection(s)
	c.ConfigFile = cfg
	other, err := os.ReadFile(filepath.Join(s.Dir, "id.pub"))
	if err != nil {
		t.Fatal(err)
	}
	own, err := os.ReadFile(filepath.Join(s.Dir, "host_key.pub"))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, text, want string }{
		{"missing", "", "no host key counts"},
		{"another key", "# lost\n\n" + string(other), ""},
		{"the host's key", "# lost\n" + string(other) + string(own), "REVOKED in " + revoked + ":3"},
		{"a binary list", "SSHKRL\n\x00", "binary revocation list"},
		{"something else", "nothing\n", revoked + ":1 is not a public key"},
	} {
		if tt.text != "" {
			if err := os.WriteFile(revoked, []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		_, err := connect(t, s, c, host.Options{})
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: error %v, want %q", tt.name, err, tt.want)
		}
	}
}
