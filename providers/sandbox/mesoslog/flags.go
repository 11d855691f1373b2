package mesoslog

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// flag is a flag of a command, as its usage shows it.
type flag struct{ name, value, help string }

// common are flags of every command.
func common() []flag {
	return []flag{
		{"help", "", "Prints this help message"},
		{"logging_level", "=VALUE", "Log message at or above this level."},
		{"quiet", "", "Disable logging to stderr"},
	}
}

func usage() string {
	var s strings.Builder
	s.WriteString("Usage: mesos-log <command> [OPTIONS]\n\nAvailable commands:\n    help\n")
	for _, c := range commands() {
		s.WriteString("    " + c.name + "\n")
	}
	return s.String()
}

func (c command) usage() string {
	var s strings.Builder
	s.WriteString("Usage: " + c.name + " [options]\n\n" + c.does + "\n\n")
	all := append(common(), c.flags...)
	slices.SortFunc(all, func(a, b flag) int { return strings.Compare(a.name, b.name) })
	for _, f := range all {
		option := "  --" + f.name + f.value
		if f.value == "" {
			option = "  --[no-]" + f.name
		}
		for i, line := range strings.Split(f.help, "\n") {
			if i > 0 {
				option = ""
			}
			_, _ = fmt.Fprintf(&s, "%-30s%s\n", option, line) // It can't fail.
		}
	}
	return s.String()
}

var duration = regexp.MustCompile(`^\d+(\.\d+)?(ns|us|ms|secs|mins|hrs|days|weeks)$`)

// parse reads --name=value and --name. Other words are passed over, as the real tool does.
func parse(c command, args []string) (map[string]string, error) {
	given := map[string]string{}
	known := append(common(), c.flags...)
	for _, a := range args {
		word, ok := strings.CutPrefix(a, "--")
		if !ok {
			continue
		}
		name, value, written := strings.Cut(word, "=")
		i := slices.IndexFunc(known, func(f flag) bool { return f.name == name })
		switch _, twice := given[name]; {
		case i < 0:
			return nil, fmt.Errorf("Failed to load unknown flag '%s'", name)
		case twice:
			return nil, fmt.Errorf("Duplicate flag '%s' on command line", name)
		case known[i].value != "" && !written:
			return nil, fmt.Errorf("Failed to load non-boolean flag '%s': Missing value", name)
		case name == "timeout" && !duration.MatchString(value):
			return nil, fmt.Errorf("Failed to load flag 'timeout': Failed to load value '%s': Invalid duration '%s'", value, value)
		case name == "from" || name == "to":
			if _, err := strconv.ParseUint(value, 10, 64); err != nil {
				return nil, fmt.Errorf("Failed to load flag '%s': Failed to load value '%s': Failed to convert '%s' to number", name, value, value)
			}
		}
		if value != "false" {
			given[name] = value
		}
	}
	return given, nil
}

// log writes a line in glog's format to standard error, unless the tool was told to be quiet.
func (t *tool) log(source, format string, args ...any) {
	if !t.quiet {
		t.say("I%s %5d %s] %s", time.Now().Format("0102 15:04:05.000000"), os.Getpid(), source, fmt.Sprintf(format, args...))
	}
}
