package flags

import "bytes"

// spot is a place in a text, in bytes: from the first to the one behind the last.
type spot struct{ from, to int }

// replace gives the text with other bytes at a spot.
func replace(text []byte, at spot, with string) []byte {
	out := bytes.Clone(text[:at.from])
	out = append(out, with...)
	return append(out, text[at.to:]...)
}

// lineStart is where the line of an offset begins, lineEnd where it ends, before its end of line.
func lineStart(text []byte, at int) int { return bytes.LastIndexByte(text[:at], '\n') + 1 }

func lineEnd(text []byte, at int) int {
	end := len(text)
	if i := bytes.IndexByte(text[at:], '\n'); i >= 0 {
		end = at + i
	}
	if end > at && text[end-1] == '\r' {
		end--
	}
	return end
}

// eol is how the text ends its lines.
func eol(text []byte) string {
	if bytes.Contains(text, []byte("\r\n")) {
		return "\r\n"
	}
	return "\n"
}

// indentation is the blank before a spot that stands first in its line; false where something else does.
func indentation(text []byte, at spot) (string, bool) {
	before := text[lineStart(text, at.from):at.from]
	return string(before), len(bytes.TrimSpace(before)) == 0
}

// dropLine takes a spot out: with its line where that holds nothing else, and otherwise with the blank before it.
func dropLine(text []byte, at spot) []byte {
	start, end := lineStart(text, at.from), lineEnd(text, at.to)
	if len(bytes.TrimSpace(text[start:at.from])) == 0 && len(bytes.TrimSpace(text[at.to:end])) == 0 {
		for end < len(text) && text[end] != '\n' {
			end++
		}
		return replace(text, spot{start, min(end+1, len(text))}, "")
	}
	for at.from > start && (text[at.from-1] == ' ' || text[at.from-1] == '\t') {
		at.from--
	}
	return replace(text, at, "")
}
