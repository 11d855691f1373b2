package providers

import (
	"path/filepath"
	"testing"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/planner"
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
