package flags

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/restorectl/restorectl/planner"
)

const settingsFile = "/etc/default/aurora-scheduler"

const startScript = `#!/bin/bash
set -e
if [ ! -f /etc/default/aurora-scheduler ]; then
  echo "no settings" >&2
  exit 1
fi
source /etc/default/aurora-scheduler
: ${HTTP_PORT:=8081}
export GLOG_v LIBPROCESS_PORT
ulimit -n 65536
exec /usr/sbin/aurora-scheduler $JAVA_OPTS \
  -cluster_name="$CLUSTER_NAME" \
  -http_port=$HTTP_PORT \
  -mesos_master_address="${MESOS_MASTER}" \
  -thermos_executor_flags="$THERMOS_EXECUTOR_FLAGS" \
  -vlog=INFO \
  $EXTRA_SCHEDULER_ARGS
`

const settingsText = `# A comment with -max_registration_delay=1mins in it.
CLUSTER_NAME="main"   # main it is
JAVA_OPTS='-server -Dx=y'
ZK_ENDPOINTS='zk1:2181,zk2:2181'
MESOS_MASTER="zk://${ZK_ENDPOINTS}/mesos"
THERMOS_EXECUTOR_FLAGS="--announcer-ensemble 127.0.0.1:2181"
EXTRA_SCHEDULER_ARGS="-ip=10.0.0.1 -zk_digest_credentials=user:geheim"
`

func to(s string) *string { return &s }

func TestReadSaysWhereEachFlagIsWritten(t *testing.T) {
	l, err := read([]byte(startScript), []byte(settingsText), settingsFile)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range l.flags {
		got = append(got, f.name+"="+f.value+" in "+f.where())
	}
	want := []string{
		"cluster_name=main in CLUSTER_NAME",
		"http_port=8081 in HTTP_PORT",
		"mesos_master_address=zk://zk1:2181,zk2:2181/mesos in MESOS_MASTER",
		"thermos_executor_flags=--announcer-ensemble 127.0.0.1:2181 in THERMOS_EXECUTOR_FLAGS",
		"vlog=INFO in start script",
		"ip=10.0.0.1 in EXTRA_SCHEDULER_ARGS",
		"zk_digest_credentials=user:geheim in EXTRA_SCHEDULER_ARGS",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestReadDefaults has settings with a command that does nothing, with and without default values.
func TestReadDefaults(t *testing.T) {
	for settings, want := range map[string]string{
		":\nAURORA_FLAGS=(-x=1)":                                      "x=1",
		": ${A:=1} ${B=2}\nAURORA_FLAGS=(-x=$A$B)":                    "x=12",
		"A=0\n: ${A:=1}\nAURORA_FLAGS=(-x=$A)":                        "x=0",
		"if true; then : ${A:=1}; fi\nAURORA_FLAGS=(-x=$A)":           "line 1: it is set under a condition",
		": ${A:=$(hostname)}\nAURORA_FLAGS=(-x=$A)":                   "a command's output",
		": ${UNUSED:=$(hostname)}\nAURORA_FLAGS=(-x=1)":               "x=1",
		"read -r A </etc/hostname\nAURORA_FLAGS=(-x=$A)":              "line 1: read changes it there",
		"read -r UNUSED </etc/hostname\nunset A\nAURORA_FLAGS=(-x=1)": "x=1",
	} {
		page, err := rpm.read([]byte(settings))
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			for _, f := range page.all() {
				got += f.name + "=" + f.value
			}
		}
		if !strings.Contains(got, want) {
			t.Errorf("%q: %s; want %s", settings, got, want)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	tests := map[string]struct{ script, settings, want string }{
		"a flag twice":          {startScript, settingsText + `EXTRA_SCHEDULER_ARGS="-cluster_name=other"` + "\n", "-cluster_name is given twice, in CLUSTER_NAME and in EXTRA_SCHEDULER_ARGS"},
		"a condition":           {startScript, settingsText + "if true; then MESOS_MASTER=other; fi\n", "line 8: it is set under a condition"},
		"a command's output":    {startScript, settingsText + "MESOS_MASTER=$(cat /etc/mesos/zk)\n", "a command's output"},
		"broken quotes":         {startScript, settingsText + "X=\"\n", "can't be read as a shell script"},
		"other settings":        {strings.ReplaceAll(startScript, "source /etc", "source /opt"), settingsText, "does not read /etc/default/aurora-scheduler but /opt/default/aurora-scheduler"},
		"without an end":        {startScript, settingsText + ". /etc/default/aurora-scheduler\n", "reads itself, without an end"},
		"no settings":           {"exec java -cluster_name=x\n", settingsText, "does not read /etc/default"},
		"no scheduler":          {"source /etc/default/aurora-scheduler\n", settingsText, "no command with a scheduler's flags"},
		"a broken start script": {"if\n", settingsText, "can't be read as a shell script"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := read([]byte(test.script), []byte(test.settings), settingsFile)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v does not say %q", err, test.want)
			}
		})
	}
}

func TestEditChangesNothingElse(t *testing.T) {
	tests := map[string]struct {
		settings string
		edits    []planner.FlagEdit
		// changed maps old lines to new ones; an old line "" stands for a line added at the end.
		changed map[string]string
	}{
		"a variable": {settingsText, []planner.FlagEdit{{Name: "mesos_master_address", After: to("zk://localhost:1111/mesos/master")}},
			map[string]string{`MESOS_MASTER="zk://${ZK_ENDPOINTS}/mesos"`: `MESOS_MASTER="zk://localhost:1111/mesos/master"`}},
		"a variable with a comment behind it": {settingsText, []planner.FlagEdit{{Name: "cluster_name", After: to(`a "b" $c`)}},
			map[string]string{`CLUSTER_NAME="main"   # main it is`: `CLUSTER_NAME="a \"b\" \$c"   # main it is`}},
		"a flag of the list": {settingsText, []planner.FlagEdit{{Name: "ip", After: to("127.0.0.1")}},
			map[string]string{`EXTRA_SCHEDULER_ARGS="-ip=10.0.0.1 -zk`: `EXTRA_SCHEDULER_ARGS="-ip=127.0.0.1 -zk`}},
		"further flags": {settingsText, []planner.FlagEdit{{Name: "max_registration_delay", After: to("360mins")}, {Name: "reconciliation_initial_delay", After: to("365days")}},
			map[string]string{`user:geheim"`: `user:geheim -max_registration_delay=360mins -reconciliation_initial_delay=365days"`}},
		"a flag removed": {settingsText, []planner.FlagEdit{{Name: "ip"}},
			map[string]string{`"-ip=10.0.0.1 -zk`: `"-zk`}},
		"a removed flag that is not there": {settingsText, []planner.FlagEdit{{Name: "hostname"}}, nil},
		"an empty list": {"EXTRA_SCHEDULER_ARGS=\n", []planner.FlagEdit{{Name: "ip", After: to("::1")}},
			map[string]string{"ARGS=": `ARGS="-ip=::1"`}},
		"an empty quoted list": {"EXTRA_SCHEDULER_ARGS=''\n", []planner.FlagEdit{{Name: "ip", After: to("::1")}},
			map[string]string{"''": `'-ip=::1'`}},
		"a bare list": {"EXTRA_SCHEDULER_ARGS=-ip=::1\n", []planner.FlagEdit{{Name: "hostname", After: to("a")}},
			map[string]string{"-ip=::1": `"-ip=::1 -hostname=a"`}},
		"a list of several parts": {"EXTRA_SCHEDULER_ARGS=-ip=::1\nEXTRA_SCHEDULER_ARGS+=' -vmodule=a'\n", []planner.FlagEdit{{Name: "hostname", After: to("a")}},
			map[string]string{"-vmodule=a": "-vmodule=a -hostname=a"}},
		"a list over several lines": {"EXTRA_SCHEDULER_ARGS=\"-ip=::1 \\\n  -hostname=a \\\n\"\n", []planner.FlagEdit{{Name: "hostname", After: to("b")}},
			map[string]string{"-hostname=a": "-hostname=b"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			want := test.settings
			for old, text := range test.changed {
				if strings.Count(want, old) != 1 {
					t.Fatalf("the settings hold %q not once", old)
				}
				want = strings.Replace(want, old, text, 1)
			}
			debian := packaged{script: []byte(startScript), path: settingsFile}
			got, err := edited(debian, []byte(test.settings), test.edits)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, string(got)); diff != "" {
				t.Error(diff)
			}
			back, err := undone(debian, []byte(test.settings), append(got, "# somebody's line\n"...), test.edits)
			if err != nil {
				t.Fatal(err)
			}
			now, err := read([]byte(startScript), back, settingsFile)
			if err != nil {
				t.Fatal(err)
			}
			then, err := read([]byte(startScript), []byte(test.settings), settingsFile)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(values(then), values(now)); diff != "" || !strings.HasSuffix(string(back), "# somebody's line\n") {
				t.Errorf("undone: %s\n%s", diff, back)
			}
		})
	}
}

func TestAListThatIsNotWrittenIsAddedAtTheEnd(t *testing.T) {
	got, err := edited(packaged{[]byte(startScript), settingsFile}, []byte("CLUSTER_NAME=a\r\n"), []planner.FlagEdit{{Name: "ip", After: to("::1")}})
	if err != nil {
		t.Fatal(err)
	}
	if want := "CLUSTER_NAME=a\r\nEXTRA_SCHEDULER_ARGS=\"-ip=::1\"\r\n"; string(got) != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestEditRefuses(t *testing.T) {
	tests := map[string]struct {
		settings string
		edit     planner.FlagEdit
		want     string
	}{
		"a flag of the start script":  {settingsText, planner.FlagEdit{Name: "vlog", After: to("FINE")}, "written in the start script"},
		"a flag that is always given": {settingsText, planner.FlagEdit{Name: "cluster_name"}, "can't be removed"},
		"a value with spaces":         {settingsText, planner.FlagEdit{Name: "hostname", After: to("a b")}, "can't be written into a list"},
		"a secret with spaces": {settingsText, planner.FlagEdit{Name: "zk_digest_credentials", After: to("user:a b")},
			`the value "sha256:1b0e85982a235542" of the flag -zk_digest_credentials can't be written`},
		"two flags of one variable": {"CLUSTER_NAME=a\nMESOS_MASTER=b\nTHERMOS_EXECUTOR_FLAGS=$CLUSTER_NAME\n",
			planner.FlagEdit{Name: "cluster_name", After: to("c")}, "without changing another flag"},
		"a variable of several parts": {"CLUSTER_NAME=a\nCLUSTER_NAME+=b\n",
			planner.FlagEdit{Name: "cluster_name", After: to("c")}, "put together from several lines"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := edited(packaged{[]byte(startScript), settingsFile}, []byte(test.settings), []planner.FlagEdit{test.edit})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v does not say %q", err, test.want)
			}
		})
	}
}

func TestUndoKeepsWhatSomebodyElseSet(t *testing.T) {
	edits := []planner.FlagEdit{
		{Name: "mesos_master_address", After: to("zk://localhost:1111/mesos/master")},
		{Name: "max_registration_delay", After: to("360mins")},
		{Name: "ip", After: to("127.0.0.1")},
	}
	debian := packaged{[]byte(startScript), settingsFile}
	ours, err := edited(debian, []byte(settingsText), edits)
	if err != nil {
		t.Fatal(err)
	}
	theirs := strings.Replace(string(ours), "-ip=127.0.0.1", "-ip=10.9.9.9", 1) + "GLOG_v=1\n"
	back, err := undone(debian, []byte(settingsText), []byte(theirs), edits)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(settingsText, "-ip=10.0.0.1", "-ip=10.9.9.9", 1) + "GLOG_v=1\n"
	if diff := cmp.Diff(want, string(back)); diff != "" {
		t.Error(diff)
	}
}
