package render

import (
	"fmt"
	"io"
	"strings"
)

// printer writes lines until one fails.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) { p.text(fmt.Sprintf(format, args...) + "\n") }

// text writes s without what a terminal would obey: names and messages come from hosts and files.
func (p *printer) text(s string) {
	if p.err == nil {
		_, p.err = io.WriteString(p.w, Printable(s))
	}
}

// Printable replaces every control character but line feed and tab, so that a text from a host or a file can't drive the
// terminal that shows it.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && (r < ' ' || r >= 0x7f && r < 0xa0) {
			return '�'
		}
		return r
	}, s)
}
