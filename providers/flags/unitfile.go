package flags

import (
	"bytes"
	"strings"
)

// unitFile is a unit of systemd, or a drop-in, as systemd.syntax(7) has it.
type unitFile struct {
	path string
	text []byte
	// entries are its assignments, in order.
	entries []entry
}

// entry is one assignment: where its value stands, which may be over several lines.
type entry struct {
	section, key string
	value        spot
}

// parseUnitFile finds the assignments of a file. What is no assignment is passed over, as systemd does with a warning.
func parseUnitFile(path string, text []byte) unitFile {
	u := unitFile{path: path, text: text}
	section := ""
	for at := 0; at < len(text); {
		end := logicalEnd(text, at)
		line := text[at:end]
		begin := at + len(line) - len(bytes.TrimLeft(line, " \t\r"))
		trimmed := strings.TrimSpace(string(line))
		switch name, _, ok := strings.Cut(trimmed, "="); {
		case trimmed == "" || trimmed[0] == '#' || trimmed[0] == ';':
		case trimmed[0] == '[' && strings.HasSuffix(trimmed, "]"):
			section = trimmed[1 : len(trimmed)-1]
		case ok:
			from := begin + bytes.IndexByte(text[begin:end], '=') + 1
			for from < end && isBlank(text[from]) {
				from++
			}
			to := end
			for to > from && isBlank(text[to-1]) {
				to--
			}
			u.entries = append(u.entries, entry{section, strings.TrimSpace(name), spot{from, to}})
		}
		at = nextLine(text, end)
	}
	return u
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// nextLine is where the line after the one that ends at an offset begins.
func nextLine(text []byte, end int) int {
	if i := bytes.IndexByte(text[end:], '\n'); i >= 0 {
		return end + i + 1
	}
	return len(text)
}

// isComment says whether the line that begins at an offset is a comment.
func isComment(text []byte, at int) bool {
	line := bytes.TrimLeft(text[at:lineEnd(text, at)], " \t")
	return len(line) > 0 && (line[0] == '#' || line[0] == ';')
}

// logicalEnd is where a line ends that begins at an offset: one that ends in a backslash goes on in the next one that is no comment.
func logicalEnd(text []byte, at int) int {
	if isComment(text, at) {
		return lineEnd(text, at)
	}
	end := lineEnd(text, at)
	for continues(text[lineStart(text, end):end]) {
		next := nextLine(text, end)
		for next < len(text) && isComment(text, next) {
			next = nextLine(text, lineEnd(text, next))
		}
		if next >= len(text) {
			return end
		}
		end = lineEnd(text, next)
	}
	return end
}

// continues says whether a line ends in a backslash that is not escaped itself.
func continues(line []byte) bool {
	n := 0
	for i := len(line) - 1; i >= 0 && line[i] == '\\'; i-- {
		n++
	}
	return n%2 == 1
}

// continuation gives where the text goes on after a backslash at an offset that ends its line; false where it does not.
func continuation(text []byte, at int) (int, bool) {
	if at >= len(text) || text[at] != '\\' || lineEnd(text, at) != at+1 {
		return at, false
	}
	next := nextLine(text, at+1)
	for next < len(text) && isComment(text, next) {
		next = nextLine(text, lineEnd(text, next))
	}
	return next, true
}
