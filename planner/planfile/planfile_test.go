package planfile

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/restorectl/restorectl/planner"
)

func sample() *planner.Plan {
	at := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	return &planner.Plan{Format: planner.Format, Kind: planner.KindApply, Cluster: "west", Created: at, Expires: at.Add(time.Hour),
		Observation: planner.Observation{Time: at}, Fingerprint: "f",
		Phases: []planner.Phase{{Name: "quiesce", Steps: []planner.Step{{ID: "quiesce/a1/stop", Host: "a1", Timeout: planner.Duration(time.Minute),
			Action: planner.Action{Service: &planner.ServiceAction{Op: "stop"}}, Inverse: &planner.Step{ID: "start"}}}}}}
}

func TestWriteRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "restore.plan")
	digest, err := Write(path, sample(), nil)
	if err != nil {
		t.Fatal(err)
	}
	got, again, err := Read(path)
	if err != nil || again != digest {
		t.Fatalf("digest %s, want %s, error %v", again, digest, err)
	}
	if diff := cmp.Diff(sample(), got); diff != "" {
		t.Errorf("plan (-written +read):\n%s", diff)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, error %v", info.Mode(), err)
	}
}

func TestDecodeRefusesEveryChangedByte(t *testing.T) {
	doc, _, err := Encode(sample())
	if err != nil {
		t.Fatal(err)
	}
	for i := range doc {
		changed := bytes.Clone(doc)
		changed[i] ^= 1
		if _, _, err := Decode(changed); err == nil {
			t.Fatalf("byte %d changed from %q to %q is not noticed", i, doc[i], changed[i])
		}
	}
	if _, _, err := Decode(append(bytes.Clone(doc), '\n')); !errors.Is(err, ErrAltered) {
		t.Errorf("a line feed more: %v", err)
	}
}

func TestWriteRefusesSecrets(t *testing.T) {
	path := filepath.Join(t.TempDir(), "restore.plan")
	p := sample()
	p.Cluster = `pass"word`
	if _, err := Write(path, p, []string{`pass"word`}); err == nil {
		t.Error("a sensitive value is written")
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("there is a file: %v", err)
	}
}

// TestDecodeRefusesWhatANewerReleaseWrote says so, and not that somebody changed the file.
func TestDecodeRefusesWhatANewerReleaseWrote(t *testing.T) {
	doc, _, err := Encode(sample())
	if err != nil {
		t.Fatal(err)
	}
	p := sample()
	p.Format = planner.Format + 1
	newer, _, err := Encode(p)
	if err != nil {
		t.Fatal(err)
	}
	for want, text := range map[string][]byte{
		"the plan file has version 9": regexp.MustCompile(`("restorectl_plan": *)\d+`).ReplaceAll(doc, []byte("${1}9")),
		"the plan has format":         newer,
		"not a plan file: it has no":  []byte("{}"),
		"not a plan file: invalid":    []byte("plan"),
	} {
		if _, _, err := Decode(text); err == nil || errors.Is(err, ErrAltered) || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}
