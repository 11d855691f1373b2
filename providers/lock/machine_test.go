package lock

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestDead believes that a process is gone only where it was on this machine: elsewhere the same number is another one's.
func TestDead(t *testing.T) {
	ended := exec.Command("true")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	gone := ended.Process.Pid
	for name, tt := range map[string]struct {
		machine, self string
		pid           int
		want          bool
	}{
		"ended":                {"m", "m", gone, true},
		"on another machine":   {"n", "m", gone, false},
		"machines without ids": {"", "", gone, false},
		"this one":             {"m", "m", os.Getpid(), false},
		"running":              {"m", "m", os.Getppid(), false},
		"no number":            {"m", "m", 0, false},
	} {
		if got := (process{tt.machine, tt.pid}).dead(process{tt.self, os.Getpid()}); got != tt.want {
			t.Errorf("%s: dead %v", name, got)
		}
	}
}

func TestNodesThatAreNotUnderstood(t *testing.T) {
	for text, want := range map[string]string{
		`{"format":2,"run":"a"}`: "has format 2, this restorectl knows 1: use the release that wrote it",
		`{"run":"a"}`:            "has format 0",
		"junk":                   "can't be understood",
	} {
		if _, err := parseNode([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
