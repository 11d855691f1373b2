package host_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/host/hosttest"
)

// askingSudo asks for a password on its input, as sudo -S does: a byte at a time, three times at most.
const askingSudo = `echo "$*" >>"$HOME/sudo.log"
tries=0
while :; do
  IFS= read -r word || { echo "sudo: no password was provided" >&2; exit 1; }
  [ "$word" = "s3 cret'" ] && break
  tries=$((tries + 1))
  [ $tries = 3 ] && { echo "sudo: 3 incorrect password attempts" >&2; exit 1; }
done
while [ "$1" != -- ]; do shift; done
shift
exec "$@"`

// passwordPool is a pool of this machine, with a sudo of its own on the PATH.
func passwordPool(t *testing.T, sudo, file string, ask func(context.Context) ([]byte, error)) (host.Host, *hosttest.Machine) {
	t.Helper()
	m := hosttest.Local(t)
	m.Script(t, "sudo", sudo)
	m.Script(t, "id", "echo operator")
	t.Setenv("PATH", m.Bin+":"+os.Getenv("PATH"))
	t.Setenv("HOME", m.Dir)
	pool := host.NewPool(config.Cluster{
		Schedulers: []config.Scheduler{{Name: "scheduler-1"}},
		Connection: config.Connection{Kind: "local", Become: "sudo-password", BecomePasswordFile: file},
	}, host.Options{BecomePassword: ask})
	h, err := pool.Host(t.Context(), "scheduler-1")
	if err != nil {
		t.Fatal(err)
	}
	return h, m
}

func TestSudoIsToldAPassword(t *testing.T) {
	for name, sudo := range map[string]string{"asks": askingSudo, "does not ask, by a rule": sudoScript} {
		t.Run(name, func(t *testing.T) {
			asked := 0
			h, m := passwordPool(t, sudo, "", func(context.Context) ([]byte, error) {
				asked++
				return []byte("s3 cret'"), nil
			})
			for _, stdin := range []string{"", "one\ntwo\n", "no line feed", "restorectl\n"} {
				res, err := h.Run(t.Context(), host.Command{Args: []string{"cat"}, User: "aurora", Stdin: strings.NewReader(stdin)})
				if err != nil || string(res.Stdout) != stdin {
					t.Errorf("%q became %q, error %v", stdin, res.Stdout, err)
				}
			}
			if _, err := h.Run(t.Context(), host.Command{Args: []string{"true"}, Root: true}); err != nil {
				t.Error(err)
			}
			if asked != 1 {
				t.Errorf("it was asked for %d times", asked)
			}
			if log, err := os.ReadFile(filepath.Join(m.Dir, "sudo.log")); err != nil || strings.Contains(string(log), "cret") || !strings.Contains(string(log), "-k -S") {
				t.Errorf("sudo was called\n%s, error %v", log, err)
			}
		})
	}
}

func TestWrongPasswordIsAskedForAgain(t *testing.T) {
	words := []string{"wrong", "s3 cret'"}
	h, _ := passwordPool(t, askingSudo, "", func(context.Context) ([]byte, error) {
		word := words[0]
		words = words[1:]
		return []byte(word), nil
	})
	var refused *host.PrivilegeError
	if _, err := h.Run(t.Context(), host.Command{Args: []string{"true"}, Root: true}); !errors.As(err, &refused) || !strings.Contains(refused.Remedy, "give the password of operator") {
		t.Errorf("error %v", err)
	}
	if _, err := h.Run(t.Context(), host.Command{Args: []string{"true"}, Root: true}); err != nil {
		t.Errorf("with the right one: %v", err)
	}
}

func TestPasswordFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("s3 cret'\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	h, _ := passwordPool(t, askingSudo, file, nil)
	if _, err := h.Run(t.Context(), host.Command{Args: []string{"true"}, Root: true}); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(file, []byte("two\nlines\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, wants := range map[string]string{file: "one line of text", file + "-none": "become_password_file", "": "nobody to ask"} {
		h, _ := passwordPool(t, askingSudo, name, nil)
		if _, err := h.Run(t.Context(), host.Command{Args: []string{"true"}, Root: true}); err == nil || !strings.Contains(err.Error(), wants) || strings.Contains(err.Error(), "lines") {
			t.Errorf("%q: error %v", name, err)
		}
	}
}
