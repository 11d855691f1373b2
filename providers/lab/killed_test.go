//go:build linux

package lab

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// held makes TestHeld hold a lab until it is killed.
const held = "LAB_HELD"

// TestKilled kills a lab that has a host, and looks for what is left of it.
func TestKilled(t *testing.T) {
	New(t, 0)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self, "-test.run=^TestHeld$", "-test.v")
	c.Env = append(os.Environ(), wanted+"=must", held+"=1")
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	group := ""
	for lines := bufio.NewScanner(out); group == "" && lines.Scan(); {
		_, group, _ = strings.Cut(lines.Text(), "held in ")
	}
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait() // It was killed.
	if group == "" {
		t.Fatal("the lab to be killed did not come up")
	}
	populated := func() bool {
		text, err := os.ReadFile(filepath.Join(group, "cgroup.events"))
		if err != nil {
			t.Fatal(err)
		}
		return strings.Contains(string(text), "populated 1")
	}
	for end := time.Now().Add(time.Minute); populated(); time.Sleep(pollEvery) {
		if time.Now().After(end) {
			t.Fatal("hosts live on in " + group)
		}
	}
	if err := removeGroups(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(group); err == nil {
		t.Error(group + " is left")
	}
}

// TestHeld is the lab that TestKilled kills.
func TestHeld(t *testing.T) {
	if os.Getenv(held) == "" {
		t.Skip("it is part of TestKilled")
	}
	l := New(t, 1)
	l.Boot(t)
	t.Logf("held in %s", within.group)
	<-t.Context().Done()
}
