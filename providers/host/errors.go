package host

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// ErrUnreachable says that a machine could not be reached, or was lost before an answer was there. Whether a command that was
// sent ran is then not known.
var ErrUnreachable = errors.New("host unreachable")

// ofOperator takes fs.ErrNotExist out of an error about a file of the operator's own, by which those who ask for a host's file would take
// that for missing.
func ofOperator(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New(err.Error())
	}
	return err
}

// ExitError says that a command ran on a host and failed.
type ExitError struct {
	// Host is the scheduler's name.
	Host string
	// Args are the command's, without what it was wrapped in to become another user.
	Args []string
	// Code is the exit status, -1 where a signal ended the command.
	Code int
	// Signal is the name of the signal that ended the command, such as "KILL"; empty where none did.
	Signal string
	// Stderr is the end of what the command wrote to its standard error.
	Stderr []byte
}

// Error names the command, the host, the status, the last thing that the command said, and what to do where that is known.
func (e *ExitError) Error() string {
	how := fmt.Sprintf("exit status %d", e.Code)
	if e.Signal != "" {
		how = "ended by signal " + e.Signal
	}
	s := fmt.Sprintf("%s on %s: %s", shown(e.Args), e.Host, how)
	said := lastWords(e.Stderr)
	if said != "" {
		s += ": " + said
	}
	for _, d := range remedies {
		if strings.Contains(said, d.said) {
			return s + "; " + d.remedy
		}
	}
	return s
}

// remedies are what an operator does about what a program says, of a disk above all.
var remedies = []struct{ said, remedy string }{
	{"No space left on device", "make room on that filesystem (df tells how full it is) and give the same command again"},
	{"Disk quota exceeded", "raise the quota, or make room, and give the same command again"},
	{"Read-only file system", "look at the kernel's log why that filesystem is read-only, mount it for writing and give the same command again"},
	{"Operation not permitted", "look whether the file is immutable (lsattr), release it (chattr -i) and give the same command again"},
	{"command not found", "install it there, or put its folder into the secure_path of sudo there"},
	{"Input/output error", "the disk is failing: look at the kernel's log before anything else is written to it"},
}

// PrivilegeError says that the login user may not take the rights that a command needs.
type PrivilegeError struct {
	// Host is the scheduler's name, Login the user of the connection, Wanted the user whose rights were asked for.
	Host, Login, Wanted string
	// Seen is what the host said.
	Seen string
	// Remedy is what to do about it.
	Remedy string
}

// Error names the users, the host, what was seen and the remedy.
func (e *PrivilegeError) Error() string {
	return fmt.Sprintf("user %s can't run commands as %s on %s (%s); %s", e.Login, e.Wanted, e.Host, e.Seen, e.Remedy)
}

// lost is the error for a connection that ended before the answer.
func lost(host string, args []string, err error) error {
	return fmt.Errorf("%w: the connection to %s was lost before the answer of %s was there (%w); it may have run or not",
		ErrUnreachable, host, shown(args), err)
}

// cutOff is the error for a command that was given up.
func cutOff(host string, args []string, err error) error {
	return fmt.Errorf("gave up waiting for %s on %s, where it may still run: %w", shown(args), host, err)
}

// shown is a command as messages show it: readable, not for running.
func shown(args []string) string {
	if len(args) > 2 && args[0] == "env" && args[1] == localeC {
		args = args[2:]
	}
	const limit = 160
	s := strings.Join(args, " ")
	s = strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, s)
	if len(s) > limit {
		s = strings.ToValidUTF8(s[:limit], "") + "…"
	}
	return s
}

// lastWords is the end of a command's standard error, on one line.
func lastWords(stderr []byte) string {
	const limit = 400
	var lines []string
	for line := range strings.Lines(strings.ToValidUTF8(string(stderr), "?")) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	s := strings.Join(lines[max(0, len(lines)-3):], " | ")
	if len(s) > limit {
		s = "…" + strings.ToValidUTF8(s[len(s)-limit:], "")
	}
	return s
}
