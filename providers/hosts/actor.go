package hosts

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/run"
)

// Observe reads the hosts file at path, which may begin with ~/, and the lines in it that name the host. A file that does not exist
// has an empty digest.
func Observe(ctx context.Context, h host.Host, path, name string) (planner.HostsFile, error) {
	path, err := host.Expand(ctx, h, path)
	if err != nil {
		return planner.HostsFile{}, err
	}
	content, _, err := host.ReadFile(ctx, h, path)
	if errors.Is(err, fs.ErrNotExist) {
		return planner.HostsFile{Path: path}, nil
	}
	if err != nil {
		return planner.HostsFile{}, err
	}
	return planner.HostsFile{Path: path, Digest: host.DigestOf(content), Lines: naming(content, name)}, nil
}

// Actor carries out planner.HostsFileAction.
type Actor struct {
	Folders run.Locator
}

// Look compares the file with what the plan saw and with what the run did to it.
func (a *Actor) Look(ctx context.Context, s planner.Step) (executor.Stand, error) {
	act, f, err := a.of(ctx, s)
	if err != nil {
		return executor.Pending, err
	}
	standing, err := f.Standing(ctx, act.Path)
	if err != nil {
		return executor.Pending, err
	}
	switch standing {
	case run.Begun:
	case run.Untouched, run.Restored:
		if act.Op == planner.OpRemoveLine {
			return executor.Done, nil
		}
	case run.Edited:
		if act.Op == planner.OpAddLine {
			return executor.Done, nil
		}
	case run.Foreign:
		if act.Op == planner.OpAddLine {
			return executor.Pending, &executor.Refusal{
				Reason: fmt.Sprintf("%s was changed by somebody else after this run edited it", act.Path),
				Remedy: "find out who edits it; `restorectl revert` takes out this run's line and keeps the rest",
			}
		}
	}
	return executor.Pending, nil
}

// Act adds the line, or takes it out again.
func (a *Actor) Act(ctx context.Context, s planner.Step) (executor.Outcome, error) {
	act, f, err := a.of(ctx, s)
	if err != nil {
		return nil, err
	}
	if act.Op == planner.OpRemoveLine {
		return f.Restore(ctx, act.Path, func(now []byte) ([]byte, error) { return remove(now, f.ID), nil })
	}
	return f.Edit(ctx, act.Path, act.Digest, func(content []byte) ([]byte, error) {
		out, err := add(content, act.Address, act.Name, f.ID)
		if errors.Is(err, errNamed) {
			return nil, &executor.Refusal{Reason: err.Error(), Remedy: "take the line out, or make a new plan if it leads here"}
		}
		return out, err
	})
}

// Verify reads the file again.
func (a *Actor) Verify(ctx context.Context, s planner.Step) (string, error) {
	act, f, err := a.of(ctx, s)
	if err != nil {
		return "", err
	}
	stand, err := a.Look(ctx, s)
	if err != nil {
		return "", err
	}
	if stand != executor.Done {
		return "", fmt.Errorf("%s on %s is not as the step left it", act.Path, f.Host.Name())
	}
	if act.Op == planner.OpRemoveLine {
		return "the line is gone", nil
	}
	return "the line is there", nil
}

func (a *Actor) of(ctx context.Context, s planner.Step) (*planner.HostsFileAction, *run.Folder, error) {
	act := s.Action.HostsFile
	if act == nil || act.Op != planner.OpAddLine && act.Op != planner.OpRemoveLine {
		return nil, nil, fmt.Errorf("step %s is not about a hosts file", s.ID)
	}
	f, err := a.Folders.Folder(ctx, s.Host)
	return act, f, err
}
