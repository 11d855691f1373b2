package servicetest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"testing"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/host/hosttest"
	"github.com/restorectl/restorectl/providers/run"
	"github.com/restorectl/restorectl/providers/service"
)

// HoldSubject is a service to be held.
type HoldSubject struct {
	Subject
	// Parent is the folder for the folders of runs, on the host.
	Parent string
	// Stride is how many commands later than the last time the host is lost, each time; zero is 1.
	Stride int
}

// RunHold runs the suite on it: hold, start in spite of it and by way of restorectl, forget the boot, release, each twice, and each
// cut off after its commands.
func RunHold(t *testing.T, s HoldSubject) {
	before := s.installed(t)
	t.Run("holds and releases", func(t *testing.T) {
		r := s.session(t, "held")
		defer r.close(t)
		r.holdsAndReleases(t)
	})
	t.Run("cut off", func(t *testing.T) {
		for at := 1; s.cutOff(t, at); at += cmp.Or(s.Stride, 1) {
			if after := s.installed(t); after != before {
				t.Fatalf("cut off after command %d, what is installed was\n%s\nand is\n%s", at, before, after)
			}
		}
	})
	if after := s.installed(t); after != before {
		t.Errorf("what is installed was\n%s\nand is\n%s", before, after)
	}
}

// heldRun is one run that holds the service.
type heldRun struct {
	HoldSubject
	folder *run.Folder
	// seen are the places of the hold.
	seen planner.Service
}

func (s HoldSubject) session(t *testing.T, id string) *heldRun {
	t.Helper()
	r := &heldRun{HoldSubject: s, folder: &run.Folder{Host: s.Host, Parent: s.Parent, ID: id}}
	if err := service.ObserveHold(t.Context(), s.Host, s.Config, &r.seen); err != nil || r.seen.Unheld != "" || r.seen.Occupied {
		t.Fatalf("where the hold is to be: %+v, %v", r.seen, err)
	}
	if err := r.folder.Open(t.Context(), planner.RunRecord{By: "op", From: "laptop"}); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *heldRun) close(t *testing.T) {
	t.Helper()
	if err := r.folder.Close(t.Context(), "reverted"); err != nil {
		t.Error(err)
	}
}

// Folder gives the run's folder, whatever the scheduler's name.
func (r *heldRun) Folder(context.Context, string) (*run.Folder, error) { return r.folder, nil }

func (r *heldRun) holder() *service.Holder { return &service.Holder{Folders: r, Config: r.Config} }

func (r *heldRun) holdStep(op planner.HoldOp) planner.Step {
	return planner.Step{ID: string(op), Host: r.Host.Name(), Action: planner.Action{Hold: &planner.HoldAction{Op: op, DropIn: r.seen.DropIn, Marker: r.seen.Marker}}}
}

func (r *heldRun) holds(t *testing.T, op planner.HoldOp) {
	t.Helper()
	if _, err := r.holder().Act(t.Context(), r.holdStep(op)); err != nil {
		t.Fatalf("%s: %v", op, err)
	}
	if seen, err := r.holder().Verify(t.Context(), r.holdStep(op)); err != nil || seen == "" {
		t.Fatalf("%s, verified: %q, %v", op, seen, err)
	}
}

func (r *heldRun) standing(t *testing.T, op planner.HoldOp, want executor.Stand) {
	t.Helper()
	if got, err := r.holder().Look(t.Context(), r.holdStep(op)); err != nil || got != want {
		t.Fatalf("look at %s: %v, %v; want %v", op, got, err, want)
	}
}

// byItself starts the service as its supervisor would at a boot.
func (r *heldRun) byItself(t *testing.T, want string) {
	t.Helper()
	if _, err := r.Host.Run(t.Context(), host.Command{Args: []string{"systemctl", "start", r.Config.Unit}, Root: true}); err != nil {
		t.Fatal(err)
	}
	r.observes(t, want)
	r.does(t, r.actor(r.Host), planner.OpStop)
}

func (r *heldRun) holdsAndReleases(t *testing.T) {
	r.standing(t, planner.OpHold, executor.Pending)
	r.standing(t, planner.OpRelease, executor.Done)
	for range 2 {
		r.holds(t, planner.OpHold)
		r.standing(t, planner.OpHold, executor.Done)
		r.standing(t, planner.OpRelease, executor.Pending)
		r.byItself(t, service.StateStopped)
	}
	seen := planner.Service{}
	if err := service.ObserveHold(t.Context(), r.Host, r.Config, &seen); err != nil || !seen.Occupied || seen.Unheld != "" {
		t.Errorf("where the hold is: %+v, %v", seen, err)
	}

	start := r.step(planner.OpStart)
	start.Action.Service.Marker = r.seen.Marker
	if _, err := r.actor(r.Host).Act(t.Context(), start); err != nil {
		t.Fatal(err)
	}
	r.observes(t, service.StateRunning)
	r.does(t, r.actor(r.Host), planner.OpStop)
	r.byItself(t, service.StateRunning)
	r.forget(t)
	r.byItself(t, service.StateStopped)

	for range 2 {
		r.holds(t, planner.OpRelease)
		r.standing(t, planner.OpRelease, executor.Done)
		r.byItself(t, service.StateRunning)
	}
}

// forget takes away what does not outlive a boot.
func (r *heldRun) forget(t *testing.T) {
	t.Helper()
	if _, err := r.Host.Run(t.Context(), host.Command{Args: []string{"rm", "-r", "--", path.Dir(r.seen.Marker)}, Root: true}); err != nil {
		t.Fatal(err)
	}
}

// cutOff loses the host after a command of a hold, holds again, and does the same with the release. It says whether either was as long.
func (s HoldSubject) cutOff(t *testing.T, at int) (long bool) {
	t.Helper()
	r := s.session(t, fmt.Sprintf("cut%d", at))
	defer r.close(t)
	for _, op := range []planner.HoldOp{planner.OpHold, planner.OpRelease} {
		lossy := &hosttest.Faulty{Host: s.Host, At: at, After: true}
		r.folder.Host = lossy
		_, err := r.holder().Act(t.Context(), r.holdStep(op))
		if err != nil && !errors.Is(err, host.ErrUnreachable) {
			t.Fatalf("%s, cut off after command %d: %v", op, at, err)
		}
		long = long || err != nil
		r.folder.Host = s.Host
		r.holds(t, op)
	}
	return long
}
