package flags

import (
	"fmt"

	"github.com/restorectl/restorectl/planner"
)

// form is a way of writing a scheduler's flags down in a text.
type form interface {
	// read finds the flags in a text, nil where there is no file. It fails where they can't be told for sure, and where one is given
	// twice.
	read(text []byte) (page, error)
}

// page is a text as it was read.
type page interface {
	// all are the flags that the scheduler gets, in order.
	all() []flag
	// change gives the text with a flag set, or removed where value is nil.
	change(name string, value *string) ([]byte, error)
	// bring gives the text with a flag in the words that it has in another text of the same form, or without it where it is not there.
	bring(then page, name string) ([]byte, error)
	// content is the text.
	content() []byte
}

// edited gives a text with the flags set or removed, everything else byte for byte as it was: a flag is changed where it stands, and
// never given twice. It fails where the text can't express the change, or where that would change another flag as well.
func edited(f form, text []byte, edits []planner.FlagEdit) ([]byte, error) {
	now, err := f.read(text)
	if err != nil {
		return nil, err
	}
	want := values(now)
	for _, e := range edits {
		text, err := now.change(e.Name, e.After)
		if err != nil {
			return nil, err
		}
		if now, err = f.read(text); err != nil {
			return nil, err
		}
		if e.After == nil {
			delete(want, e.Name)
		} else {
			want[e.Name] = *e.After
		}
	}
	return now.content(), same(values(now), want)
}

// undone gives present text without the edits: a flag that still has the value of its edit gets back what the original text says, in
// its own words; one that somebody else changed meanwhile stays.
func undone(f form, original, present []byte, edits []planner.FlagEdit) ([]byte, error) {
	then, err := f.read(original)
	if err != nil {
		return nil, err
	}
	now, err := f.read(present)
	if err != nil {
		return nil, err
	}
	for _, e := range edits {
		at, there := find(now, e.Name)
		if there != (e.After != nil) || there && at.value != *e.After {
			continue
		}
		text, err := now.bring(then, e.Name)
		if err != nil {
			return nil, err
		}
		if now, err = f.read(text); err != nil {
			return nil, err
		}
	}
	return now.content(), nil
}

func values(p page) map[string]string {
	values := map[string]string{}
	for _, f := range p.all() {
		values[f.name] = f.value
	}
	return values
}

func find(p page, name string) (flag, bool) {
	for _, f := range p.all() {
		if f.name == name {
			return f, true
		}
	}
	return flag{}, false
}

// once refuses a flag that is given twice: the scheduler does, too.
func once(all []flag) error {
	seen := map[string]flag{}
	for _, f := range all {
		if before, ok := seen[f.name]; ok {
			return fmt.Errorf("the flag -%s is given twice, in %s and in %s: the scheduler refuses to start like that", f.name, before.where(), f.where())
		}
		seen[f.name] = f
	}
	return nil
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
