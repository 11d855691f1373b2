package flags

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/restorectl/restorectl/providers/host"
)

// argFile is a file with one argument a line, as JCommander reads one that is given to a scheduler as @FILE: a line that is empty or
// begins with #, blanks before it aside, is none; any other is an argument as it stands, without quotes or variables.
type argFile struct{ name string }

func (a argFile) path(ctx context.Context, h host.Host) (string, error) {
	return host.Expand(ctx, h, a.name)
}

func (argFile) form(context.Context, host.Host, string) (form, error) { return lines{}, nil }

// lines is the form of an argument file.
type lines struct{}

// sheet is an argument file as it was read.
type sheet struct {
	text  []byte
	flags []flag
}

func (lines) read(text []byte) (page, error) {
	if text == nil {
		return nil, fmt.Errorf("there is no such file")
	}
	s := &sheet{text: text}
	for from := 0; from < len(text); {
		to := lineEnd(text, from)
		line := string(text[from:to])
		if m := flagWord.FindStringSubmatch(line); m != nil {
			at := spot{from, to}
			s.flags = append(s.flags, flag{
				name: m[1], value: line[len(m[0]):], element: &at,
				variable: fmt.Sprintf("line %d", bytes.Count(text[:from], []byte("\n"))+1),
			})
		}
		from = len(text)
		if i := bytes.IndexByte(text[to:], '\n'); i >= 0 {
			from = to + i + 1
		}
	}
	return s, once(s.flags)
}

// Arguments are the lines of an argument file that are arguments.
func Arguments(text []byte) []string {
	var found []string
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\r\n")
		if trimmed := strings.TrimSpace(line); trimmed != "" && trimmed[0] != '#' {
			found = append(found, line)
		}
	}
	return found
}

func (s *sheet) all() []flag { return s.flags }

func (s *sheet) content() []byte { return s.text }

func (s *sheet) change(name string, value *string) ([]byte, error) {
	f, there := find(s, name)
	switch {
	case !there && value == nil:
		return s.text, nil
	case value == nil:
		return dropLine(s.text, *f.element), nil
	case strings.ContainsAny(*value, "\r\n"):
		return nil, fmt.Errorf("the value of the flag -%s has several lines, which an argument file can't hold", name)
	}
	line := "-" + name + "=" + *value
	if there {
		return replace(s.text, *f.element, line), nil
	}
	out := bytes.Clone(s.text)
	if len(out) > 0 && !bytes.HasSuffix(out, []byte("\n")) {
		out = append(out, eol(s.text)...)
	}
	return append(out, line+eol(s.text)...), nil
}

func (s *sheet) bring(then page, name string) ([]byte, error) {
	if f, there := find(then, name); there {
		return s.change(name, &f.value)
	}
	return s.change(name, nil)
}
