package flags

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// execWord is a word of a command line in a unit.
type execWord struct {
	// at is its place in the text.
	at spot
	// text is the word without quotes and escapes; specifiers and variables are still in it.
	text string
}

// execWords splits the value of ExecStart= into its words, as systemd does: quotes group and may begin anywhere, escapes are those of C,
// and a backslash at the end of a line is a blank.
func execWords(text []byte, value spot) ([]execWord, error) {
	var words []execWord
	for at := value.from; ; {
		at = skipBlanks(text, at, value.to)
		if at >= value.to {
			return words, nil
		}
		w, next, err := execWordAt(text, at, value.to)
		if err != nil {
			return nil, err
		}
		words = append(words, w)
		at = next
	}
}

// skipBlanks passes over blanks and continuations.
func skipBlanks(text []byte, at, to int) int {
	for at < to {
		if next, ok := continuation(text[:to], at); ok {
			at = next
			continue
		}
		if !isBlank(text[at]) {
			return at
		}
		at++
	}
	return at
}

func execWordAt(text []byte, from, to int) (execWord, int, error) {
	var b strings.Builder
	quote := byte(0)
	at := from
	for at < to {
		c := text[at]
		if next, ok := continuation(text[:to], at); ok {
			if quote == 0 {
				break
			}
			b.WriteByte(' ')
			at = next
			continue
		}
		switch {
		case c == '\\' && at+1 < to:
			n, s := unescape(string(text[at+1 : to]))
			b.WriteString(s)
			at += 1 + n
			continue
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			b.WriteByte(c)
		case c == '"' || c == '\'':
			quote = c
		case isBlank(c):
			return execWord{spot{from, at}, b.String()}, at, nil
		default:
			b.WriteByte(c)
		}
		at++
	}
	if quote != 0 {
		return execWord{}, to, fmt.Errorf("a quote in ExecStart= is not closed")
	}
	return execWord{spot{from, at}, b.String()}, at, nil
}

// unescape reads what stands behind a backslash: how many bytes it is, and what they mean. What is no escape stays with its backslash.
func unescape(s string) (int, string) {
	if plain, ok := map[byte]string{
		'a': "\a", 'b': "\b", 'f': "\f", 'n': "\n", 'r': "\r", 't': "\t", 'v': "\v", 's': " ", '\\': "\\", '"': "\"", '\'': "'",
	}[s[0]]; ok {
		return 1, plain
	}
	for _, form := range []struct {
		prefix     string
		size, base int
	}{{"x", 2, 16}, {"u", 4, 16}, {"U", 8, 16}, {"", 3, 8}} {
		if !strings.HasPrefix(s, form.prefix) || len(s) < len(form.prefix)+form.size {
			continue
		}
		n := len(form.prefix) + form.size
		v, err := strconv.ParseUint(s[len(form.prefix):n], form.base, 32)
		switch {
		case err != nil || v == 0 || v > utf8.MaxRune:
		case form.size > 3:
			return n, string(rune(v))
		case v < 256:
			return n, string([]byte{byte(v)})
		}
	}
	return 0, `\`
}

// execQuote writes a word so that systemd reads it as it is: specifiers, variables and escapes are taken for themselves.
func execQuote(word string) string {
	plain := strings.NewReplacer("%", "%%", "$", "$$", `\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`).Replace(word)
	if strings.ContainsAny(word, " \t\n\r\"'\\;") || word == "" {
		return `"` + plain + `"`
	}
	return plain
}
