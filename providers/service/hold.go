package service

import (
	"context"
	"fmt"
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

// systemUnits ends the name of the folder for the units of a machine's own.
const systemUnits = "/etc/systemd/system"

// ObserveHold sees where a service that the configuration wants held can be.
func ObserveHold(ctx context.Context, h host.Host, c config.Service, seen *planner.Service) error {
	if !c.Hold {
		return nil
	}
	folders, err := shownWords(ctx, h, folderProperty)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(folders, func(f string) bool { return strings.HasSuffix(f, systemUnits) })
	_, told, err := dropIns(ctx, h, c.Unit)
	switch {
	case err != nil:
		return err
	case i < 0 || !told:
		seen.Unheld = "what systemctl is there tells of no drop-ins"
		return nil
	}
	seen.DropIn, seen.Marker = planner.HoldFiles(strings.TrimSuffix(folders[i], systemUnits), c.Unit)
	seen.Occupied, err = host.Exists(ctx, h, seen.DropIn)
	return err
}

// Look says whether the drop-in is as the step wants it, and whether systemd knows.
func (a *Holder) Look(ctx context.Context, s planner.Step) (executor.Stand, error) {
	g, err := a.grip(ctx, s)
	if err != nil {
		return executor.Pending, err
	}
	standing, err := g.folder.Standing(ctx, s.Action.Hold.DropIn)
	if err != nil {
		return executor.Pending, err
	}
	loaded, err := g.loaded(ctx)
	if err != nil {
		return executor.Pending, err
	}
	act := s.Action.Hold
	if act.Op == planner.OpHold {
		if standing == run.Foreign {
			return executor.Pending, &executor.Refusal{
				Reason: fmt.Sprintf("somebody else changed %s on %s, which this run wrote", g.dropIn, s.Host),
				Remedy: "find out who, configuration management for one; `restorectl revert` undoes the run",
			}
		}
		return stand(standing == run.Edited && loaded), nil
	}
	marked, err := host.Exists(ctx, g.folder.Host, act.Marker)
	return stand((standing == run.Untouched || standing == run.Restored) && !loaded && !marked), err
}

// Act writes the drop-in, or takes it and the marker away, and lets systemd load that.
func (a *Holder) Act(ctx context.Context, s planner.Step) (executor.Outcome, error) {
	g, err := a.grip(ctx, s)
	if err != nil {
		return nil, err
	}
	var outcome executor.Outcome
	if s.Action.Hold.Op == planner.OpHold {
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
	case stand != executor.Done && s.Action.Hold.Op == planner.OpHold:
		return "", fmt.Errorf("systemd on %s does not read %s for %s; write hold = false in the block \"service\"", s.Host, s.Action.Hold.DropIn, a.Config.Unit)
	case stand != executor.Done:
		return "", fmt.Errorf("%s on %s still holds %s", s.Action.Hold.DropIn, s.Host, a.Config.Unit)
	case s.Action.Hold.Op == planner.OpHold:
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
	if act == nil || act.Op != planner.OpHold && act.Op != planner.OpRelease {
		return nil, fmt.Errorf("step %s does not hold a service", s.ID)
	}
	if a.Config.Kind != config.ServiceSystemd {
		return nil, fmt.Errorf("step %s: a service of kind %q can't be held", s.ID, a.Config.Kind)
	}
	f, err := a.Folders.Folder(ctx, s.Host)
	return &grip{f, a.Config.Unit, act.DropIn, act.Marker}, err
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

// The properties that tell of drop-ins, and of the folders for units.
const (
	dropInProperty = "DropInPaths"
	folderProperty = "UnitPath"
)

// dropIns are a unit's drop-ins, as systemd has it loaded; told is false where it does not tell, as what stands for it in containers.
func dropIns(ctx context.Context, h host.Host, unit string) (files []string, told bool, err error) {
	files, err = shownWords(ctx, h, dropInProperty, unit)
	return files, files != nil, err
}

// shownWords are the words of a property of a unit, or of systemd itself; nil where it is not told.
func shownWords(ctx context.Context, h host.Host, property string, unit ...string) ([]string, error) {
	res, err := h.Run(ctx, host.Command{Args: showing(property, unit...), Root: true})
	if err != nil {
		return nil, fmt.Errorf("can't ask systemd for %s: %w", property, err)
	}
	value, told := strings.CutPrefix(strings.TrimSpace(string(res.Stdout)), property+"=")
	if !told {
		return nil, nil
	}
	return append([]string{}, strings.Fields(value)...), nil
}

func showing(property string, unit ...string) []string {
	return append([]string{"systemctl", "show", "--no-pager", "--property=" + property}, unit...)
}

// mark makes the marker that a held service needs for its start. It is empty: that it is there is all it says.
func mark(ctx context.Context, h host.Host, marker string) error {
	if _, err := h.Run(ctx, host.Command{Args: marking(marker), Root: true}); err != nil {
		return fmt.Errorf("can't make %s, without which the service does not start: %w", marker, err)
	}
	return nil
}

// MarkerCommands are the commands that make and remove a marker, and its folder, with root's rights, for a sudoers rule.
func MarkerCommands(marker string) [][]string {
	return [][]string{marking(marker), {"rmdir", "--ignore-fail-on-non-empty", "--", path.Dir(marker)}}
}

func marking(marker string) []string {
	return []string{"install", "-D", "-m", "0644", "-T", "--", "/dev/null", marker}
}
