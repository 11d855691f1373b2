package service

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/host/hosttest"
)

func TestArguments(t *testing.T) {
	for _, c := range []struct {
		name    string
		args    []string
		want    []planner.Flag
		certain bool
	}{
		{"the packages' way", []string{"/usr/bin/java", "-Xmx2g", "-Dx=y", "-classpath", "/a.jar", mainClass, "-http_port=8081", "-backup_dir=/var/lib/a b", "-x="},
			[]planner.Flag{{Name: "http_port", Value: "8081"}, {Name: "backup_dir", Value: "/var/lib/a b"}, {Name: "x"}}, true},
		{"a value with =", []string{"java", mainClass, "-extra=a=b"}, []planner.Flag{{Name: "extra", Value: "a=b"}}, true},
		{"values apart", []string{"java", mainClass, "-http_port", "8081", "-enable_preemptor", "-ip", "10.0.0.1"},
			[]planner.Flag{{Name: "http_port", Value: "8081"}, {Name: "enable_preemptor"}, {Name: "ip", Value: "10.0.0.1"}}, true},
		{"twice", []string{"java", mainClass, "-http_port=1", "-http_port=2"}, []planner.Flag{{Name: "http_port", Value: "1"}, {Name: "http_port", Value: "2"}}, true},
		{"a launcher", []string{"/bin/bash", "/usr/lib/aurora/start", "-http_port=8081", "-Dx=y", "-c"}, []planner.Flag{{Name: "http_port", Value: "8081"}}, false},
		{"something else", []string{"sleep", "5"}, nil, false},
		{"nothing", nil, nil, false},
	} {
		got, certain := arguments([]byte(strings.Join(c.args, "\x00") + "\x00"))
		if diff := cmp.Diff(c.want, got); diff != "" || certain != c.certain {
			t.Errorf("%s: certain %t\n%s", c.name, certain, diff)
		}
	}
}

func TestDifferences(t *testing.T) {
	v := func(s string) *string { return &s }
	found := []planner.Flag{{Name: "a", Value: "1"}, {Name: "twice", Value: "x"}, {Name: "twice", Value: "x"}, {Name: "zk_digest_credentials", Value: "u:hush"}}
	for _, c := range []struct {
		want map[string]*string
		text string
	}{
		{nil, ""},
		{map[string]*string{"a": v("1"), "b": nil}, ""},
		{map[string]*string{"a": v("2")}, `-a is "1", not "2"`},
		{map[string]*string{"a": nil, "b": v("")}, `-a is "1", not absent; -b is absent, not ""`},
		{map[string]*string{"twice": v("x")}, `-twice is "x" and "x", not "x"`},
	} {
		if got := Differences(found, c.want); got != c.text {
			t.Errorf("%q, want %q", got, c.text)
		}
	}
	if got := Differences(found, map[string]*string{"zk_digest_credentials": nil}); strings.Contains(got, "hush") {
		t.Errorf("a secret is told: %s", got)
	}
}

func TestLife(t *testing.T) {
	m := hosttest.Local(t)
	l, there, err := lifeOf(t.Context(), m, os.Getpid())
	if err != nil || !there || l.pid != os.Getpid() || l.since == "" {
		t.Fatalf("%+v, %t, %v", l, there, err)
	}
	if _, there, err := l.still(t.Context(), m); err != nil || !there {
		t.Errorf("this process is gone: %v", err)
	}
	reused := l
	reused.since = "1"
	if _, there, err := reused.still(t.Context(), m); err != nil || there {
		t.Errorf("another process with its number counts: %v", err)
	}
	if _, there, err := lifeOf(t.Context(), m, 1<<30); err != nil || there {
		t.Errorf("a process that can't be: %t, %v", there, err)
	}
	m.Script(t, "cat", `printf '7 (a) Z b) Z 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 0 0 1 0 77 0 0\n'`)
	if l, there, err := lifeOf(t.Context(), m, 7); err != nil || there || l.since != "77" || l.state != "Z" {
		t.Errorf("a zombie: %+v, %t, %v", l, there, err)
	}
}

func TestProcessFlags(t *testing.T) {
	m := newMachine(t)
	m.flags(t, "-http_port=8081 -zk_digest_credentials=u:hush -mesos_master_address=zk://u:hush@zk-1/mesos")
	m.systemctl(t, "start")
	pid := m.pid(t)
	p, err := ProcessFlags(t.Context(), m, pid)
	if err != nil || p.PID != pid || p.User == "" {
		t.Fatalf("%+v, %v", p, err)
	}
	want := map[string]bool{"http_port": false, "zk_digest_credentials": true, "mesos_master_address": true}
	for _, f := range p.Flags {
		if secret, ok := want[f.Name]; !ok || f.Secret != secret || strings.Contains(f.Value, "hush") {
			t.Errorf("%+v", f)
		}
	}
	if len(p.Flags) != len(want) {
		t.Errorf("%d flags", len(p.Flags))
	}
	if _, err := ProcessFlags(t.Context(), m, 1<<30); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no such process: %v", err)
	}
}

func TestArgumentFile(t *testing.T) {
	m := hosttest.Local(t)
	file := m.File(t, "scheduler.args", "# flags\n-http_port=8081\n\n-backup_dir=/var/lib/a b\n", 0o644)
	line := strings.Join([]string{"java", "@/of/java", mainClass, "-ip=::1", "@" + file, "-cluster_name=west"}, "\x00") + "\x00"
	got, certain, err := given(t.Context(), m, []byte(line))
	want := []planner.Flag{{Name: "ip", Value: "::1"}, {Name: "http_port", Value: "8081"}, {Name: "backup_dir", Value: "/var/lib/a b"}, {Name: "cluster_name", Value: "west"}}
	if diff := cmp.Diff(want, got); diff != "" || !certain || err != nil {
		t.Errorf("certain %t, %v\n%s", certain, err, diff)
	}
	if _, _, err := given(t.Context(), m, []byte(strings.ReplaceAll(line, file, file+".gone"))); err == nil {
		t.Error("a file that is gone must be an error")
	}
}
