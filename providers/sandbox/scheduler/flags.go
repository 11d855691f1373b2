package scheduler

import (
	_ "embed"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// flagTable names every flag of Aurora 0.22.0 with its default, in the form in which a scheduler logs them at its start.
//
//go:embed flags.txt
var flagTable string

var (
	durationForm = regexp.MustCompile(`^\((\d+), (ns|us|ms|secs|mins|hrs|days)\)$`)
	amountForm   = regexp.MustCompile(`^\(\d+, [KMGT]?B\)$`)
	durationText = regexp.MustCompile(`^(\d+)(ns|us|ms|secs|mins|hrs|days)$`)
	amountText   = regexp.MustCompile(`^(\d+)([KMGT]?B)$`)
)

// required is what the table has in place of a default.
const required = "required"

// flags are those of one command line: each flag's value in the form of the table.
type flags struct {
	values map[string]string
	args   []string
}

// parseFlags reads a command line as strictly as a scheduler does: each flag is known, written -name=value, and given once. Its errors
// are in the words of the real parser (JCommander).
func parseFlags(args []string) (*flags, error) {
	f := &flags{values: map[string]string{}, args: args}
	for line := range strings.Lines(flagTable) {
		name, value, _ := strings.Cut(strings.TrimRight(line, "\n"), ":")
		f.values[name] = strings.TrimSpace(value)
	}
	defaults := maps.Clone(f.values)
	given := map[string]bool{}
	for _, a := range args {
		name, value, _ := strings.Cut(a, "=")
		name, dashed := strings.CutPrefix(name, "-")
		if _, known := defaults[name]; !dashed || !known {
			return nil, fmt.Errorf("Was passed main parameter '%s' but no main parameter was defined in your arg class", a)
		}
		if given[name] {
			return nil, fmt.Errorf("Can only specify option -%s once.", name)
		}
		given[name] = true
		if err := f.set(name, defaults[name], value); err != nil {
			return nil, err
		}
	}
	var missing []string
	for _, name := range slices.Sorted(maps.Keys(f.values)) {
		if f.values[name] == required {
			missing = append(missing, "-"+name)
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("The following options are required: %s", strings.Join(missing, ", "))
	}
	return f, nil
}

// set takes a value in the form of the flag's default.
func (f *flags) set(name, form, value string) error {
	switch {
	case durationForm.MatchString(form):
		m := durationText.FindStringSubmatch(value)
		if m == nil {
			return fmt.Errorf(`"-%s": couldn't convert "%s" to one of [ns, us, ms, secs, mins, hrs, days]`, name, value)
		}
		value = fmt.Sprintf("(%s, %s)", m[1], m[2])
	case amountForm.MatchString(form):
		m := amountText.FindStringSubmatch(value)
		if m == nil {
			return fmt.Errorf(`"-%s": couldn't convert "%s" to an amount of data`, name, value)
		}
		value = fmt.Sprintf("(%s, %s)", m[1], m[2])
	case strings.HasPrefix(form, "["):
		value = "[" + strings.ReplaceAll(value, ",", ", ") + "]"
	case form == "true" || form == "false":
		if value != "true" && value != "false" {
			return fmt.Errorf(`"-%s": couldn't convert "%s" to a boolean`, name, value)
		}
	default:
		if _, err := strconv.Atoi(form); err == nil {
			if _, err := strconv.Atoi(value); err != nil {
				return fmt.Errorf(`"-%s": couldn't convert "%s" to an integer`, name, value)
			}
		}
	}
	f.values[name] = value
	return nil
}

// text is a flag's value, empty for null.
func (f *flags) text(name string) string {
	if v := f.values[name]; v != "null" {
		return v
	}
	return ""
}

func (f *flags) number(name string) int {
	n, _ := strconv.Atoi(f.values[name]) // Checked when it was set.
	return n
}

// list gives the elements of a list.
func (f *flags) list(name string) []string {
	var out []string
	for v := range strings.SplitSeq(strings.Trim(f.values[name], "[]"), ",") {
		if v = strings.TrimSpace(v); v != "" {
			out = append(out, v)
		}
	}
	return out
}

func (f *flags) duration(name string) time.Duration {
	m := durationForm.FindStringSubmatch(f.values[name])
	units := map[string]time.Duration{"ns": 1, "us": time.Microsecond, "ms": time.Millisecond, "secs": time.Second, "mins": time.Minute,
		"hrs": time.Hour, "days": 24 * time.Hour}
	n, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil || n > int64(1<<63-1)/int64(units[m[2]]) {
		return 1<<63 - 1
	}
	return time.Duration(n) * units[m[2]]
}

// bytes is an amount of data, in bytes.
func (f *flags) bytes(name string) int {
	parts := strings.Split(strings.Trim(f.values[name], "()"), ", ")
	n, _ := strconv.Atoi(parts[0]) // Checked when it was set.
	for range strings.Index("BKMGT", parts[1][:1]) {
		n <<= 10
	}
	return n
}

// lines are what a scheduler logs of its flags.
func (f *flags) lines() []string {
	const dashes = "-----------------------------------------------------------------------"
	out := []string{dashes, "Parameters:"}
	for _, name := range slices.Sorted(maps.Keys(f.values)) {
		value := f.values[name]
		if name == "zk_endpoints" {
			value = "[" + unresolved(f.list(name)) + "]"
		}
		out = append(out, fmt.Sprintf("-%s: %s", name, value))
	}
	return append(out, dashes)
}

// unresolved writes addresses as Java does before it has looked them up.
func unresolved(endpoints []string) string {
	out := make([]string, 0, len(endpoints))
	for _, e := range endpoints {
		host, port, _ := strings.Cut(e, ":")
		out = append(out, host+"/<unresolved>:"+port)
	}
	return strings.Join(out, ", ")
}

// usage is what goes before the message about a bad command line.
func usage() string {
	var b strings.Builder
	b.WriteString("Usage: " + mainClass + " [options]\n  Options:\n")
	for line := range strings.Lines(flagTable) {
		name, value, _ := strings.Cut(strings.TrimRight(line, "\n"), ":")
		star := " "
		if strings.TrimSpace(value) == required {
			star = "*"
		}
		fmt.Fprintf(&b, "  %s -%s\n", star, name)
	}
	return b.String()
}
