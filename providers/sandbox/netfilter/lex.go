package netfilter

import (
	"fmt"
	"strings"
)

// token is a word of nft's language, with its place.
type token struct {
	text   string
	quoted bool
	line   int // from 0
	column int // from 0
}

// end is the token after the last.
const end = "end of file"

// source is a text in nft's language. Its name is empty for a command line.
type source struct {
	name  string
	lines []string
}

// fail makes an error in nft's form, with the line and marks under the word.
func (s *source) fail(t token, format string, args ...any) error {
	what := "Error: " + fmt.Sprintf(format, args...)
	width := max(1, len(t.text))
	if s.name != "" {
		what = fmt.Sprintf("%s:%d:%d-%d: %s", s.name, t.line+1, t.column+1, t.column+width, what)
	}
	line := ""
	if t.line < len(s.lines) {
		line = s.lines[t.line]
	}
	return fmt.Errorf("%s\n%s\n%s%s", what, line, strings.Repeat(" ", t.column), strings.Repeat("^", width))
}

// tokens takes a text apart. A line's end and a semicolon both come as ";".
func (s *source) tokens(text string) ([]token, error) {
	s.lines = strings.Split(text, "\n")
	var found []token
	for n, line := range s.lines {
		for i := 0; i < len(line); {
			at := token{line: n, column: i}
			switch c := line[i]; {
			case c == ' ' || c == '\t' || c == '\r':
				i++
				continue
			case c == '#':
				i = len(line)
				continue
			case c == '\\' && i == len(line)-1:
				i++
				continue
			case c == '"':
				length := strings.IndexByte(line[i+1:], '"')
				if length < 0 {
					at.text = line[i:]
					return nil, s.fail(at, "syntax error, unexpected junk")
				}
				at.text, at.quoted = line[i+1:i+1+length], true
				i += length + 2
			case strings.IndexByte("{},;", c) >= 0:
				at.text = line[i : i+1]
				i++
			case c == '!' || c == '=':
				length := 1 + strings.IndexFunc(line[i+1:]+" ", func(r rune) bool { return r != '=' })
				at.text = line[i : i+length]
				i += length
			default:
				length := strings.IndexAny(line[i:]+" ", " \t\r{},;\"#!=")
				at.text = line[i : i+length]
				i += length
			}
			found = append(found, at)
		}
		if !strings.HasSuffix(strings.TrimRight(line, " \t\r"), `\`) {
			found = append(found, token{text: ";", line: n, column: len(line)})
		}
	}
	return append(found, token{text: end, line: max(0, len(s.lines)-1)}), nil
}
