//go:build linux

package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/lab"
)

// TestLabPowerCuts takes the power from a host in every phase of apply and of revert, and gives it back; the same command again goes on
// from there, and in the end all is as if nothing had happened.
func TestLabPowerCuts(t *testing.T) {
	c := lab.NewCluster(t, lab.Options{Backup: labBackup, Damage: 3})
	before := labFiles(t, c)
	plan := filepath.Join(c.Dir, "restore.plan")
	labPlan(t, c, labExample("debian"), plan)
	text := ""
	for _, cut := range []struct {
		command, phase string
		host           int
		// dark leaves the host without power until the command has given up.
		dark bool
	}{
		{"apply", planner.PhasePreflight, 0, false},
		{"apply", planner.PhaseQuiesce, 1, false},
		{"apply", planner.PhaseIsolate, 2, true},
		{"apply", planner.PhaseConfigure, 0, false},
		{"apply", planner.PhaseReset, 1, false},
		{"apply", planner.PhaseStart, 2, false},
		{"apply", planner.PhaseStage, 0, false},
		{"apply", planner.PhaseReview, 1, false},
		{"apply", planner.PhaseCommit, 2, false},
		// A host without power loses its packet filter: the others still have ports to open.
		{"revert", planner.PhaseQuiesce, 0, false},
		{"revert", planner.PhaseRestore, 0, false},
		{"revert", planner.PhaseStart, 0, false},
		{"revert", planner.PhaseOpen, 1, false},
	} {
		h := c.Hosts[cut.host]
		begun := time.Now()
		said, err := withPowerCut(t, c, h, cut.command, plan, cut.phase, cut.dark)
		text += said
		t.Logf("%s, power of %s cut in phase %s: after %s it ended with %v", cut.command, h.Name, cut.phase, time.Since(begun).Round(time.Second), err)
		if cut.command == "apply" && slices.Contains(heldIn, cut.phase) {
			demandHeld(t, h)
		}
		if t.Failed() {
			t.Fatal(text)
		}
		if cut.phase == planner.PhaseCommit || cut.phase == planner.PhaseOpen {
			text += again(t, cut.command, plan)
		}
	}
	demandNormalService(t, c, before)
	if t.Failed() {
		t.Log(text)
	}
}

// heldIn are the phases of apply before which every scheduler was held.
var heldIn = []string{planner.PhaseConfigure, planner.PhaseReset, planner.PhaseStart, planner.PhaseStage, planner.PhaseReview, planner.PhaseCommit}

// demandHeld demands of a host that was just booted that systemd came to its scheduler and let it be.
func demandHeld(t *testing.T, h *lab.Host) {
	t.Helper()
	said, err := h.Run(t.Context(), "systemctl", "show", "--property=ConditionResult,ConditionTimestampMonotonic,ActiveState,MainPID", "aurora-scheduler")
	if err != nil {
		t.Error(err)
		return
	}
	for _, want := range []string{"ConditionResult=no\n", "ActiveState=inactive\n", "MainPID=0\n"} {
		if !strings.Contains(said, want) {
			t.Errorf("after its boot the scheduler of %s is not held, want %q:\n%s", h.Name, want, said)
		}
	}
	if strings.Contains(said, "ConditionTimestampMonotonic=0\n") {
		t.Errorf("nothing tried to start the scheduler of %s in its boot:\n%s", h.Name, said)
	}
}

// withPowerCut gives a command, and takes the power from a host when a step of the phase has begun: until the command has given up where
// it is to stay dark, and otherwise for a second, after which the command is interrupted before the host is booted, however long that takes:
// the next phase is left for the next command. The error is the command's.
func withPowerCut(t *testing.T, c *lab.Cluster, h *lab.Host, command, plan, phase string, dark bool) (said string, err error) {
	t.Helper()
	known := len(journal(c.Dir))
	running := tool(t, command, "--auto-approve", plan)
	var out strings.Builder
	running.Stdout, running.Stderr = &out, &out
	if err := running.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- running.Wait() }()
	begun := func(events []executor.Event) bool {
		return len(events) > known && slices.ContainsFunc(events[known:], func(e executor.Event) bool {
			return e.Kind == executor.EventIntent && strings.HasPrefix(e.Step, phase+"/")
		})
	}
	if !awaitJournal(c.Dir, ended, begun) {
		t.Errorf("%s ended before phase %s had begun", command, phase)
	} else if err := h.PowerOff(); err != nil {
		t.Error(err)
	}
	if dark {
		err = <-ended
	} else {
		time.Sleep(time.Second)
		_ = running.Process.Signal(os.Interrupt) // It may have ended.
	}
	if err := h.Boot(t.Context()); err != nil {
		t.Error(err)
	}
	if !dark {
		err = <-ended
	}
	return "\n--- " + command + ", power of " + h.Name + " cut in phase " + phase + "\n" + out.String(), err
}
