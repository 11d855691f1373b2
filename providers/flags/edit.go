package flags

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// packaged is how Aurora's packages write flags down: the start script maps the variables of the settings to flags, or hands on an
// array of them. A flag that a variable holds is changed in that variable, one of an array in its element, any other among the words of
// the list of further flags, where it stands or at the end.
type packaged struct {
	script []byte
	// path is the settings file as the script names it.
	path string
}

func (f packaged) read(text []byte) (page, error) {
	l, err := read(f.script, text, f.path)
	if err != nil {
		return nil, err
	}
	return l, nil
}

func (l *layout) all() []flag { return l.flags }

func (l *layout) content() []byte { return l.settings }

// change sets a flag, or removes it where value is nil.
func (l *layout) change(name string, value *string) ([]byte, error) {
	f, there := find(l, name)
	switch {
	case !there && value == nil:
		return l.settings, nil
	case !there:
		return l.add(name, *value)
	case f.variable != "" && f.variable == l.array:
		return l.inArray(f, value)
	case f.variable == "":
		return nil, fmt.Errorf("the flag -%s is written in the start script, where no setting can change it", name)
	case f.listed && value == nil:
		return l.drop(f)
	case f.listed:
		if err := bare(name, *value); err != nil {
			return nil, err
		}
		return l.word(f, "-"+name+"="+*value)
	case value == nil:
		return nil, fmt.Errorf("the start script always gives the flag -%s, from %s: it can't be removed", name, f.variable)
	}
	a, err := l.whole(f.variable)
	if err != nil {
		return nil, err
	}
	return l.splice(valueStart(a), a.End(), quoteLike(l.source(a), *value)), nil
}

// unquoted matches what the shell leaves alone in a list of words that is expanded without quotes.
var unquoted = regexp.MustCompile(`^[A-Za-z0-9_./:,@%+=-]*$`)

func bare(name, value string) error {
	if !unquoted.MatchString(value) {
		value, _ = Mask(name, value) // An undo writes what the settings held before.
		return fmt.Errorf("the value %q of the flag -%s can't be written into a list of flags", value, name)
	}
	return nil
}

// add puts a flag at the end of the list of further flags.
func (l *layout) add(name, value string) ([]byte, error) {
	if l.array != "" {
		return l.toArray(name, value)
	}
	if err := bare(name, value); err != nil {
		return nil, err
	}
	if l.list == "" {
		return nil, fmt.Errorf("the start script takes no further flags, so that -%s can't be given", name)
	}
	word := "-" + name + "=" + value
	a, err := l.last(l.list)
	if err != nil {
		end, text := eol(l.settings), bytes.Clone(l.settings)
		if len(text) > 0 && !bytes.HasSuffix(text, []byte("\n")) {
			text = append(text, end...)
		}
		return append(text, l.list+`="`+word+`"`+end...), nil
	}
	old := l.source(a)
	switch {
	case old == "":
		return l.splice(a.End(), a.End(), `"`+word+`"`), nil
	case strings.HasSuffix(old, `"`) || strings.HasSuffix(old, `'`):
		if len(old) > 2 {
			word = " " + word
		}
		quote := old[len(old)-1:]
		return l.splice(valueStart(a), a.End(), old[:len(old)-1]+word+quote), nil
	default:
		return l.splice(valueStart(a), a.End(), `"`+old+" "+word+`"`), nil
	}
}

// listed finds a flag's word in the text of the list, and gives its assignment and the word's place in the text of its value.
func (l *layout) listed(f flag) (a *syntax.Assign, from, to int, err error) {
	pattern := regexp.MustCompile(`(?:^|[\s"'])(-` + regexp.QuoteMeta(f.name) + `=[^\s"']*)`)
	for i := len(l.assigned) - 1; i >= 0; i-- {
		if a = l.assigned[i]; a.Name.Value != f.variable {
			continue
		}
		if m := pattern.FindStringSubmatchIndex(l.source(a)); m != nil {
			return a, m[2], m[3], nil
		}
	}
	return nil, 0, 0, fmt.Errorf("the flag -%s can't be found in the text of %s", f.name, f.variable)
}

// word replaces a flag's word in the list.
func (l *layout) word(f flag, word string) ([]byte, error) {
	a, from, to, err := l.listed(f)
	if err != nil {
		return nil, err
	}
	old := l.source(a)
	return l.splice(valueStart(a), a.End(), old[:from]+word+old[to:]), nil
}

// drop takes a flag's word, and one space with it, out of the list.
func (l *layout) drop(f flag) ([]byte, error) {
	a, from, to, err := l.listed(f)
	if err != nil {
		return nil, err
	}
	old := l.source(a)
	switch {
	case from > 0 && old[from-1] == ' ':
		from--
	case to < len(old) && old[to] == ' ':
		to++
	}
	return l.splice(valueStart(a), a.End(), old[:from]+old[to:]), nil
}

// bring gives a flag the words that it has in another text of the settings, or takes it away where it has none there.
func (l *layout) bring(page page, name string) ([]byte, error) {
	then, ok := page.(*layout)
	if !ok {
		return nil, fmt.Errorf("the text before was of another form")
	}
	f, there := find(then, name)
	if !there {
		return l.change(name, nil)
	}
	now, ok := find(l, name)
	if !ok || now.variable != f.variable || now.listed != f.listed {
		return l.change(name, &f.value)
	}
	if f.element != nil && now.element != nil {
		return replace(l.settings, *now.element, string(then.settings[f.element.from:f.element.to])), nil
	}
	if f.listed {
		a, from, to, err := then.listed(f)
		if err != nil {
			return nil, err
		}
		return l.word(now, then.source(a)[from:to])
	}
	a, err := l.whole(now.variable)
	if err != nil {
		return nil, err
	}
	was, err := then.whole(f.variable)
	if err != nil {
		return nil, err
	}
	return l.splice(valueStart(a), a.End(), then.source(was)), nil
}

// last is the last assignment of a variable, the one that counts.
func (l *layout) last(variable string) (*syntax.Assign, error) {
	for i := len(l.assigned) - 1; i >= 0; i-- {
		if a := l.assigned[i]; a.Name.Value == variable {
			return a, nil
		}
	}
	return nil, fmt.Errorf("the settings do not set %s", variable)
}

// whole is the assignment that holds all of a variable's value.
func (l *layout) whole(variable string) (*syntax.Assign, error) {
	a, err := l.last(variable)
	if err == nil && a.Append {
		err = fmt.Errorf("%s is put together from several lines, which is more than an edit can follow", variable)
	}
	return a, err
}

// source is the text of an assignment's value, quotes included.
func (l *layout) source(a *syntax.Assign) string {
	return string(l.settings[valueStart(a).Offset():a.End().Offset()])
}

// valueStart is where the value of an assignment begins: behind NAME= or NAME+=.
func valueStart(a *syntax.Assign) syntax.Pos {
	if a.Value != nil {
		return a.Value.Pos()
	}
	return a.End()
}

func (l *layout) splice(from, to syntax.Pos, text string) []byte {
	out := bytes.Clone(l.settings[:from.Offset()])
	out = append(out, text...)
	return append(out, l.settings[to.Offset():]...)
}

// quoteLike writes a value with the quotes that stood there before, where they can hold it.
func quoteLike(old, value string) string {
	switch {
	case strings.HasPrefix(old, "'") && !strings.Contains(value, "'"):
		return "'" + value + "'"
	case unquoted.MatchString(value) && value != "" && !strings.HasPrefix(old, `"`):
		return value
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, `\$`, "`", "\\`").Replace(value) + `"`
}
