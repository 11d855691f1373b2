// Package hosts owns one line of a scheduler host's hosts file: the one by which a Kerberos client on the host reaches the scheduler
// under its principal's name.
package hosts

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// errNamed says that the file names the host already, in a line that is not restorectl's.
var errNamed = errors.New("the hosts file names the host already")

// mark ends a line that a run added. Nobody else's line ends like it.
func mark(run string) string { return "# restorectl " + run }

// add gives the file with a line for the name at its end, marked as the run's. Everything else stays byte for byte; the new line ends
// as the others do. A file that has the run's line already is given back as it is. add refuses with errNamed where another line names
// the host, since the first one would win.
func add(file []byte, address, name, run string) ([]byte, error) {
	for n, line := range strings.Split(string(file), "\n") {
		if strings.HasSuffix(strings.TrimRight(line, "\r"), mark(run)) {
			return file, nil
		}
		if entry(line, name) != nil {
			return nil, fmt.Errorf("%w: line %d is %q", errNamed, n+1, strings.TrimSpace(line))
		}
	}
	end := "\n"
	if bytes.Contains(file, []byte("\r\n")) {
		end = "\r\n"
	}
	out := bytes.Clone(file)
	if len(out) > 0 && !bytes.HasSuffix(out, []byte("\n")) {
		// The last line has no end. The new one must not be put behind it, and taking it away again must bring that back.
		return append(out, end+address+" "+name+" "+mark(run)...), nil
	}
	return append(out, address+" "+name+" "+mark(run)+end...), nil
}

// remove gives the file without the run's line. Everything else, also what others added meanwhile, stays byte for byte.
func remove(file []byte, run string) []byte {
	lines := bytes.SplitAfter(file, []byte("\n"))
	for i, line := range lines {
		if !bytes.HasSuffix(bytes.TrimRight(line, "\r\n"), []byte(mark(run))) {
			continue
		}
		if !bytes.HasSuffix(line, []byte("\n")) && i > 0 {
			// add ended the line before it.
			lines[i-1] = bytes.TrimSuffix(bytes.TrimSuffix(lines[i-1], []byte("\n")), []byte("\r"))
		}
		return bytes.Join(append(lines[:i:i], lines[i+1:]...), nil)
	}
	return file
}

// naming gives the lines that name the host, without comments.
func naming(file []byte, name string) []string {
	var out []string
	for line := range strings.SplitSeq(string(file), "\n") {
		if fields := entry(line, name); fields != nil {
			out = append(out, strings.Join(fields, " "))
		}
	}
	return out
}

// entry gives the address and the names in a line that names the host, nil where it does not.
func entry(line, name string) []string {
	before, _, _ := strings.Cut(line, "#")
	fields := strings.Fields(before)
	// Resolvers compare names without regard to case.
	if len(fields) < 2 || !slices.ContainsFunc(fields[1:], func(n string) bool { return strings.EqualFold(n, name) }) {
		return nil
	}
	return fields
}
