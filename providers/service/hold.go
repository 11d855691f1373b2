package service

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/run"
)

// Holder carries out planner.HoldAction with a drop-in of systemd's unit. What the condition looks for lies in a folder that each boot
// empties, and is made anew by a start (planner.ServiceAction.Marker).
type Holder struct {
	Folders run.Locator
	Config  config.Service
}

// ObserveHold sees whether a service that the configuration wants held can be.
func ObserveHold(ctx context.Context, h host.Host, c config.Service, seen *planner.Service) (err error) {
	if c.DropIn == "" {
		return nil
	}
	if seen.Occupied, err = exists(ctx, h, c.DropIn); err != nil {
		return err
	}
	_, told, err := dropIns(ctx, h, c.Unit)
	if err == nil && !told {
		seen.Unheld = "what systemctl is there tells of no drop-ins"
	}
	return err
}

func exists(ctx context.Context, h host.Host, name string) (bool, error) {
	name, err := host.Expand(ctx, h, name)
	if err != nil {
		return false, err
	}
	_, err = host.Stat(ctx, h, name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// Look says whether the drop-in is as the step wants it, and whether systemd knows.
func (a *Holder) Look(ctx context.Context, s planner.Step) (executor.Stand, error) {
	g, err := a.grip(ctx, s)
	if err != nil {
		return executor.Pending, err
	}
	standing, err := g.folder.Standing(ctx, g.dropIn)
	if err != nil {
		return executor.Pending, err
	}
	loaded, err := g.loaded(ctx)
	if err != nil {
		return executor.Pending, err
	}
	if s.Action.Hold.Op == "hold" {
		if standing == run.Foreign {
			return executor.Pending, &executor.Refusal{
				Reason: fmt.Sprintf("somebody else changed %s on %s, which this run wrote", g.dropIn, s.Host),
				Remedy: "find out who, configuration management for one; `restorectl revert` undoes the run",
			}
		}
		return stand(standing == run.Edited && loaded), nil
	}
	marked, err := exists(ctx, g.folder.Host, g.marker)
	return stand((standing == run.Untouched || standing == run.Restored) && !loaded && !marked), err
}

// Act writes the drop-in, or takes it and the marker away, and lets systemd load that.
func (a *Holder) Act(ctx context.Context, s planner.Step) (executor.Outcome, error) {
	g, err := a.grip(ctx, s)
	if err != nil {
		return nil, err
	}
	var outcome executor.Outcome
	if s.Action.Hold.Op == "hold" {
		outcome, err = g.folder.Edit(ctx, g.dropIn, "", func([]byte) ([]byte, error) { return g.condition(), nil })
	} else {
		outcome, err = g.release(ctx)
	}
	if err != nil {
		return nil, err
	}
	if _, err := g.folder.Host.Run(ctx, host.Command{Args: []string{"systemctl", "daemon-reload"}, Root: true}); err != nil {
		return nil, fmt.Errorf("%s is as planned, but systemd did not load that: %w", g.dropIn, err)
	}
	return outcome, nil
}

// Verify looks again.
func (a *Holder) Verify(ctx context.Context, s planner.Step) (string, error) {
	stand, err := a.Look(ctx, s)
	switch {
	case err != nil:
		return "", err
	case stand != executor.Done && s.Action.Hold.Op == "hold":
		return "", fmt.Errorf("systemd on %s does not read %s for %s; name a drop-in of that unit in the block \"service\", or write hold = false", s.Host, s.Action.Hold.DropIn, a.Config.Unit)
	case stand != executor.Done:
		return "", fmt.Errorf("%s on %s still holds %s", s.Action.Hold.DropIn, s.Host, a.Config.Unit)
	case s.Action.Hold.Op == "hold":
		return "systemd starts it only where the marker is", nil
	}
	return "systemd starts it as before", nil
}

// grip is a hold on one host.
type grip struct {
	folder               *run.Folder
	unit, dropIn, marker string
}

func (a *Holder) grip(ctx context.Context, s planner.Step) (*grip, error) {
	act := s.Action.Hold
	if act == nil || act.Op != "hold" && act.Op != "release" {
		return nil, fmt.Errorf("step %s does not hold a service", s.ID)
	}
	if a.Config.Kind != config.ServiceSystemd {
		return nil, fmt.Errorf("step %s: a service of kind %q can't be held", s.ID, a.Config.Kind)
	}
	f, err := a.Folders.Folder(ctx, s.Host)
	if err != nil {
		return nil, err
	}
	g := &grip{folder: f, unit: a.Config.Unit}
	if g.dropIn, err = host.Expand(ctx, f.Host, act.DropIn); err != nil {
		return nil, err
	}
	g.marker, err = host.Expand(ctx, f.Host, act.Marker)
	return g, err
}

func (g *grip) condition() []byte {
	return []byte("# A restore is under way (restorectl). Until its revert this unit starts only where restorectl started it since the last boot,\n" +
		"# with its port blocked.\n[Unit]\nConditionPathExists=" + g.marker + "\n")
}

func (g *grip) release(ctx context.Context) (executor.Outcome, error) {
	outcome, err := g.folder.Restore(ctx, g.dropIn, nil)
	if err != nil {
		return nil, err
	}
	if err := host.Remove(ctx, g.folder.Host, g.marker); err != nil {
		return nil, err
	}
	return outcome, host.RemoveEmptyFolder(ctx, g.folder.Host, path.Dir(g.marker))
}

// loaded says whether the unit, as systemd has it, has the drop-in.
func (g *grip) loaded(ctx context.Context) (bool, error) {
	files, _, err := dropIns(ctx, g.folder.Host, g.unit)
	return slices.Contains(files, g.dropIn), err
}

// heldBy is the property of a unit that names its drop-ins.
const heldBy = "DropInPaths"

// dropIns are a unit's drop-ins, as systemd has it loaded; told is false where it does not tell, as what stands for it in containers.
func dropIns(ctx context.Context, h host.Host, unit string) (files []string, told bool, err error) {
	res, err := h.Run(ctx, host.Command{Args: []string{"systemctl", "show", "--no-pager", "--property=" + heldBy, unit}, Root: true})
	if err != nil {
		return nil, false, fmt.Errorf("can't ask systemd for %s: %w", unit, err)
	}
	value, told := strings.CutPrefix(strings.TrimSpace(string(res.Stdout)), heldBy+"=")
	return strings.Fields(value), told, nil
}

// mark makes the marker that a held service needs for its start. It is empty: that it is there is all it says.
func mark(ctx context.Context, h host.Host, marker string) error {
	name, err := host.Expand(ctx, h, marker)
	if err != nil {
		return err
	}
	if _, err := h.Run(ctx, host.Command{Args: marking(name), Root: true}); err != nil {
		return fmt.Errorf("can't make %s, without which the service does not start: %w", name, err)
	}
	return nil
}

func marking(marker string) []string {
	return []string{"install", "-D", "-m", "0644", "-T", "--", "/dev/null", marker}
}
