package flags

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/restorectl/restorectl/planner"
)

const rpmScript = "source /etc/sysconfig/aurora-scheduler\nexec /usr/lib/aurora/bin/aurora-scheduler \"${AURORA_FLAGS[@]}\"\n"

var rpm = packaged{[]byte(rpmScript), "/etc/sysconfig/aurora-scheduler"}

// TestWordsChangeNothingElse edits flags that are words of their own, and takes the edit out again: that brings every byte back.
func TestWordsChangeNothingElse(t *testing.T) {
	set := func(name, value string) []planner.FlagEdit { return []planner.FlagEdit{{Name: name, After: to(value)}} }
	for _, c := range []struct {
		name       string
		form       form
		text, want string
		edits      []planner.FlagEdit
	}{
		{"a quoted element", rpm, "AURORA_FLAGS=(\n  -ip='::1' # loopback\n  -vlog=INFO\n)\n", "AURORA_FLAGS=(\n  -ip='::2' # loopback\n  -vlog=INFO\n)\n", set("ip", "::2")},
		{"an element with a reference", rpm, "ZK='a b'\nAURORA_FLAGS=( -x=\"zk://${ZK}/m\" -y=1 )\n", "ZK='a b'\nAURORA_FLAGS=( -x=\"n\" -y=1 )\n", set("x", "n")},
		{"one more, a line each", rpm, "AURORA_FLAGS=(\r\n\t-ip=::1 # why\r\n)\r\n", "AURORA_FLAGS=(\r\n\t-ip=::1 # why\r\n\t-x=1\r\n)\r\n", set("x", "1")},
		{"one more, all in a line", rpm, "AURORA_FLAGS=(-ip=::1)", `AURORA_FLAGS=(-ip=::1 -x="a b")`, set("x", "a b")},
		{"one more, in the later part", rpm, "AURORA_FLAGS=(-ip=::1)\nAURORA_FLAGS+=(\n  -y=2\n)", "AURORA_FLAGS=(-ip=::1)\nAURORA_FLAGS+=(\n  -y=2\n  -x=1\n)", set("x", "1")},
		{"one less", rpm, "AURORA_FLAGS=(\n  # Why.\n  -ip=::1\n  -y=2\n)\n", "AURORA_FLAGS=(\n  # Why.\n  -y=2\n)\n", []planner.FlagEdit{{Name: "ip"}}},
		{"a line", lines{}, "# c\n-ip=::1\n-y=a b\n", "# c\n-ip=::1\n-y=c\n", set("y", "c")},
		{"a line more", lines{}, "-ip=::1\r\n", "-ip=::1\r\n-x=$1 'x'\r\n", set("x", "$1 'x'")},
		{"a line less", lines{}, "-ip=::1\n-y=2\n# end", "-y=2\n# end", []planner.FlagEdit{{Name: "ip"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := edited(c.form, []byte(c.text), c.edits)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, string(got)); diff != "" {
				t.Fatal(diff)
			}
			if c.edits[0].After == nil {
				return // It comes back at another place.
			}
			back, err := undone(c.form, []byte(c.text), got, c.edits)
			if err != nil || string(back) != c.text {
				t.Errorf("taken out: %v\n%s", err, cmp.Diff(c.text, string(back)))
			}
		})
	}
}

func TestWordsRefuse(t *testing.T) {
	for _, c := range []struct {
		name string
		form form
		text string
		edit planner.FlagEdit
		want string
	}{
		{"twice", rpm, "AURORA_FLAGS=(-x=1 -x=2)", planner.FlagEdit{Name: "y", After: to("1")}, "given twice, in AURORA_FLAGS and in AURORA_FLAGS"},
		{"by way of another variable", rpm, "MORE='-x=1 -y=2'\nAURORA_FLAGS=(-z=1 $MORE)", planner.FlagEdit{Name: "y", After: to("1")}, "by way of another variable"},
		{"a command's output", rpm, "AURORA_FLAGS=(-hostname=$(hostname) -z=1)", planner.FlagEdit{Name: "z", After: to("1")}, "a command's output is part of it"},
		{"an index", rpm, "AURORA_FLAGS=(-z=1)\nAURORA_FLAGS[3]=-y=1\n", planner.FlagEdit{Name: "z", After: to("1")}, "an element of an array is set"},
		{"twice in a file", lines{}, "-x=1\n#\n-x=2\n", planner.FlagEdit{Name: "y", After: to("1")}, "in line 1 and in line 3"},
		{"several lines", lines{}, "-x=1\n", planner.FlagEdit{Name: "x", After: to("a\nb")}, "several lines"},
	} {
		if out, err := edited(c.form, []byte(c.text), []planner.FlagEdit{c.edit}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %q, %v", c.name, out, err)
		}
	}
}

// forms are those whose texts are fuzzed.
func forms(t testing.TB) map[string]form {
	t.Helper()
	return map[string]form{"debian": packaged{[]byte(startScript), settingsFile}, "rpm": rpm, "argfile": lines{}, "systemd": unit("")}
}

// FuzzEdit edits any text, which must give just the flags that were asked for, and takes the edit out, which must give those of before.
// Where the flag had been there, every byte is back.
func FuzzEdit(f *testing.F) {
	for name, file := range map[string]string{"debian": "debian/settings", "rpm": "rpm/settings", "argfile": "argfile/scheduler.args",
		"systemd": "systemd/aurora-scheduler.service"} {
		text, err := os.ReadFile("testdata/" + file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(name, string(text), "mesos_master_address", "zk://localhost:1111/mesos/master")
		f.Add(name, strings.ReplaceAll(string(text), "\n", "\r\n"), "max_registration_delay", "360mins")
	}
	f.Add("rpm", "AURORA_FLAGS=( -a=\"b\nc\" # d\n)", "a", "'\"$`\\ %")
	f.Fuzz(func(t *testing.T, kind, text, name, value string) {
		form, ok := forms(t)[kind]
		if !ok || !flagWord.MatchString("-"+name+"=") {
			return
		}
		before, err := form.read([]byte(text))
		if err != nil {
			return
		}
		edits := []planner.FlagEdit{{Name: name, After: &value}}
		after, err := edited(form, []byte(text), edits)
		if err != nil {
			return
		}
		was, there := find(before, name)
		if there && was.value == value {
			return
		}
		back, err := undone(form, []byte(text), after, edits)
		if err != nil {
			t.Fatalf("can't be taken out of %q: %v", after, err)
		}
		now, err := form.read(back)
		if err != nil {
			t.Fatalf("%q: %v", back, err)
		}
		if diff := cmp.Diff(values(before), values(now)); diff != "" {
			t.Errorf("taken out of %q: %s", after, diff)
		}
		if there && string(back) != text {
			t.Errorf("%q came back as %q", text, back)
		}
	})
}
