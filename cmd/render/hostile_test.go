package render

import (
	"bytes"
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	unsafe "github.com/yuin/goldmark/renderer/html"
	"golang.org/x/net/html"

	"github.com/restorectl/restorectl/planner"
)

// hostile are names that want to be more than names in a Markdown text or in a web page.
var hostile = []string{
	"](http://x) <script>|@all", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", `" onmouseover="alert(1)`, "--><b>", "]]>", "&lt;b&gt;", "&#64;all",
	"@all", "me@example.com", "http://example.com", "www.example.com", "javascript:alert(1)", "[a](b)", "![a](b)", "[a]: b", "<http://x>", "#12", "GH-12", "owner/name#1",
	"0123abcd", "deadbeef", ":smile:", "$x$", "*a*", "**a**", "_a_", "~~a~~", "[^1]", "[ ] a", "|", "a|b", `\|`, `a\`, `\\|`, "|||", "`", "``", "`a", "a``b", "` `", "`|`", "`a`b`",
	"# a", "- a", "+ a", "1. a", "1) a", "> a", "---", "===", "    a", "```", "~~~", "\n\n# a", "a\n| b | c |", "\ta", "a  b", "a\u202eb", "\x1b[2J", "\x00", "{{.Title}}", "%s",
}

// github reads Markdown as GitHub does, and keeps HTML that it finds, which GitHub would keep in part.
var github = goldmark.New(goldmark.WithExtensions(extension.GFM, extension.Footnote), goldmark.WithRendererOptions(unsafe.WithUnsafe()))

// rendered writes a plan as Markdown, and that as HTML.
func rendered(w io.Writer, p *planner.Plan, digest string) error {
	var out bytes.Buffer
	if err := Markdown(&out, p, digest); err != nil {
		return err
	}
	return github.Convert(out.Bytes(), w)
}

// shown is what a browser makes of a page: its elements with their attributes' names, all its text, and the text outside of code.
type shown struct {
	elements  []string
	all, text string
}

func browse(t *testing.T, page []byte) *shown {
	t.Helper()
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	s := &shown{}
	for n := range root.Descendants() {
		switch {
		case n.Type == html.TextNode:
			s.all += n.Data
			if n.Parent.Data != "code" {
				s.text += n.Data
			}
		case n.Type == html.CommentNode:
			s.elements = append(s.elements, "comment")
		case n.Type == html.ElementNode && n.Data != "code":
			e := n.Data
			for _, a := range n.Attr {
				if a.Key != "id" {
					e += " " + a.Key
				}
			}
			s.elements = append(s.elements, e)
		}
	}
	return s
}

// plain leaves out of a text what a format may leave out: blanks, backticks, and marks for what a terminal would obey.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '`' || r == '�' {
			return -1
		}
		return r
	}, Printable(s))
}

// risky is what GitHub makes links, mentions, references, emoji and formulas of, also in a text that was rendered already.
var risky = regexp.MustCompile(`[@<#$\\\[\]*_~` + "`" + `]|://|(?i)www\.|:\w+:|\bGH-\d|\b[0-9a-f]{7,40}\b`)

// TestHostileNames shows plans in which everything has a hostile name: what is shown has the elements of one with a harmless name, the name
// is in it, and Markdown has nothing outside of code that GitHub would look for.
func TestHostileNames(t *testing.T) {
	for format, write := range map[string]func(io.Writer, *planner.Plan, string) error{"markdown": rendered, "html": HTML} {
		page := func(name string) *shown {
			t.Helper()
			var out bytes.Buffer
			if err := write(&out, named(name), name); err != nil {
				t.Fatal(err)
			}
			return browse(t, out.Bytes())
		}
		want := page("name")
		if n := strings.Count(want.all, "name"); n < 40 {
			t.Errorf("%s: only %d names are shown: %s", format, n, want.all)
		}
		for _, h := range hostile {
			for _, name := range []string{h, h + " " + hostile[0]} {
				got := page(name)
				if diff := cmp.Diff(want.elements, got.elements); diff != "" {
					t.Errorf("%s: %q makes elements (-harmless +hostile):\n%s", format, name, diff)
				}
				if bad := risky.FindString(got.text); format == "markdown" && bad != "" {
					t.Errorf("%s: %q leaves %q outside of code: %s", format, name, bad, got.text)
				}
				if !strings.Contains(plain(got.all), plain(name)) {
					t.Errorf("%s: %q is not shown: %s", format, name, got.all)
				}
			}
		}
	}
}

// cell is a cell of a table, and marked what marks code in it.
var cell, marked = regexp.MustCompile(`(?s)<td>(.*?)</td>`), regexp.MustCompile(`</?code>`)

// TestCells compares what a reader of Markdown shows in a table's cells with the texts, to the last character.
func TestCells(t *testing.T) {
	for _, name := range hostile {
		for _, end := range []string{"", "|", "`", "``", `\`, " ", "a", "@all"} {
			s := end + name + end
			if strings.Contains(code(s)+prose(s), "|") {
				t.Errorf("%q has a bar that some readers end a cell at: %s, %s", s, code(s), prose(s))
			}
			var out bytes.Buffer
			if err := github.Convert([]byte("| a | b | c |\n| --- | --- | --- |\n| "+code(s)+" | "+prose(s)+" | end |\n"), &out); err != nil {
				t.Fatal(err)
			}
			var cells []string
			for _, found := range cell.FindAllStringSubmatch(out.String(), -1) {
				cells = append(cells, html.UnescapeString(marked.ReplaceAllString(found[1], "")))
			}
			if len(cells) != 3 || cells[0] != oneLine(s) || plain(cells[1]) != plain(s) || cells[2] != "end" {
				t.Errorf("%q is shown as %q", s, cells)
			}
		}
	}
}
