//go:build linux

package flags_test

import (
	"os"
	"strings"
	"testing"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/providers/flags/flagstest"
	"github.com/restorectl/restorectl/providers/lab"
	"github.com/restorectl/restorectl/providers/sandbox"
)

func TestMain(m *testing.M) {
	if code, ended := lab.Enter(); ended {
		os.Exit(code)
	}
	os.Exit(m.Run())
}

const (
	labUnit   = "aurora-scheduler"
	labDropIn = "/etc/systemd/system/" + labUnit + ".service.d/restore.conf"
	labArgs   = "/etc/aurora/scheduler.args"
)

// TestLabContract runs the suite on a real host, over SSH and sudo: on the files of each layout in which the lab's schedulers are
// installed, on drop-ins as the real systemd loads them, and on an argument file.
func TestLabContract(t *testing.T) {
	l := lab.New(t, 1)
	h := l.Hosts[0]
	l.Boot(t)
	over := l.Connect(t, h)
	args, err := os.ReadFile("testdata/argfile/scheduler.args")
	if err != nil {
		t.Fatal(err)
	}
	for _, subject := range []struct {
		name   string
		layout sandbox.Layout
		config config.Flags
		// file is there beside what the layout installs, unless it is empty.
		file, text string
	}{
		{"debian", sandbox.Debian, config.Flags{Kind: config.FlagsDebian, Settings: "/etc/default/aurora-scheduler", StartScript: "/usr/bin/aurora-scheduler-startup"}, "", ""},
		{"rpm", sandbox.RPM, config.Flags{Kind: config.FlagsRPM, Settings: "/etc/sysconfig/aurora-scheduler", StartScript: "/usr/bin/aurora-scheduler-startup"}, "", ""},
		{"argfile", sandbox.RPM, config.Flags{Kind: config.FlagsArgFile, Path: labArgs}, labArgs, string(args)},
		{"the unit", sandbox.ExecStart, config.Flags{Kind: config.FlagsSystemd, Unit: labUnit}, "", ""},
		{"a drop-in of something else", sandbox.ExecStart, config.Flags{Kind: config.FlagsSystemd, Unit: labUnit, DropIn: labDropIn}, labDropIn, "[Service]\nLimitNOFILE=16384\n"},
		{"a new drop-in", sandbox.ExecStart, config.Flags{Kind: config.FlagsSystemd, Unit: labUnit, DropIn: strings.Replace(labDropIn, "restore", "new", 1)}, "", ""},
	} {
		t.Run(subject.name, func(t *testing.T) {
			i := sandbox.Installation{Layout: subject.layout, Address: h.Address, Schedulers: 3, ClusterName: "west", ZooKeeper: "aurora-1:2181", User: "aurora"}
			files, err := i.Files()
			if err != nil {
				t.Fatal(err)
			}
			if subject.file != "" {
				files = append(files, sandbox.InstalledFile{Name: subject.file, Text: subject.text, Mode: 0o640})
			}
			for _, f := range files {
				if err := h.Write(f.Name, f.Text, f.Mode); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := h.Run(t.Context(), "systemctl", "daemon-reload"); err != nil {
				t.Fatal(err)
			}
			s := flagstest.Subject{Host: over, Config: subject.config, Parent: "/var/lib/aurora/" + subject.name, Comment: "# somebody's line", Stride: 23}
			if subject.config.Kind == config.FlagsSystemd {
				s.Loaded = func(t *testing.T) string {
					t.Helper()
					said, err := h.Run(t.Context(), "systemctl", "show", "-p", "ExecStart,LimitNOFILE,NeedDaemonReload", labUnit)
					if err != nil {
						t.Fatal(err)
					}
					return said
				}
			}
			flagstest.Run(t, s)
		})
	}
}
