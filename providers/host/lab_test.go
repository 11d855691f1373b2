//go:build linux

package host_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/lab"
)

func TestMain(m *testing.M) {
	if code, ended := lab.Enter(); ended {
		os.Exit(code)
	}
	os.Exit(m.Run())
}

// TestLabLogin reaches a host where every step asks for something: by way of another one, with a certificate whose key has a passphrase,
// to a sudo that wants a password and speaks German.
func TestLabLogin(t *testing.T) {
	l := lab.New(t, 2)
	l.Boot(t)
	home := l.Guard(t)
	far := l.Hosts[1]
	if err := far.Speak("de_DE.UTF-8"); err != nil {
		t.Fatal(err)
	}
	if c, err := net.DialTimeout("tcp", net.JoinHostPort(far.Address, "22"), 3*time.Second); err == nil {
		_ = c.Close() // It should not be.
		t.Fatal("there is a way that does not lead through the bastion")
	}
	asked := map[string]int{}
	answer := func(what, word string) []byte {
		asked[what]++
		return []byte(word)
	}
	none := filepath.Join(home, "no_system_config") // That of this machine is no part of it.
	typing := host.Options{Home: home, SystemConfig: none,
		Passphrase: func(_ context.Context, file string) ([]byte, error) {
			return answer(filepath.Base(file), lab.Passphrase), nil
		},
		BecomePassword: func(context.Context) ([]byte, error) { return answer("password", lab.SudoPassword), nil }}
	t.Run("somebody types", func(t *testing.T) {
		demandUsers(t, labLogin(t, far, config.Connection{Become: "sudo-password"}, typing))
		if asked["id_site"] != 1 || asked["password"] != 1 {
			t.Errorf("asked %v", asked)
		}
	})
	t.Run("an agent and a password file", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "password")
		if err := os.WriteFile(file, []byte(lab.SudoPassword+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		demandUsers(t, labLogin(t, far, config.Connection{Become: "sudo-password", BecomePasswordFile: file},
			host.Options{Home: home, SystemConfig: none, AgentSocket: l.Agent(t, home)}))
	})
	t.Run("a wrong password", func(t *testing.T) {
		wrong := typing
		wrong.BecomePassword = func(context.Context) ([]byte, error) { return []byte("wrong"), nil }
		demandRefusal(t, labLogin(t, far, config.Connection{Become: "sudo-password"}, wrong), "give the password of ops")
	})
	t.Run("nobody thought of a password", func(t *testing.T) {
		over := labLogin(t, far, config.Connection{Become: "sudo"}, typing)
		var said *host.ExitError
		if _, err := over.Run(t.Context(), host.Command{Args: []string{"sudo", "-n", "true"}}); !errors.As(err, &said) || !strings.Contains(string(said.Stderr), "Passwort") {
			t.Errorf("sudo does not speak German: %v", err)
		}
		demandRefusal(t, over, "sudo-password")
	})
	t.Run("a key without its certificate", func(t *testing.T) {
		c := config.Connection{Become: "none", IdentityFiles: []string{filepath.Join(l.Dir, "id_ed25519")}}
		_, err := host.ConnectSSH(t.Context(), far.Name, far.Name, labConnection(c), typing)
		var refused *host.LoginError
		if !errors.As(err, &refused) || !strings.Contains(err.Error(), "jump host") {
			t.Errorf("got %v", err)
		}
	})
}

// labConnection is a connection with what they have in common.
func labConnection(c config.Connection) config.Connection {
	c.Kind, c.Timeout = "ssh", time.Minute
	return c
}

func labLogin(t *testing.T, h *lab.Host, c config.Connection, o host.Options) host.Host {
	t.Helper()
	m := host.NewPool(config.Cluster{Schedulers: []config.Scheduler{{Name: h.Name, Address: h.Name}}, Connection: labConnection(c)}, o)
	t.Cleanup(func() { _ = m.Close() }) // The host may be off by then.
	over, err := m.Host(t.Context(), h.Name)
	if err != nil {
		t.Fatal(err)
	}
	return over
}

// demandUsers demands the rights of the operator, of root and of the scheduler's user.
func demandUsers(t *testing.T, h host.Host) {
	t.Helper()
	for want, c := range map[string]host.Command{"ops": {}, "root": {Root: true}, "aurora": {User: "aurora"}} {
		c.Args = []string{"sh", "-c", "id -un; cat"}
		c.Stdin = strings.NewReader("said to " + want)
		if res, err := h.Run(t.Context(), c); err != nil || string(res.Stdout) != want+"\nsaid to "+want {
			t.Errorf("as %s: %q, %v", want, res.Stdout, err)
		}
	}
}

// demandRefusal demands that sudo refuses, and that the remedy is the right one.
func demandRefusal(t *testing.T, h host.Host, remedy string) {
	t.Helper()
	_, err := h.Run(t.Context(), host.Command{Args: []string{"true"}, Root: true})
	var refused *host.PrivilegeError
	if !errors.As(err, &refused) || !strings.Contains(refused.Remedy, remedy) {
		t.Errorf("got %v", err)
	}
}
