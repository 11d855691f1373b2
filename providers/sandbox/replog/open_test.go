package replog

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/restorectl/restorectl/providers/log/replica/replicatest"
)

func TestOpenFails(t *testing.T) {
	g := newGroup(t, "locked", "stripped")
	g.open("locked")
	if err := replicatest.Unpack("corrupt", g.root); err != nil {
		t.Fatal(err)
	}
	manifests, err := filepath.Glob(g.dir("stripped") + "/MANIFEST-*")
	if err != nil || len(manifests) != 1 {
		t.Fatalf("manifests %v, error %v", manifests, err)
	}
	if err := os.Remove(manifests[0]); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"locked":    "IO error: lock " + g.dir("locked") + "/LOCK: Resource temporarily unavailable",
		"corrupt":   "Failed to deserialize record",
		"stripped":  "Corruption: ",
		"none/here": "NotFound: " + g.dir("none/here") + "/LOCK: No such file or directory",
	} {
		for range 2 { // Again at every restart.
			if _, err := Open(g.options(name)); err == nil || !strings.HasPrefix(err.Error(), "Failed to recover the log: "+want) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// TestFilesOfAKilledProcess opens copies of the files of a replica that nobody closed: whole, and with a damaged write-ahead log.
func TestFilesOfAKilledProcess(t *testing.T) {
	g := newGroup(t, "a", "b")
	all := g.open("a", "b")
	w := g.elect(all[0])
	for i := range 40 {
		g.append(w, fmt.Sprint(i, strings.Repeat(".", 4000)))
	}
	want := texts(t, all[0])
	for name, damage := range map[string]bool{"whole": false, "damaged": true} {
		if err := os.CopyFS(g.dir(name), os.DirFS(g.dir("a"))); err != nil {
			t.Fatal(err)
		}
		if damage {
			spoil(t, g.dir(name))
		}
		r := g.open(name)[0]
		got := texts(t, r)
		if lost := len(want) - len(got); r.Status() != "VOTING" || (lost > 0) != damage {
			t.Errorf("%s: status %s, %d of %d entries lost", name, r.Status(), lost, len(want))
		}
		if line := g.lines[name][0]; strings.Contains(line, " 0 holes") == damage || !strings.Contains(line, "positions 0 -> 40 with") {
			t.Errorf("%s: %s", name, line)
		}
	}
}

// spoil turns over bytes in the middle of a write-ahead log, enough for some entries.
func spoil(t *testing.T, dir string) {
	t.Helper()
	logs, err := filepath.Glob(filepath.Join(dir, "*.log"))
	if err != nil || len(logs) != 1 {
		t.Fatalf("write-ahead logs %v, error %v", logs, err)
	}
	text, err := os.ReadFile(logs[0])
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20000 {
		text[len(text)/2+i] ^= 0xff
	}
	if err := os.WriteFile(logs[0], text, 0o600); err != nil {
		t.Fatal(err)
	}
}
