package flags

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/restorectl/restorectl/planner"
)

// unit is a unit of one file.
func unit(text string) *unitForm {
	return &unitForm{name: "aurora@west.service", host: "scheduler-1", files: []unitFile{parseUnitFile("/u", []byte(text))}}
}

func TestExecWords(t *testing.T) {
	for text, want := range map[string][]string{
		`/bin/a -x=1  -y=2`:                                      {"/bin/a", "-x=1", "-y=2"},
		`/bin/a "-x=a b" '-y="c"' -z='d e'`:                      {"/bin/a", "-x=a b", `-y="c"`, "-z=d e"},
		`/bin/a -x=a\x20b\tc\\d\s -y=\q \u00e9`:                  {"/bin/a", "-x=a b\tc\\d ", `-y=\q`, "é"},
		"/bin/a \\\n  -x=1 \\\n# comment \\\n ; another\n\t-y=2": {"/bin/a", "-x=1", "-y=2"},
		"/bin/a '-x=1 \\\n 2'":                                   {"/bin/a", "-x=1   2"},
		"/bin/a \\\r\n\t-x=1":                                    {"/bin/a", "-x=1"},
		`/bin/a ""`:                                              {"/bin/a", ""},
	} {
		words, err := execWords([]byte(text), spot{0, len(text)})
		var got []string
		for _, w := range words {
			got = append(got, w.text)
		}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%q: %v\n%s", text, err, diff)
		}
	}
	if _, err := execWords([]byte(`/bin/a "x`), spot{0, 9}); err == nil {
		t.Error("an open quote must be an error")
	}
}

func TestExecQuote(t *testing.T) {
	for _, word := range []string{"-x=1", "-x=a b", `-x=\"'%$`, "-x=a\nb", "-x=;", "-x=100%", "-x=${A}", ""} {
		f := unit("[Service]\nExecStart=/bin/a -first=1 " + execQuote(word) + "\n")
		page, err := f.read(f.files[0].text)
		if err != nil {
			t.Errorf("%q: %v", word, err)
			continue
		}
		if got, there := find(page, "x"); strings.HasPrefix(word, "-x=") && (!there || "-x="+got.value != word) {
			t.Errorf("%q became %+v", word, got)
		}
	}
}

func TestUnit(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"plain", "[Service]\nExecStart=/bin/a -x=1\n", "x=1"},
		{"blanks", "[Service]\n  ExecStart =  /bin/a -x=1  \n", "x=1"},
		{"the last one counts", "[Service]\nExecStart=/bin/a -x=1\nExecStart=\nExecStart=/bin/a -x=2\n", "x=2"},
		{"another section", "[Service]\nExecStart=/bin/a -x=1\n[X-Other]\nExecStart=/bin/b -x=2\n", "x=1"},
		{"a comment", "[Service]\n#ExecStart=/bin/a -x=0\nExecStart=-/bin/a -x=1\n", "x=1"},
		{"specifiers", "[Service]\nExecStart=/bin/a -hostname=%H -x=%i/%p/%n -y=5%%\n", "hostname=scheduler-1 x=west/aurora/aurora@west.service y=5%"},
		{"variables", "[Service]\nEnvironment=\"A=a b\" B=c\nExecStart=/bin/a -x=${A}${B}${C} -y=$$B -z=$B\n", "x=a bc y=$B z=$B"},
		{"a variable of words", "[Service]\nEnvironment=\"A=-y=1 -z=2\"\nExecStart=/bin/a -x=1 $A\n", "x=1 y=1 z=2"},
		{"no variables", "[Service]\nEnvironment=A=a\nExecStart=:/bin/a -x=${A}\n", "x=${A}"},
		{"no flags", "[Service]\nExecStart=/usr/bin/aurora-scheduler-startup\n", `choose flags "debian" or "rpm"`},
		{"nothing", "[Unit]\n", "has no ExecStart="},
		{"nothing, on two lines", "[Service]\nExecStart=\\\n# a comment\n\n", "has no ExecStart="},
		{"one taken away, on two lines", "[Service]\nExecStart=/bin/a -x=1\nExecStart=\\\n\nExecStart=/bin/a -x=2\n", "x=2"},
		{"two", "[Service]\nType=oneshot\nExecStart=/bin/a -x=1\nExecStart=/bin/b -x=1\n", "2 ExecStart= that count"},
		{"two in one", "[Service]\nExecStart=/bin/a -x=1 ; /bin/b -x=2\n", "several commands"},
		{"twice", "[Service]\nExecStart=/bin/a -x=1 -x=2\n", "-x is given twice"},
		{"from a file", "[Service]\nEnvironmentFile=/etc/x\nExecStart=/bin/a -x=${A}\n", "which a file may set"},
		{"an unknown specifier", "[Service]\nExecStart=/bin/a -x=%b\n", "what %b stands for in /u"},
	} {
		f := unit(c.text)
		page, err := f.read(f.files[0].text)
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			for _, f := range page.all() {
				got += f.name + "=" + f.value + " "
			}
		}
		if !strings.Contains(got+" ", c.want) {
			t.Errorf("%s: %s; want %s", c.name, got, c.want)
		}
	}
}

func TestUnitEditChangesNothingElse(t *testing.T) {
	set := func(name, value string) planner.FlagEdit { return planner.FlagEdit{Name: name, After: to(value)} }
	for _, c := range []struct {
		name, text, want string
		edit             planner.FlagEdit
	}{
		{"set", "[Service]\r\nExecStart=/bin/a \\\r\n  '-x=a b' \\\r\n  -y=2\r\nUser=a\r\n", "[Service]\r\nExecStart=/bin/a \\\r\n  -x=c \\\r\n  -y=2\r\nUser=a\r\n", set("x", "c")},
		{"more, a line each", "[Service]\nExecStart=/bin/a \\\n  -x=1 \\\n  # why\n  -y=2\nUser=a\n", "[Service]\nExecStart=/bin/a \\\n  -x=1 \\\n  # why\n  -y=2 \\\n  \"-z=a b\"\nUser=a\n", set("z", "a b")},
		{"more, in one line", "[Service]\nExecStart=/bin/a -x=1\n", "[Service]\nExecStart=/bin/a -x=1 -z=50%%\n", set("z", "50%")},
		{"less, the last", "[Service]\nExecStart=/bin/a -x=1 \\\n  -y=2\nUser=a\n", "[Service]\nExecStart=/bin/a -x=1\nUser=a\n", planner.FlagEdit{Name: "y"}},
		{"less, behind a comment", "[Service]\nExecStart=/bin/a -x=1 \\\n  # why\n  -y=2\nUser=a\n", "[Service]\nExecStart=/bin/a -x=1 \\\n  # why\n  \nUser=a\n", planner.FlagEdit{Name: "y"}},
	} {
		f := unit(c.text)
		got, err := edited(f, []byte(c.text), []planner.FlagEdit{c.edit})
		if diff := cmp.Diff(c.want, string(got)); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", c.name, err, diff)
			continue
		}
		if c.edit.After == nil {
			continue
		}
		if back, err := undone(f, []byte(c.text), got, []planner.FlagEdit{c.edit}); err != nil || string(back) != c.text {
			t.Errorf("%s, taken out: %v\n%s", c.name, err, cmp.Diff(c.text, string(back)))
		}
	}
}

func TestOverride(t *testing.T) {
	f := &unitForm{name: "aurora.service", files: []unitFile{
		parseUnitFile("/u", []byte("[Service]\nExecStart=/bin/a \\\n  -x=${A} \\\n  -y=2\nEnvironment=A=b\n")), parseUnitFile("/d", nil),
	}, edited: 1}
	got, err := edited(f, nil, []planner.FlagEdit{{Name: "y", After: to("3")}, {Name: "z", After: to("4")}})
	want := "[Service]\nExecStart=\nExecStart=/bin/a \\\n  -x=${A} \\\n  -y=3 \\\n  -z=4\n"
	if diff := cmp.Diff(want, string(got)); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}
