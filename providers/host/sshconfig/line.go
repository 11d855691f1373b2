package sshconfig

import (
	"errors"
	"fmt"
	"strings"
)

const blank = " \t\r\n\f"

// line is one line, taken apart.
type line struct {
	// keyword is in lower case, written as it stands there; empty where the line says nothing.
	keyword, written string
	// rest is what follows the keyword, words the same without quotes and comment.
	rest  string
	words []string
	where string
}

// parseLine takes a line apart.
func parseLine(text string) (line, error) {
	text = strings.Trim(text, blank)
	if text == "" || text[0] == '#' {
		return line{}, nil
	}
	l := line{keyword: text}
	if i := strings.IndexAny(text, blank+`="`); i >= 0 {
		l.keyword, l.rest = text[:i], strings.TrimLeft(text[i:], blank)
		// One = may stand between the two.
		if rest, found := strings.CutPrefix(l.rest, "="); found {
			l.rest = strings.TrimLeft(rest, blank)
		}
	}
	l.keyword, l.written = strings.ToLower(l.keyword), l.keyword
	if l.rest == "" {
		return l, fmt.Errorf("nothing follows the keyword %s", l.written)
	}
	var err error
	if l.words, err = split(l.rest); err != nil {
		return l, err
	}
	return l, nil
}

// split gives the words of a text up to a comment. Single and double quotes hold a word together, and a backslash takes the special
// meaning from a quote, a backslash or, outside quotes, a blank.
func split(text string) ([]string, error) {
	var words []string
	var word strings.Builder
	inside, quote := false, byte(0)
	for i := 0; i < len(text); i++ {
		c := text[i]
		next := byte(0)
		if i+1 < len(text) {
			next = text[i+1]
		}
		switch {
		case c == '\\' && (next == '\'' || next == '"' || next == '\\' || next == ' ' && quote == 0):
			i++
			inside = true
			word.WriteByte(next)
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word.WriteByte(c)
		case c == '"' || c == '\'':
			inside, quote = true, c
		case c == ' ' || c == '\t':
			if inside {
				words = append(words, word.String())
				word.Reset()
				inside = false
			}
		case c == '#' && !inside:
			return words, nil
		default:
			inside = true
			word.WriteByte(c)
		}
	}
	if quote != 0 {
		return nil, errors.New("a quote is not closed")
	}
	if inside {
		words = append(words, word.String())
	}
	return words, nil
}
