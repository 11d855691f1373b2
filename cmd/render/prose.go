package render

import (
	"regexp"
	"strings"
)

var (
	// tokens are what stands in a pair of backticks, blanks, and what stands between blanks.
	tokens = regexp.MustCompile("`[^`]+`|\\s+|[^\\s`]+|`")
	// marks are the punctuation before and after a word.
	marks = regexp.MustCompile(`^([("']*)(.*?)([.,;:!?)"']*)$`)
	// word is what no reader of Markdown takes for anything else, and commit what GitHub may take for a commit all the same.
	word   = regexp.MustCompile(`^(\pL+(['-]\pL+)*|\d{1,6}|->|[=…]?)$`)
	commit = regexp.MustCompile(`^[0-9a-f]{7,40}$`)
)

// prose is a text in Markdown, for a line or for a cell of a table. Nobody knows what names there are in it: words and numbers stand as they
// are, and all else in code spans, of which GitHub makes no link, HTML, mention, reference, emoji or formula. Backslashes would not do:
// mentions and references are looked for in what was rendered. What stands in backticks is code already.
func prose(s string) string {
	var pieces []piece
	for _, token := range tokens.FindAllString(strings.TrimSpace(oneLine(s)), -1) {
		quoted := strings.Trim(token, "`")
		switch {
		case strings.TrimSpace(token) == "":
			pieces = add(pieces, piece{text: token})
		case len(token) > 2 && quoted != token:
			pieces = add(pieces, piece{quoted, true})
		default:
			m := marks.FindStringSubmatch(token)
			pieces = add(add(add(pieces, piece{text: m[1]}), piece{m[2], !isWord(m[2], m[3])}), piece{text: m[3]})
		}
	}
	var b strings.Builder
	for _, p := range pieces {
		if p.code {
			p.text = code(p.text)
		}
		b.WriteString(p.text)
	}
	return b.String()
}

// isWord says that a text is a word or a number, and that the punctuation after it does not make it the number of a list.
func isWord(s, after string) bool {
	number := s != "" && s[0] >= '0' && s[0] <= '9'
	return word.MatchString(s) && !commit.MatchString(s) && !(number && strings.ContainsAny(after, ".)"))
}

// piece is a part of a text.
type piece struct {
	text string
	code bool
}

// add adds a piece. Two code spans don't follow one another: the backticks between them would be taken for one row. Blanks between them
// are code as well, and so stay as many as they are.
func add(pieces []piece, p piece) []piece {
	n := len(pieces)
	switch {
	case p.text == "":
		return pieces
	case n > 0 && pieces[n-1].code == p.code:
		pieces[n-1].text += p.text
		return pieces
	case n > 1 && p.code && strings.TrimSpace(pieces[n-1].text) == "":
		pieces[n-2].text += pieces[n-1].text + p.text
		return pieces[:n-1]
	}
	return append(pieces, p)
}

// code is a text as a code span, with a dash for none. A bar would end the cell of a table in some readers however it is escaped, so that it
// stands between two spans, as an entity.
func code(s string) string {
	if s == "" {
		return "—"
	}
	parts := strings.Split(oneLine(s), "|")
	for i, p := range parts {
		if p != "" {
			parts[i] = span(p)
		}
	}
	return strings.Join(parts, "&#124;")
}

// span is a text without bars between rows of backticks that are longer than any in it.
func span(s string) string {
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if strings.Trim(s, "`") != s || strings.Trim(s, " ") != s && strings.Trim(s, " ") != "" {
		s = " " + s + " " // A reader takes one off at each end again, unless there is nothing else.
	}
	return fence + s + fence
}
