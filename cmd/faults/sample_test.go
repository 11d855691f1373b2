package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/restorectl/restorectl/providers/sandbox/sandboxtest"
)

// sample are seeds of different kinds of fault, in all scenarios.
var sample = []uint64{10, 21, 29, 37, 38}

// TestSample runs a few cases; `make faults` runs hundreds.
func TestSample(t *testing.T) {
	program := filepath.Join(t.TempDir(), "restorectl")
	build := append([]string{"build", "-trimpath", "-buildvcs=false", "-o", program}, buildFlags...)
	if out, err := exec.CommandContext(t.Context(), "go", append(build, "../restorectl")...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	hosts, err := sandboxtest.Build(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, seed := range sample {
		c := newCase(seed)
		t.Run(fmt.Sprintf("seed-%d", seed), func(t *testing.T) {
			t.Parallel()
			t.Log(c.String())
			res, text := runCase(t.Context(), c, filepath.Join(t.TempDir(), "cluster"), program, hosts, "../../providers/backup/testdata/"+backupName)
			if res.Outcome != passed {
				t.Errorf("%s\n%s", res.String(), text)
			}
		})
	}
}
