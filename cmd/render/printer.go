package render

import (
	"fmt"
	"io"
	"strings"
	"unicode"
)

// printer writes lines until one fails.
type printer struct {
	w   io.Writer
	err error
}

// line writes a line. Names in it can't begin another one.
func (p *printer) line(format string, args ...any) {
	for i, a := range args {
		if s, ok := a.(string); ok {
			args[i] = oneLine(s)
		}
	}
	p.text(fmt.Sprintf(format, args...) + "\n")
}

// text writes s without what a terminal would obey: names and messages come from hosts and files.
func (p *printer) text(s string) {
	if p.err == nil {
		_, p.err = io.WriteString(p.w, Printable(s))
	}
}

// Printable replaces every control character but line feed and tab, and what turns the direction of a text or hides in it, so that a
// text from a host or a file can neither drive the terminal that shows it nor pass for another.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if control(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' {
			return '�'
		}
		return r
	}, s)
}

// control says that a terminal would obey a character, those apart that begin lines and columns.
func control(r rune) bool { return r != '\n' && r != '\t' && unicode.IsControl(r) }

// oneLine is a text that can't begin a line of its own: a name in which somebody put a line feed would forge what is written below it.
func oneLine(s string) string { return strings.ReplaceAll(Printable(s), "\n", "�") }

// Terminal takes out of what is written to w what a terminal would obey; a JSON document, which holds no such thing, passes as it is.
// What is written in one call must hold whole characters.
func Terminal(w io.Writer) io.Writer { return terminal{w} }

type terminal struct{ w io.Writer }

// Write says that all was written, also where replaced characters make it longer.
func (t terminal) Write(b []byte) (int, error) {
	safe := strings.Map(func(r rune) rune {
		if control(r) {
			return '�'
		}
		return r
	}, string(b))
	if _, err := io.WriteString(t.w, safe); err != nil {
		return 0, err
	}
	return len(b), nil
}

// plural counts things.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
