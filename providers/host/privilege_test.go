package host_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/host/hosttest"
)

// sudoScript logs how it was called and then runs the command.
const sudoScript = `echo "$*" >>"$HOME/sudo.log"
while [ "$1" != -- ]; do shift; done
shift
exec "$@"`

func local(t *testing.T, become, sudo string) (*host.Local, *hosttest.Machine) {
	t.Helper()
	m := hosttest.Local(t)
	path := m.Bin + ":" + os.Getenv("PATH")
	if sudo == "" {
		// A PATH without sudo.
		for _, p := range []string{"env", "id", "true"} {
			m.Script(t, p, `exec /usr/bin/`+p+` "$@"`)
		}
		path = m.Bin
	} else {
		m.Script(t, "sudo", sudo)
	}
	m.Script(t, "id", "echo operator")
	return host.NewLocal("scheduler-1", become, []string{"PATH=" + path, "HOME=" + m.Dir}), m
}

func TestSudo(t *testing.T) {
	h, m := local(t, "sudo", sudoScript)
	for _, c := range []host.Command{
		{Args: []string{"printf", "%s", "-- a b"}, Root: true},
		{Args: []string{"printf", "%s", "-- a b"}, User: "aurora"},
		{Args: []string{"printf", "%s", "-- a b"}, Root: true, User: "aurora"},
		{Args: []string{"printf", "%s", "-- a b"}},
	} {
		if res, err := h.Run(t.Context(), c); err != nil || string(res.Stdout) != "-- a b" {
			t.Errorf("%+v: %q, %v", c, res.Stdout, err)
		}
	}
	log, err := os.ReadFile(m.Dir + "/sudo.log")
	want := "-n -- true\n-n -- printf %s -- a b\n-n -u aurora -- true\n-n -u aurora -- printf %s -- a b\n-n -u aurora -- printf %s -- a b\n"
	if err != nil || string(log) != want {
		t.Errorf("sudo was called\n%s, want\n%s (%v)", log, want, err)
	}
	_, err = h.Run(t.Context(), host.Command{Args: []string{"false"}, Root: true})
	var exit *host.ExitError
	if !errors.As(err, &exit) || exit.Code != 1 || err.Error() != "false on scheduler-1: exit status 1" {
		t.Errorf("a failed command under sudo: %v", err)
	}
}

func TestSudoRefused(t *testing.T) {
	for _, c := range []struct{ name, sudo, seen, remedy string }{
		{"password", `echo "sudo: a password is required" >&2; exit 1`, "sudo: a password is required", "NOPASSWD"},
		{"not in sudoers", `echo "operator is not in the sudoers file." >&2; exit 1`, "operator is not in the sudoers file", "NOPASSWD"},
		{"terminal wanted", `echo "sudo: sorry, you must have a tty to run sudo" >&2; exit 1`, "must have a tty", "Defaults:operator !requiretty"},
		{"silent", `exit 1`, "exit status 1", "NOPASSWD"},
		{"unknown user", `echo "sudo: unknown user aurora" >&2; exit 1`, "unknown user", "create the user"},
		{"not installed", "", "sudo", "install sudo"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, _ := local(t, "sudo", c.sudo)
			_, err := h.Run(t.Context(), host.Command{Args: []string{"true"}, Root: true})
			var refused *host.PrivilegeError
			if !errors.As(err, &refused) || refused.Login != "operator" || refused.Wanted != "root" || refused.Host != "scheduler-1" {
				t.Fatalf("got %v", err)
			}
			if !strings.Contains(refused.Seen, c.seen) || !strings.Contains(refused.Remedy, c.remedy) {
				t.Errorf("got %v", err)
			}
			if _, err := h.Run(t.Context(), host.Command{Args: []string{"true"}}); err != nil {
				t.Errorf("without root: %v", err)
			}
		})
	}
}

// TestSudoRefusesOneCommand has a sudo that lets some commands through and others not.
func TestSudoRefusesOneCommand(t *testing.T) {
	h, _ := local(t, "sudo", `[ "$3" = true ] && exit 0; echo "Sorry, user operator is not allowed to execute '$3' as root." >&2; exit 1`)
	_, err := h.Run(t.Context(), host.Command{Args: []string{"nft", "list"}, Root: true})
	var refused *host.PrivilegeError
	if !errors.As(err, &refused) {
		t.Errorf("got %v", err)
	}
}

func TestBecomeNone(t *testing.T) {
	h, m := local(t, "none", sudoScript)
	if _, err := h.Run(t.Context(), host.Command{Args: []string{"true"}, Root: true}); err != nil {
		t.Error(err)
	}
	if _, err := h.Run(t.Context(), host.Command{Args: []string{"true"}, User: "operator"}); err != nil {
		t.Error(err)
	}
	_, err := h.Run(t.Context(), host.Command{Args: []string{"true"}, User: "aurora"})
	var refused *host.PrivilegeError
	if !errors.As(err, &refused) || refused.Wanted != "aurora" {
		t.Errorf("another user: %v", err)
	}
	if _, err := os.Stat(m.Dir + "/sudo.log"); err == nil {
		t.Error("sudo was called")
	}
	root, m := local(t, "none", sudoScript)
	m.Script(t, "id", "echo root")
	m.Script(t, "runuser", `echo "$*"`)
	res, err := root.Run(t.Context(), host.Command{Args: []string{"true"}, User: "aurora"})
	if err != nil || string(res.Stdout) != "-u aurora -- true\n" {
		t.Errorf("from root: %q, %v", res.Stdout, err)
	}
}
