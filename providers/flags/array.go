package flags

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

// element is one word between the parentheses of an array.
type element struct {
	spot
	// texts is what the shell makes of it: one word, or where it is a variable without quotes any number.
	texts []string
}

// upstartScript is the shell script in an upstart job.
var upstartScript = regexp.MustCompile(`(?ms)^script[ \t]*\n(.*)^end script[ \t]*$`)

// shellOf is the shell script in a start script: all of it, but where that is an upstart job.
func shellOf(script []byte) []byte {
	if m := upstartScript.FindSubmatch(script); m != nil {
		return m[1]
	}
	return script
}

// wholeArray is the name in "${NAME[@]}", with the quotes, where the word is nothing else.
func wholeArray(w *syntax.Word) string {
	if len(w.Parts) != 1 {
		return ""
	}
	quoted, ok := w.Parts[0].(*syntax.DblQuoted)
	if !ok || len(quoted.Parts) != 1 {
		return ""
	}
	p, ok := quoted.Parts[0].(*syntax.ParamExp)
	if !ok || p.Index == nil || p.Slice != nil || p.Repl != nil || p.Exp != nil || p.Length || p.Excl || p.Width {
		return ""
	}
	index, ok := p.Index.(*syntax.Word)
	if !ok || index.Lit() != "@" {
		return ""
	}
	return p.Param.Value
}

// givesFlags says whether a word of a command is a flag, or an array that holds one.
func (s *shell) givesFlags(w *syntax.Word) bool {
	if name := wholeArray(w); name != "" {
		_, unsure := s.unsure[name]
		return unsure || slices.ContainsFunc(s.vars[name].List, flagWord.MatchString)
	}
	first, ok := w.Parts[0].(*syntax.Lit)
	return ok && flagWord.MatchString(first.Value)
}

// assignArray follows NAME=( … ) and NAME+=( … ).
func (s *shell) assignArray(a *syntax.Assign, file string) {
	name := a.Name.Value
	var all []element
	list := []string{}
	if a.Append {
		if v := s.vars[name]; v.Kind == expand.Indexed {
			list, all = slices.Clone(v.List), s.layout.arrays[name]
		}
	} else {
		delete(s.unsure, name)
	}
	for _, e := range a.Array.Elems {
		if e.Index != nil || e.Value == nil {
			s.unsure[name] = at(e, file) + ": an element of it has an index"
			return
		}
		if reason := s.doubt(e.Value); reason != "" {
			s.unsure[name] = reason
			return
		}
		texts, err := s.fields(e.Value)
		if err != nil {
			s.unsure[name] = at(e, file) + ": " + err.Error()
			return
		}
		list = append(list, texts...)
		if file == s.settingsPath {
			all = append(all, element{spot{int(e.Value.Pos().Offset()), int(e.Value.End().Offset())}, texts})
		}
	}
	s.vars[name] = expand.Variable{Set: true, Kind: expand.Indexed, List: list}
	s.layout.arrays[name] = all
}

// elements takes the flags from an array that the script hands on whole.
func (s *shell) elements(name string) error {
	if reason, ok := s.unsure[name]; ok {
		return fmt.Errorf("the flags can't be told for sure: $%s: %s", name, reason)
	}
	own := s.layout.arrays[name]
	texts := 0
	for i := range own {
		e := &own[i]
		texts += len(e.texts)
		for _, text := range e.texts {
			if m := flagWord.FindStringSubmatch(text); m != nil {
				f := flag{name: m[1], value: text[len(m[0]):], variable: name}
				if len(e.texts) == 1 {
					f.element = &e.spot
				}
				s.layout.flags = append(s.layout.flags, f)
			}
		}
	}
	if list := s.vars[name].List; texts != len(list) {
		return fmt.Errorf("the flags can't be told for sure: $%s has elements that are not in the settings", name)
	}
	if slices.ContainsFunc(s.vars[name].List, flagWord.MatchString) {
		s.layout.array = name
	}
	return nil
}

// inArray changes a flag that is an element of an array, or removes it.
func (l *layout) inArray(f flag, value *string) ([]byte, error) {
	if f.element == nil {
		return nil, fmt.Errorf("the flag -%s comes into %s by way of another variable, which is more than an edit can follow", f.name, f.variable)
	}
	if value == nil {
		return dropLine(l.settings, *f.element), nil
	}
	_, old, _ := strings.Cut(string(l.settings[f.element.from:f.element.to]), "=")
	return replace(l.settings, *f.element, "-"+f.name+"="+quoteLike(old, *value)), nil
}

// toArray puts a flag behind the last element of the array.
func (l *layout) toArray(name, value string) ([]byte, error) {
	all := l.arrays[l.array]
	if len(all) == 0 {
		return nil, fmt.Errorf("no element of %s stands in the settings, so that -%s can't be put behind it", l.array, name)
	}
	last := all[len(all)-1].spot
	word := "-" + name + "=" + quoteLike("", value)
	indent, alone := indentation(l.settings, last)
	if !alone {
		return replace(l.settings, spot{last.to, last.to}, " "+word), nil
	}
	// Behind what else stands in the line: a comment.
	end := lineEnd(l.settings, last.to)
	if rest := bytes.TrimSpace(l.settings[last.to:end]); len(rest) > 0 && rest[0] != '#' {
		end = last.to
	}
	return replace(l.settings, spot{end, end}, eol(l.settings)+indent+word), nil
}
