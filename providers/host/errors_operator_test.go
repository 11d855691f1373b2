package host_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/host/hosttest"
)

// TestAMissingFileOfTheOperatorIsNotTheHosts asks for a file of the host while one of the operator's own is gone.
func TestAMissingFileOfTheOperatorIsNotTheHosts(t *testing.T) {
	t.Run("for the connection", func(t *testing.T) {
		s := hosttest.Serve(t)
		c := connection(s)
		c.ConfigFile = filepath.Join(s.Dir, "config")
		if err := os.WriteFile(c.ConfigFile, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		h, err := connect(t, s, c, host.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(c.ConfigFile); err != nil {
			t.Fatal(err)
		}
		s.Cut()
		// The first look may still find the line dead.
		for range 2 {
			if there, err := host.Exists(t.Context(), h, s.Dir); err == nil || there || strings.Contains(err.Error(), s.Dir+" on scheduler-1") {
				t.Errorf("there %t, error %v", there, err)
			} else if errors.Is(err, host.ErrUnreachable) {
				continue
			} else if !strings.Contains(err.Error(), c.ConfigFile) {
				t.Errorf("error %v", err)
			}
		}
	})
	t.Run("for sudo", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "password")
		h, m := passwordPool(t, askingSudo, file, nil)
		if there, err := host.Exists(t.Context(), h, m.Dir); err == nil || there || !strings.Contains(err.Error(), file) {
			t.Errorf("there %t, error %v", there, err)
		}
	})
}
