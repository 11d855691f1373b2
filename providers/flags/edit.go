package flags

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/restorectl/restorectl/planner"
)

// Files are the two files that make a scheduler's flags in the Debian packages: the start script maps the variables of the
// settings to flags.
type Files struct {
	Script   []byte
	Settings []byte
	// Path is the settings file as the script names it.
	Path string
}

// Edit gives the settings with the flags set or removed, everything else byte for byte as it was. A flag that a variable holds is
// changed in that variable, any other among the words of the list of further flags, where it stands or at the end: no flag is ever
// given twice. Edit fails where the settings can't express the change, or where it would change another flag as well.
func (f Files) Edit(edits []planner.FlagEdit) ([]byte, error) {
	before, err := read(f.Script, f.Settings, f.Path)
	if err != nil {
		return nil, err
	}
	want := before.values()
	now := before
	for _, e := range edits {
		text, err := now.change(e.Name, e.After)
		if err != nil {
			return nil, err
		}
		if now, err = read(f.Script, text, f.Path); err != nil {
			return nil, err
		}
		if e.After == nil {
			delete(want, e.Name)
		} else {
			want[e.Name] = *e.After
		}
	}
	return now.settings, same(now.values(), want)
}

// Undo gives present settings without the edits: a flag that still has the value of its edit gets back what the original settings
// say, in their own words; one that somebody else changed meanwhile stays. Files.Settings are the present ones.
func (f Files) Undo(original []byte, edits []planner.FlagEdit) ([]byte, error) {
	then, err := read(f.Script, original, f.Path)
	if err != nil {
		return nil, err
	}
	now, err := read(f.Script, f.Settings, f.Path)
	if err != nil {
		return nil, err
	}
	for _, e := range edits {
		at, there := now.flag(e.Name)
		if there != (e.After != nil) || there && at.value != *e.After {
			continue
		}
		text, err := now.bring(then, e.Name)
		if err != nil {
			return nil, err
		}
		if now, err = read(f.Script, text, f.Path); err != nil {
			return nil, err
		}
	}
	return now.settings, nil
}

func (l *layout) values() map[string]string {
	values := map[string]string{}
	for _, f := range l.flags {
		values[f.name] = f.value
	}
	return values
}

func (l *layout) flag(name string) (flag, bool) {
	for _, f := range l.flags {
		if f.name == name {
			return f, true
		}
	}
	return flag{}, false
}

// same fails where an edit did something else than was asked for, as where two flags share a variable.
func same(got, want map[string]string) error {
	for name, value := range want {
		if now, ok := got[name]; !ok || now != value {
			return fmt.Errorf("the settings can't give the flag -%s the planned value without changing another flag", name)
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			return fmt.Errorf("the edit would also give the flag -%s", name)
		}
	}
	return nil
}

// change sets a flag, or removes it where value is nil.
func (l *layout) change(name string, value *string) ([]byte, error) {
	f, there := l.flag(name)
	switch {
	case !there && value == nil:
		return l.settings, nil
	case !there:
		return l.add(name, *value)
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
		return fmt.Errorf("the value %q of the flag -%s can't be written into a list of flags", value, name)
	}
	return nil
}

// add puts a flag at the end of the list of further flags.
func (l *layout) add(name, value string) ([]byte, error) {
	if err := bare(name, value); err != nil {
		return nil, err
	}
	if l.list == "" {
		return nil, fmt.Errorf("the start script takes no further flags, so that -%s can't be given", name)
	}
	word := "-" + name + "=" + value
	a, err := l.last(l.list)
	if err != nil {
		end := "\n"
		if bytes.Contains(l.settings, []byte("\r\n")) {
			end = "\r\n"
		}
		text := bytes.Clone(l.settings)
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
func (l *layout) bring(then *layout, name string) ([]byte, error) {
	f, there := then.flag(name)
	if !there {
		return l.change(name, nil)
	}
	now, ok := l.flag(name)
	if !ok || now.variable != f.variable || now.listed != f.listed {
		return l.change(name, &f.value)
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
