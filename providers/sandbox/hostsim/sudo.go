package hostsim

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"slices"
	"strings"
	"syscall"
)

// Sudo runs sudo with the arguments that follow its name. The host has one user, so it becomes the program with the rights that
// it had; it only returns where it can't, with the exit code. Files in the host's etc/sudoers.d say what is let through. Refused
// makes it ask for a password that nobody can type.
func Sudo(args, environ []string, refused bool, stderr io.Writer) int {
	fail := func(format string, args ...any) int {
		_, _ = fmt.Fprintf(stderr, "sudo: "+format+"\n", args...) // Nobody else to tell.
		return 1
	}
	login, err := user.Current()
	if err != nil {
		return fail("you do not exist in the passwd database")
	}
	environ = append(slices.Clone(environ), "SUDO_USER="+login.Username)
	who, rest := "root", []string(nil)
loop:
	for i := 0; i < len(args); i++ {
		switch a := args[i]; {
		case a == "--":
			rest = args[i+1:]
			break loop
		case a == "-u" || a == "--user":
			if i++; i == len(args) {
				return fail("option requires an argument -- 'u'")
			}
			who = args[i]
		case strings.HasPrefix(a, "--user="):
			who = strings.TrimPrefix(a, "--user=")
		case slices.Contains([]string{"-n", "-H", "-E", "-S", "-k", "--non-interactive", "--set-home", "--preserve-env"}, a):
		case a == "-v" || a == "--validate":
			rest = []string{"true"}
		case strings.HasPrefix(a, "-"):
			return fail("invalid option -- '%s'", strings.TrimLeft(a, "-"))
		case strings.Contains(a, "="):
			environ = append(environ, a)
		default:
			rest = args[i:]
			break loop
		}
	}
	for len(rest) > 0 && strings.Contains(rest[0], "=") && !strings.HasPrefix(rest[0], "=") {
		environ, rest = append(environ, rest[0]), rest[1:]
	}
	switch {
	case who != "root" && who != login.Username && who != "#"+login.Uid:
		fail("unknown user %s", who)
		return fail("error initializing audit plugin sudoers_audit")
	case refused:
		return fail("a password is required")
	case len(rest) == 0:
		_, _ = fmt.Fprintln(stderr, "usage: sudo [-nH] [-u user] [VAR=value] command [arg ...]")
		return 1
	}
	switch ok, err := granted(environ, who, rest); {
	case err != nil:
		return fail("%v", err)
	case !ok:
		noteRefusal(environ, login.Username, who, rest)
		return fail("a password is required")
	}
	program, err := exec.LookPath(rest[0])
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
		return fail("%s: command not found", rest[0])
	}
	if err == nil {
		err = syscall.Exec(program, rest, environ) //nolint:gosec // That is what sudo does.
	}
	return fail("unable to execute %s: %v", rest[0], err)
}

// CurrentUser is the name of the only user that the sandbox's hosts have.
func CurrentUser() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return os.Getenv("USER")
}
