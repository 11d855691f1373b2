package flags

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/run"
)

// Actor carries out planner.FlagsAction.
type Actor struct {
	Folders run.Locator
	Config  config.Flags
}

// Look compares the settings with what the plan saw and with what the run did to them.
func (a *Actor) Look(ctx context.Context, s planner.Step) (executor.Stand, error) {
	act, f, err := a.of(ctx, s)
	if err != nil {
		return executor.Pending, err
	}
	standing, err := f.Standing(ctx, act.Path)
	if err != nil {
		return executor.Pending, err
	}
	switch {
	case act.Op == planner.OpRestore && (standing == run.Untouched || standing == run.Restored), act.Op == planner.OpEdit && standing == run.Edited:
		return a.counts(ctx, f, act.Path)
	case act.Op == planner.OpEdit && standing == run.Foreign:
		return executor.Pending, &executor.Refusal{
			Reason: fmt.Sprintf("%s on %s was changed by somebody else after this run edited it", act.Path, f.Host.Name()),
			Remedy: "find out who edits it, configuration management for one; `restorectl revert` takes out this run's edit and keeps the rest",
		}
	}
	return executor.Pending, nil
}

// Act edits the settings, or takes the edit out again.
func (a *Actor) Act(ctx context.Context, s planner.Step) (executor.Outcome, error) {
	act, f, err := a.of(ctx, s)
	if err != nil {
		return nil, err
	}
	k, err := choose(a.Config)
	if err != nil {
		return nil, err
	}
	var outcome executor.Outcome
	if act.Op == planner.OpRestore {
		outcome, err = restore(ctx, f, k, act)
	} else {
		outcome, err = edit(ctx, f, k, act)
	}
	if l, ok := k.(loader); ok && err == nil {
		err = l.load(ctx, f.Host)
	}
	return outcome, err
}

func edit(ctx context.Context, f *run.Folder, k kind, act *planner.FlagsAction) (executor.Outcome, error) {
	form, err := k.form(ctx, f.Host, act.Path)
	if err != nil {
		return nil, err
	}
	return f.Edit(ctx, act.Path, act.Digest, func(content []byte) ([]byte, error) {
		out, err := edited(form, content, act.Edits)
		if err != nil {
			return nil, &executor.Refusal{
				Reason: fmt.Sprintf("%s on %s: %v", act.Path, f.Host.Name(), err),
				Remedy: "write the flag into the settings by hand, then make a new plan; nothing was changed in the file",
			}
		}
		return out, nil
	})
}

// restore takes the edit out. What is needed to understand the text is only looked for where somebody else changed it.
func restore(ctx context.Context, f *run.Folder, k kind, act *planner.FlagsAction) (executor.Outcome, error) {
	return f.Restore(ctx, act.Path, func(now []byte) ([]byte, error) {
		form, err := k.form(ctx, f.Host, act.Path)
		if err != nil {
			return nil, err
		}
		original, err := f.Original(ctx, act.Path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		return undone(form, original, now, act.Edits)
	})
}

// counts says whether the file as it is has been loaded, where its kind needs that.
func (a *Actor) counts(ctx context.Context, f *run.Folder, path string) (executor.Stand, error) {
	k, err := choose(a.Config)
	if err != nil {
		return executor.Pending, err
	}
	if _, ok := k.(loader); !ok {
		return executor.Done, nil
	}
	form, err := k.form(ctx, f.Host, path)
	if err != nil {
		return executor.Pending, err
	}
	text, err := written(ctx, f.Host, path)
	if err != nil {
		return executor.Pending, err
	}
	now, err := form.read(text)
	if err != nil {
		return executor.Pending, fmt.Errorf("%s on %s: %w", path, f.Host.Name(), err)
	}
	if there, err := isLoaded(ctx, f.Host, k, now); err != nil || !there {
		return executor.Pending, err
	}
	return executor.Done, nil
}

// Verify reads the settings again and compares the flags that they give.
func (a *Actor) Verify(ctx context.Context, s planner.Step) (string, error) {
	act, f, err := a.of(ctx, s)
	if err != nil {
		return "", err
	}
	stand, err := a.Look(ctx, s)
	switch {
	case err != nil:
		return "", err
	case stand != executor.Done:
		return "", fmt.Errorf("%s on %s is not as the step left it", act.Path, f.Host.Name())
	case act.Op == planner.OpRestore:
		return "the flags are as they were written before", nil
	}
	seen, err := Observe(ctx, f.Host, a.Config)
	if err != nil {
		return "", err
	}
	if seen.Problem != "" {
		return "", fmt.Errorf("%s on %s: %s", act.Path, f.Host.Name(), seen.Problem)
	}
	now := planner.Host{Settings: seen}
	for _, e := range act.Edits {
		got, there := now.Flag(e.Name)
		if there != (e.After != nil) || there && !got.Secret && got.Value != *e.After {
			return "", fmt.Errorf("%s on %s does not give the flag -%s as planned", act.Path, f.Host.Name(), e.Name)
		}
	}
	return fmt.Sprintf("%d flags are as planned, none is given twice", len(act.Edits)), nil
}

func (a *Actor) of(ctx context.Context, s planner.Step) (*planner.FlagsAction, *run.Folder, error) {
	act := s.Action.Flags
	if act == nil || act.Op != planner.OpEdit && act.Op != planner.OpRestore {
		return nil, nil, fmt.Errorf("step %s is not about flags", s.ID)
	}
	f, err := a.Folders.Folder(ctx, s.Host)
	return act, f, err
}
