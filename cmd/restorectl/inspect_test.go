package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestInspectBackupGivesWhatTheSidecarsSay compares the JSON with what the Apache Thrift library read, for every key that a sidecar has.
func TestInspectBackupGivesWhatTheSidecarsSay(t *testing.T) {
	sidecars, err := filepath.Glob("../../providers/backup/testdata/*.json")
	if err != nil || len(sidecars) < 5 {
		t.Fatalf("%d sidecars, error %v", len(sidecars), err)
	}
	for _, sidecar := range sidecars {
		text, err := os.ReadFile(sidecar)
		if err != nil {
			t.Fatal(err)
		}
		var want, got map[string]any
		if err := json.Unmarshal(text, &want); err != nil {
			t.Fatal(err)
		}
		var out, errs bytes.Buffer
		if code := run([]string{"inspect", "backup", "--json", strings.TrimSuffix(sidecar, ".json")}, strings.NewReader(""), &out, &errs); code != 0 {
			t.Fatal(errs.String())
		}
		if err := json.Unmarshal(out.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		for key, value := range want {
			if diff := cmp.Diff(value, got[key]); diff != "" {
				t.Errorf("%s, %s:\n%s", sidecar, key, diff)
			}
		}
	}
}
