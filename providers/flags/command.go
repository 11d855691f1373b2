package flags

import (
	"fmt"

	"mvdan.cc/sh/v3/syntax"
)

// scheduler takes the flags from the command that ends up as the scheduler.
func (s *shell) scheduler(args []*syntax.Word) error {
	for _, w := range args {
		if name := wholeArray(w); name != "" {
			if err := s.elements(name); err != nil {
				return err
			}
			continue
		}
		variable, listed := home(w)
		if reason := s.doubt(w); reason != "" {
			if first, ok := w.Parts[0].(*syntax.Lit); !listed && (!ok || !flagWord.MatchString(first.Value)) {
				// The program, or what it gets besides flags.
				continue
			}
			return fmt.Errorf("the flags can't be told for sure: %s", reason)
		}
		words, err := s.fields(w)
		if err != nil {
			return err
		}
		taken := false
		for _, word := range words {
			m := flagWord.FindStringSubmatch(word)
			if m == nil {
				continue
			}
			s.layout.flags = append(s.layout.flags, flag{name: m[1], value: word[len(m[0]):], variable: variable, listed: listed})
			taken = true
		}
		// An empty list holds no flags yet; a variable before the first flag holds options of something else.
		if listed && (taken || len(words) == 0 && len(s.layout.flags) > 0) {
			s.layout.list = variable
		}
	}
	return nil
}

// home tells which variable a word of the command line comes from: as the whole value of -name="$VARIABLE", or as a list of words.
func home(w *syntax.Word) (variable string, listed bool) {
	parts := w.Parts
	if first, ok := parts[0].(*syntax.Lit); ok && flagWord.MatchString(first.Value) && flagWord.FindString(first.Value) == first.Value {
		parts = parts[1:]
		if len(parts) == 1 {
			if quoted, ok := parts[0].(*syntax.DblQuoted); ok {
				parts = quoted.Parts
			}
		}
		return plain(parts), false
	}
	name := plain(parts)
	return name, name != ""
}

// plain is the name in $NAME or ${NAME} where the parts are nothing else.
func plain(parts []syntax.WordPart) string {
	if len(parts) != 1 {
		return ""
	}
	p, ok := parts[0].(*syntax.ParamExp)
	if !ok || p.Index != nil || p.Slice != nil || p.Repl != nil || p.Exp != nil || p.Length || p.Excl || p.Width {
		return ""
	}
	return p.Param.Value
}
