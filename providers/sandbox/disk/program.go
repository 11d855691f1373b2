package disk

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// program is what a stand-in has to know of a program.
type program struct {
	// changes gives the paths that a command line changes, of its operands.
	changes func(args, operands []string) []string
	// cannot is what the program says of a path that it may not change.
	cannot string
}

func programs() map[string]program {
	last := func(_, operands []string) []string { return operands[max(0, len(operands)-1):] }
	all := func(_, operands []string) []string { return operands }
	behindFirst := func(_, operands []string) []string { return operands[min(1, len(operands)):] }
	return map[string]program{
		"chmod":   {behindFirst, "changing permissions of '%s'"},
		"chown":   {behindFirst, "changing ownership of '%s'"},
		"cp":      {last, "cannot create regular file '%s'"},
		"dd":      {func(args, _ []string) []string { return outputOf(args) }, "failed to open '%s'"},
		"install": {last, "cannot create regular file '%s'"},
		"mkdir":   {all, "cannot create directory '%s'"},
		"mv":      {all, "cannot move to or from '%s'"},
		"rm":      {all, "cannot remove '%s'"},
		"touch":   {all, "cannot touch '%s'"},
	}
}

// Names are the programs that have stand-ins.
func Names() []string { return slices.Sorted(maps.Keys(programs())) }

// Main stands in for a program of coreutils on a host whose disk's state lies in the file. It returns its exit code, or becomes the
// real program.
func Main(name string, args []string, file string, stdin io.Reader, stderr io.Writer) int {
	s, err := Load(file)
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "%s: %v\n", name, err) // Nobody else to tell.
		return 1
	}
	c := command{name: name, args: args, operands: operands(name, args), stdin: stdin, stderr: stderr}
	switch failed := c.refused(&s); {
	case failed != "":
		return c.fail(failed)
	case s.Full:
		if failed := c.full(); failed != "" {
			return c.fail(failed)
		}
	case s.Corrupt && name == "dd":
		return c.corrupt(file)
	}
	return c.become()
}

// command is one run of a stand-in.
type command struct {
	name           string
	args, operands []string
	stdin          io.Reader
	stderr         io.Writer
}

func (c *command) fail(why string) int {
	_, _ = fmt.Fprintf(c.stderr, "%s: %s\n", c.name, why) // Nobody else to tell.
	return 1
}

// operands are the words that are neither options nor their values.
func operands(name string, args []string) []string {
	var found []string
	for i := 0; i < len(args); i++ {
		switch a := args[i]; {
		case a == "--":
			return append(found, args[i+1:]...)
		case a == "-m" && (name == "install" || name == "mkdir"):
			i++
		case strings.HasPrefix(a, "-") && a != "-":
		default:
			found = append(found, a)
		}
	}
	return found
}

// outputOf is the file that dd writes, if any.
func outputOf(args []string) []string {
	for _, a := range args {
		if of, ok := strings.CutPrefix(a, "of="); ok {
			return []string{of}
		}
	}
	return nil
}

// refused says why the program may not change what it is to change; empty where it may.
func (c *command) refused(s *State) string {
	p := programs()[c.name]
	for _, path := range p.changes(c.args, c.operands) {
		_, err := os.Lstat(path)
		switch there := err == nil; {
		case c.name == "rm" && !there, c.name == "mkdir" && there:
			continue // Nothing to do.
		case s.readOnly(path):
			return fmt.Sprintf(p.cannot, path) + ": Read-only file system"
		case slices.Contains(s.Immutable, path):
			return fmt.Sprintf(p.cannot, path) + ": Operation not permitted"
		}
	}
	return ""
}

// full does as much as a full disk lets the program do, and says what it could not; empty where it needs no room.
func (c *command) full() string {
	const noSpace = ": No space left on device"
	switch c.name {
	case "dd":
		for _, of := range outputOf(c.args) {
			if n, err := io.Copy(io.Discard, c.stdin); n > 0 || err != nil {
				return fmt.Sprintf("error writing '%s'", of) + noSpace
			}
		}
	case "mkdir":
		for _, folder := range c.operands {
			if _, err := os.Lstat(folder); err != nil {
				return fmt.Sprintf("cannot create directory '%s'", folder) + noSpace
			}
		}
	case "cp":
		if slices.Contains(c.args, "--attributes-only") || len(c.operands) < 2 {
			return ""
		}
		from, to := c.operands[0], c.operands[len(c.operands)-1]
		if info, err := os.Stat(from); err == nil && info.Size() > 0 {
			// The name is there, and nothing behind it.
			if f, err := os.OpenFile(filepath.Clean(to), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600); err == nil {
				_ = f.Close() // There is an error to tell already.
			}
			return fmt.Sprintf("error copying '%s' to '%s'", from, to) + noSpace
		}
	}
	return ""
}

// corrupt writes what dd gets with one byte of it changed, and makes the disk sound again.
func (c *command) corrupt(file string) int {
	text, err := io.ReadAll(c.stdin)
	if err != nil {
		return c.fail(fmt.Sprintf("error reading 'standard input': %v", err))
	}
	if len(text) > 0 {
		text[len(text)/2] ^= 0x20
	}
	program, err := c.find()
	if err != nil {
		return c.fail(err.Error())
	}
	if err := remove(file); err != nil {
		return c.fail(err.Error())
	}
	return feed(program, c.args, text, c.stderr)
}

// become becomes the program itself. It only returns where there is none, with the exit code.
func (c *command) become() int {
	path, err := c.find()
	if err == nil {
		err = syscall.Exec(path, append([]string{c.name}, c.args...), os.Environ())
	}
	return c.fail(err.Error())
}
