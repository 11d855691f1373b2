package flags_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/providers/flags/flagstest"
	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/host/hosttest"
)

// install puts a file of testdata onto a machine. The word SETTINGS in it becomes the path of the settings.
func install(t *testing.T, m *hosttest.Machine, from, to, settings string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", from))
	if err != nil {
		t.Fatal(err)
	}
	return m.File(t, to, strings.ReplaceAll(string(text), "SETTINGS", settings), 0o640)
}

func TestContract(t *testing.T) {
	for name, layout := range map[string]struct{ kind, settings, script string }{
		"debian with systemd":        {config.FlagsDebian, "debian/settings", "debian/startup"},
		"debian with upstart":        {config.FlagsDebian, "debian/settings", "upstart/aurora-scheduler.conf"},
		"debian with an init script": {config.FlagsDebian, "debian/settings", "sysv/aurora-scheduler"},
		"rpm":                        {config.FlagsRPM, "rpm/settings", "rpm/startup"},
		"argfile":                    {config.FlagsArgFile, "argfile/scheduler.args", ""},
	} {
		t.Run(name, func(t *testing.T) {
			m := hosttest.Local(t)
			file := install(t, m, layout.settings, "etc/aurora-scheduler", "")
			cfg := config.Flags{Kind: layout.kind}
			if layout.script == "" {
				cfg.Path = file
			} else {
				cfg.Settings, cfg.StartScript = file, install(t, m, layout.script, "start", file)
			}
			flagstest.Run(t, flagstest.Subject{Host: m, Config: cfg, Parent: filepath.Join(m.Dir, ".restorectl"), Comment: "# somebody's line"})
		})
	}
}

// TestContractSystemd edits the unit's own file, a drop-in that holds the command line, one that is there for something else, and one
// that is not there.
func TestContractSystemd(t *testing.T) {
	const dropIn = "units/aurora-scheduler.service.d/restore.conf"
	for name, layout := range map[string]struct {
		dropIn string
		edit   bool
	}{
		"the unit":                     {"", false},
		"a new drop-in, the first one": {"none", true},
		"a new drop-in":                {"", true},
		"a drop-in of something else":  {"[Service]\nLimitNOFILE=16384\n", true},
		"a drop-in with the flags":     {"[Service]\nExecStart=\nExecStart=/usr/bin/aurora -http_port=8081 -mesos_master_address=m:5050\n", true},
		"the place where they are now": {"[Service]\nExecStart=\nExecStart=/usr/bin/aurora -http_port=8081 -mesos_master_address=m:5050\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			m := hosttest.Local(t)
			install(t, m, "systemd/aurora-scheduler.service", "units/aurora-scheduler.service", "")
			switch folder := filepath.Join(m.Dir, filepath.Dir(dropIn)); layout.dropIn {
			case "none":
				// The edit makes its folder.
			case "":
				if err := os.MkdirAll(folder, 0o755); err != nil {
					t.Fatal(err)
				}
				// What masks a drop-in of the distribution.
				if err := os.Symlink("/dev/null", filepath.Join(folder, "10-vendor.conf")); err != nil {
					t.Fatal(err)
				}
			default:
				m.File(t, dropIn, layout.dropIn, 0o644)
			}
			script, err := os.ReadFile("testdata/systemd/systemctl.sh")
			if err != nil {
				t.Fatal(err)
			}
			m.Script(t, "systemctl", string(script))
			systemctl := func(t *testing.T, args ...string) string {
				t.Helper()
				res, err := m.Run(t.Context(), host.Command{Args: append([]string{"systemctl"}, args...)})
				if err != nil {
					t.Fatal(err)
				}
				return string(res.Stdout)
			}
			systemctl(t, "daemon-reload")
			cfg := config.Flags{Kind: config.FlagsSystemd, Unit: "aurora-scheduler"}
			if layout.edit {
				cfg.DropIn = filepath.Join(m.Dir, dropIn)
			}
			flagstest.Run(t, flagstest.Subject{Host: m, Config: cfg, Parent: filepath.Join(m.Dir, ".restorectl"), Comment: "# somebody's line",
				Loaded: func(t *testing.T) string { return systemctl(t, "show") }})
		})
	}
}
