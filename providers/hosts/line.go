// Package hosts owns one line of a scheduler host's hosts file: the one by which a Kerberos client on the host reaches the scheduler
// under its principal's name.
package hosts

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// ErrNamed says that the file names the host already, in a line that is not restorectl's.
var ErrNamed = errors.New("the hosts file names the host already")

// mark ends a line that a run added. Nobody else's line ends like it.
func mark(run string) string { return "# restorectl " + run }

// Add gives the file with a line for the name at its end, marked as the run's. Everything else stays byte for byte; the new line ends
// as the others do. A file that has the run's line already is given back as it is. Add refuses with ErrNamed where another line names
// the host, since the first one would win.
func Add(file []byte, address, name, run string) ([]byte, error) {
	for n, line := range strings.Split(string(file), "\n") {
		if strings.HasSuffix(strings.TrimRight(line, "\r"), mark(run)) {
			return file, nil
		}
		before, _, _ := strings.Cut(line, "#")
		if fields := strings.Fields(before); len(fields) > 1 && contains(fields[1:], name) {
			return nil, fmt.Errorf("%w: line %d is %q", ErrNamed, n+1, strings.TrimSpace(line))
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

// Remove gives the file without the run's line. Everything else, also what others added meanwhile, stays byte for byte.
func Remove(file []byte, run string) []byte {
	lines := bytes.SplitAfter(file, []byte("\n"))
	for i, line := range lines {
		if !bytes.HasSuffix(bytes.TrimRight(line, "\r\n"), []byte(mark(run))) {
			continue
		}
		if !bytes.HasSuffix(line, []byte("\n")) && i > 0 {
			// Add ended the line before it.
			lines[i-1] = bytes.TrimSuffix(bytes.TrimSuffix(lines[i-1], []byte("\n")), []byte("\r"))
		}
		return bytes.Join(append(lines[:i:i], lines[i+1:]...), nil)
	}
	return file
}

// Lines gives the lines that name the host, without comments.
func Lines(file []byte, name string) []string {
	var out []string
	for line := range strings.SplitSeq(string(file), "\n") {
		before, _, _ := strings.Cut(line, "#")
		if fields := strings.Fields(before); len(fields) > 1 && contains(fields[1:], name) {
			out = append(out, strings.Join(fields, " "))
		}
	}
	return out
}

// contains compares names as resolvers do: without regard to case.
func contains(names []string, name string) bool {
	for _, n := range names {
		if strings.EqualFold(n, name) {
			return true
		}
	}
	return false
}
