package hostsim

import (
	"errors"
	"io"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"github.com/restorectl/restorectl/providers/sandbox/netfilter"
)

func TestExec(t *testing.T) {
	t.Parallel()
	w := boot(t, nil)
	c := w.dial()
	for name, tc := range map[string]struct {
		line, stdin, stdout, stderr string
		code                        int
	}{
		"output":      {"echo out; echo err >&2", "", "out\n", "err\n", 0},
		"status":      {"exit 143", "", "", "", 143},
		"input":       {"cat", "some\x00bytes", "some\x00bytes", "", 0},
		"home":        {"pwd; echo ~", "", w.opts.Root + "\n" + w.opts.Root + "\n", "", 0},
		"environment": {"echo $SANDBOX_HOST $SANDBOX_ADDRESS", "", "scheduler-1 " + w.opts.Address + "\n", "", 0},
		"path":        {"command -v sudo", "", filepath.Join(w.opts.Root, "bin/sudo") + "\n", "", 0},
		"not found":   {"no-such-program 2>/dev/null", "", "", "", 127},
	} {
		t.Run(name, func(t *testing.T) {
			out, errs, err := w.exec(c, tc.line, tc.stdin)
			code := 0
			if exit := (*ssh.ExitError)(nil); errors.As(err, &exit) {
				code, err = exit.ExitStatus(), nil
			}
			if err != nil || out != tc.stdout || errs != tc.stderr || code != tc.code {
				t.Errorf("stdout %q, stderr %q, exit %d, %v", out, errs, code, err)
			}
		})
	}
}

func TestSessionsBesideEachOther(t *testing.T) {
	t.Parallel()
	w := boot(t, nil)
	c := w.dial()
	var wait sync.WaitGroup
	for i := range maxSessions {
		wait.Go(func() {
			// Each waits for all others.
			line := "touch here-" + strconv.Itoa(i) + "; until [ $(ls here-* | wc -l) = " + strconv.Itoa(maxSessions) + " ]; do sleep 0.01; done"
			if _, errs, err := w.exec(c, line, ""); err != nil {
				t.Errorf("session %d: %v %s", i, err, errs)
			}
		})
	}
	wait.Wait()
}

func TestShellWithoutTerminal(t *testing.T) {
	t.Parallel()
	w := boot(t, nil)
	s, err := w.dial().NewSession()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.RequestPty("xterm", 24, 80, nil); err == nil {
		t.Error("there is a terminal")
	}
	s.Stdin = strings.NewReader("exit 7\n")
	if err := s.Shell(); err != nil {
		t.Fatal(err)
	}
	exit := (*ssh.ExitError)(nil)
	if err := s.Wait(); !errors.As(err, &exit) || exit.ExitStatus() != 7 {
		t.Errorf("%v, want exit status 7", err)
	}
}

func TestSignal(t *testing.T) {
	t.Parallel()
	w := boot(t, nil)
	s, err := w.dial().NewSession()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start("touch up; exec sleep 1000"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the command runs", func() bool { m, _ := filepath.Glob(filepath.Join(w.opts.Root, "up")); return len(m) == 1 })
	if err := s.Signal(ssh.SIGTERM); err != nil {
		t.Fatal(err)
	}
	exit := (*ssh.ExitError)(nil)
	if err := s.Wait(); !errors.As(err, &exit) || exit.Signal() != "TERM" {
		t.Errorf("%v, want the signal TERM", err)
	}
}

func TestCommandsOutliveTheirConnection(t *testing.T) {
	t.Parallel()
	w := boot(t, nil)
	s, err := w.dial().NewSession()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start("echo begun > file; until [ -e go ]; do sleep 0.01; done; echo done >> file"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the command runs", func() bool { return w.read("file") == "begun\n" })
	w.CutConnections()
	if err := s.Wait(); err == nil {
		t.Error("the connection still stands")
	}
	w.file("go", "")
	eventually(t, "the command went on", func() bool { return w.read("file") == "begun\ndone\n" })
	if out, _, err := w.exec(w.dial(), "echo again", ""); err != nil || out != "again\n" {
		t.Errorf("after the cut: %q, %v", out, err)
	}
}

func TestLogin(t *testing.T) {
	t.Parallel()
	w := boot(t, nil)
	if _, err := w.dialAs(CurrentUser(), key(t)); err == nil || !strings.Contains(err.Error(), "unable to authenticate") {
		t.Errorf("with another key: %v", err)
	}
	if _, err := w.dialAs("somebody-else", w.key); err == nil || !strings.Contains(err.Error(), "unable to authenticate") {
		t.Errorf("as another user: %v", err)
	}
}

// TestThePacketFilterIsBeforeSSH blocks every port, as a tool might that means another one: nobody gets in, until the rules are gone.
func TestThePacketFilterIsBeforeSSH(t *testing.T) {
	t.Parallel()
	w := boot(t, nil)
	c := w.dial()
	nft := func(words ...string) {
		var said strings.Builder
		if netfilter.Main(words, NetfilterFile(w.opts.Root), nil, io.Discard, &said) != 0 {
			t.Fatal(said.String())
		}
	}
	nft("add table inet t { chain c { type filter hook input priority 0; policy accept; reject with tcp reset; }; }")
	if _, err := w.dialAs(CurrentUser(), w.key); err == nil {
		t.Error("a new connection passed")
	}
	if _, err := c.NewSession(); err == nil {
		t.Error("a connection from before the rules passed")
	}
	nft("flush ruleset")
	if out, _, err := w.exec(w.dial(), "echo again", ""); err != nil || out != "again\n" {
		t.Errorf("without rules again: %q, %v", out, err)
	}
}

func TestKeepalive(t *testing.T) {
	t.Parallel()
	w := boot(t, nil)
	if ok, _, err := w.dial().SendRequest("keepalive@openssh.com", true, nil); ok || err != nil {
		t.Errorf("answer %t, %v; sshd refuses", ok, err)
	}
}

func TestForward(t *testing.T) {
	t.Parallel()
	w := boot(t, nil)
	own, peer := echo(t, w.opts.Address), echo(t, "127.0.0.7")
	c := w.dial()
	for _, to := range []struct {
		host string
		port int
	}{{"localhost", own}, {"127.0.0.1", own}, {"::1", own}, {"scheduler-1", own}, {w.opts.Address, own}, {"peer", peer}, {"127.0.0.7", peer}} {
		conn, err := c.Dial("tcp", net.JoinHostPort(to.host, strconv.Itoa(to.port)))
		if err != nil {
			t.Errorf("to %s: %v", to.host, err)
			continue
		}
		from, err := io.ReadAll(conn)
		if err != nil || string(from) != w.opts.Address {
			t.Errorf("to %s: it comes from %s, %v; want %s", to.host, from, err, w.opts.Address)
		}
		_ = conn.Close() // It is at its end.
	}
	for address, want := range map[string]string{
		net.JoinHostPort("localhost", "1"): "Connection refused", net.JoinHostPort("nobody", "1"): "Name or service not known",
	} {
		refused := (*ssh.OpenChannelError)(nil)
		if _, err := c.Dial("tcp", address); !errors.As(err, &refused) || refused.Message != want {
			t.Errorf("to %s: %v, want %s", address, err, want)
		}
	}
}

func TestSFTP(t *testing.T) {
	t.Parallel()
	w := boot(t, nil)
	c, err := sftp.NewClient(w.dial())
	if err != nil {
		t.Fatal(err)
	}
	f, err := c.Create("copied")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(f, "text"); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if got := w.read("copied"); got != "text" {
		t.Errorf("copied %q", got)
	}
	if info, err := c.Stat(filepath.Join(w.opts.Root, "copied")); err != nil || info.Size() != 4 {
		t.Errorf("by its whole name: %v, %v", info, err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

func TestSudo(t *testing.T) {
	t.Parallel()
	w := boot(t, nil)
	c := w.dial()
	me := CurrentUser()
	for line, want := range map[string]string{
		"sudo -n true":        "",
		"sudo -n -- echo a b": "a b\n",
		"sudo -n -u " + me + " -H -- sh -c 'echo x'": "x\n",
		"sudo -n A=1 sh -c 'echo $A'":                "1\n",
		"sudo -n -- env B=2 sh -c 'echo $B'":         "2\n",
		"echo in | sudo cat":                         "in\n",
	} {
		if out, errs, err := w.exec(c, line, ""); err != nil || out != want {
			t.Errorf("%s: %q, %q, %v", line, out, errs, err)
		}
	}
	for line, want := range map[string]string{
		"sudo -n -u nobody-here true": "sudo: unknown user nobody-here\nsudo: error initializing audit plugin sudoers_audit\n",
		"sudo -n no-such-program":     "sudo: no-such-program: command not found\n",
	} {
		exit := (*ssh.ExitError)(nil)
		if _, errs, err := w.exec(c, line, ""); !errors.As(err, &exit) || exit.ExitStatus() != 1 || errs != want {
			t.Errorf("%s: %q, %v", line, errs, err)
		}
	}
	other := boot(t, nil, "SANDBOX_NO_SUDO=1")
	exit := (*ssh.ExitError)(nil)
	if _, errs, err := other.exec(other.dial(), "sudo -n true", ""); !errors.As(err, &exit) || exit.ExitStatus() != 1 || errs != "sudo: a password is required\n" {
		t.Errorf("without rights: %q, %v", errs, err)
	}
}
