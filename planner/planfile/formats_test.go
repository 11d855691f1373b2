package planfile

import (
	"path/filepath"
	"testing"
)

// TestPlansOfEveryVersionAreRead reads a plan file of each version of the format, as the program of its time wrote it for a sandbox. They
// are never written anew.
func TestPlansOfEveryVersionAreRead(t *testing.T) {
	files, err := filepath.Glob("testdata/formats/*/restore.plan")
	if err != nil || len(files) != Version {
		t.Fatalf("%d plan files for %d versions, error %v", len(files), Version, err)
	}
	for _, file := range files {
		p, digest, err := Read(file)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if p.Cluster != "west" || len(p.Phases) == 0 || len(p.Observation.Hosts) != 3 || len(digest) != 64 {
			t.Errorf("%s: cluster %q, %d phases, %d hosts, digest %s", file, p.Cluster, len(p.Phases), len(p.Observation.Hosts), digest)
		}
	}
}
