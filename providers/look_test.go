package providers

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/flags"
	"github.com/restorectl/restorectl/providers/host/hosttest"
)

// TestLookRuns looks for the folder of the runs beside the log, on its filesystem, and on another one.
func TestLookRuns(t *testing.T) {
	m := hosttest.Local(t)
	for folder, apart := range map[string]bool{"": false, filepath.Join(m.Dir, "not/yet/there"): false, "/proc/restorectl-test": true} {
		c := &Cluster{restore: &config.Restore{Cluster: config.Cluster{Log: config.Log{RunFolder: folder}}}}
		seen := planner.Host{Settings: planner.Settings{Flags: []planner.Flag{{Name: "native_log_file_path", Value: filepath.Join(m.Dir, "db")}}}}
		if err := c.lookRuns(t.Context(), m, &seen); err != nil || seen.RunsApart != apart || seen.Runs != nil {
			t.Errorf("%q: apart %t, runs %v, %v", folder, seen.RunsApart, seen.Runs, err)
		}
	}
}

// TestLookEdits has a start script that leaves the settings a flag of the half-disabled state, and one that gives it itself.
func TestLookEdits(t *testing.T) {
	for script, want := range map[string]string{
		"exec aurora -mesos_master_address=\"$MESOS_MASTER\" $EXTRA_SCHEDULER_ARGS\n":                               "",
		"exec aurora -mesos_master_address=\"$MESOS_MASTER\" -max_registration_delay=1mins $EXTRA_SCHEDULER_ARGS\n": "the flag -max_registration_delay is written in the start script",
		"exec aurora -mesos_master_address=\"$MESOS_MASTER\"\n":                                                     "the start script takes no further flags",
	} {
		m := hosttest.Local(t)
		settings := m.File(t, "settings", "MESOS_MASTER=zk://zk:2181/mesos\n", 0o644)
		c := &Cluster{restore: &config.Restore{
			Cluster:   config.Cluster{Flags: config.Flags{Kind: config.FlagsDebian, Settings: settings, StartScript: m.File(t, "start", ". "+settings+"\n"+script, 0o755)}},
			Procedure: config.Procedure{RegistrationDelay: time.Hour, ReconciliationDelay: time.Hour},
		}}
		seen := planner.Host{}
		var err error
		if seen.Settings, err = flags.Observe(t.Context(), m, c.restore.Cluster.Flags); err != nil || seen.Settings.Problem != "" {
			t.Fatalf("%+v, %v", seen.Settings, err)
		}
		if err := c.lookEdits(t.Context(), m, &seen); err != nil || !strings.Contains(seen.Settings.Refusal, want) || (want == "") != (seen.Settings.Refusal == "") {
			t.Errorf("%q: %q, %v; want %q", script, seen.Settings.Refusal, err, want)
		}
	}
}
