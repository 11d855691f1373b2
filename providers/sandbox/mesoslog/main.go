// Package mesoslog is the sandbox's mesos-log, the tool of Apache Mesos that initialises and reads replicated logs. It has the real
// tool's exit codes, its texts as far as they were seen, and its vices: opening a log compacts and rewrites it, makes a new one where
// its file CURRENT is missing, and passes over what it can't read without a word.
//
// The commands replica and benchmark are only listed; they need ZooKeeper and a running log.
package mesoslog

import (
	"fmt"
	"io"
)

// The exit codes of the tool.
const (
	exitOK     = 0
	exitFailed = 1
)

// command is one of the tool's commands.
type command struct {
	name, does string
	flags      []flag
	run        func(t *tool, given map[string]string) error
}

// tool is one run of the program.
type tool struct {
	stdout, stderr io.Writer
	room           func() error
	quiet          bool
}

func commands() []command {
	path := flag{"path", "=VALUE", "Path to the log"}
	timeout := flag{"timeout", "=VALUE", "Maximum time allowed for the command to finish\n(e.g., 500ms, 1sec, etc.)"}
	return []command{
		{"benchmark", "This command is used to do performance test on the log.", nil, unsimulated},
		{"initialize", "This command is used to initialize the log.", []flag{path, timeout}, initialize},
		{"read", "This command is used to read the log.", []flag{
			{"from", "=VALUE", "Position from which to start reading the log"}, path, timeout,
			{"to", "=VALUE", "Position from which to stop reading the log"},
		}, read},
		{"replica", "This command is used to start a replica server.", nil, unsimulated},
	}
}

func unsimulated(*tool, map[string]string) error {
	return fmt.Errorf("the sandbox's mesos-log does not simulate this command")
}

// Main runs the tool with the arguments that follow its name, and returns its exit code. Room gives the error of whoever writes to the
// disk now; nil means that there is always room.
func Main(args []string, room func() error, stdout, stderr io.Writer) int {
	if room == nil {
		room = func() error { return nil }
	}
	t := &tool{stdout: stdout, stderr: stderr, room: room}
	if len(args) == 0 {
		t.say("%s", usage())
		return exitFailed
	}
	name, rest := args[0], args[1:]
	if name == "help" {
		if len(rest) == 0 {
			t.say("%s", usage())
			return exitOK
		}
		name, rest = rest[0], []string{"--help"}
	}
	for _, c := range commands() {
		if c.name != name {
			continue
		}
		if err := t.execute(c, rest); err != nil {
			t.say("%v", err)
			return exitFailed
		}
		return exitOK
	}
	t.say("Cannot find command '%s'\n\n%s", name, usage())
	return exitFailed
}

func (t *tool) execute(c command, args []string) error {
	given, err := parse(c, args)
	if err != nil {
		return fmt.Errorf("%w\n\n%s", err, c.usage())
	}
	if _, ok := given["help"]; ok {
		return fmt.Errorf("%s", c.usage())
	}
	_, t.quiet = given["quiet"]
	if _, ok := given["path"]; !ok && c.flags != nil {
		return fmt.Errorf("Missing required option --path\n\n%s", c.usage())
	}
	return c.run(t, given)
}

// say writes a line to standard error. A tool whose standard error is closed has nobody to tell.
func (t *tool) say(format string, args ...any) { _, _ = fmt.Fprintf(t.stderr, format+"\n", args...) }
