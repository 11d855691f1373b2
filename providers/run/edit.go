package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/providers/host"
)

// private are the permissions of a saved original, whatever those of the file are.
const private fs.FileMode = 0o600

// Edit changes a file. The original is saved in the run's folder, with its owner, mode and times, and synced, together with the
// digests of before and after, before the file is replaced in one instant. Cut off anywhere and called again it goes on; called
// after it was done it changes nothing.
//
// The file must have the SHA-256 digest, the empty string standing for no file at all; edit gets its content, nil where there is
// none, and must give the same for the same. A file that is not as it should be is a *executor.Refusal and nothing was changed. Where
// there is no file the folder that is to hold it may be missing too, and is made.
func (f *Folder) Edit(ctx context.Context, file, want string, edit func(content []byte) ([]byte, error)) (executor.Outcome, error) {
	s, begun, err := f.sidecar(ctx, file)
	if err != nil {
		return nil, err
	}
	if begun {
		switch standing, _, err := f.standing(ctx, s); {
		case err != nil:
			return nil, err
		case standing == Edited:
			return f.edited(s), nil
		case standing == Restored:
			return nil, &executor.Refusal{Reason: fmt.Sprintf("this run edited %s on %s and has put it back already", file, f.Host.Name()), Remedy: "make a new plan"}
		case standing == Foreign:
			return nil, foreign(f.Host, file)
		}
	}
	target, folder, err := f.place(ctx, file, want)
	if err != nil {
		return nil, err
	}
	content, info, err := host.ReadFile(ctx, f.Host, target)
	now := host.DigestOf(content)
	if errors.Is(err, fs.ErrNotExist) {
		content, now, err = nil, absent, nil
	}
	if err != nil {
		return nil, err
	}
	if now != want {
		return nil, changed(f.Host, file)
	}
	after, err := edit(content)
	if err != nil {
		return nil, err
	}
	s = sidecar{Format: savedFormat, Path: file, Target: target, Folder: cmp.Or(folder, s.Folder), Before: now, After: host.DigestOf(after)}
	if now != absent {
		s.Mode, s.Owner, s.Group = host.Octal(info.Mode), info.Owner, info.Group
		if err := host.CopyFile(ctx, f.Host, target, f.Saved(file), now, private); err != nil {
			return nil, fmt.Errorf("saving %s on %s: %w", file, f.Host.Name(), err)
		}
	}
	if err := f.note(ctx, s); err != nil {
		return nil, err
	}
	// The last look before the file is replaced.
	if again, err := digest(ctx, f.Host, target); err != nil {
		return nil, err
	} else if again != now {
		return nil, changed(f.Host, file)
	}
	if folder != "" {
		if err := host.MakeFolder(ctx, f.Host, folder, host.FileInfo{Mode: fs.ModeDir | 0o755}); err != nil {
			return nil, err
		}
	}
	if s.After != s.Before {
		if err := host.WriteFile(ctx, f.Host, target, after, info); err != nil {
			return nil, err
		}
	}
	return f.edited(s), nil
}

// place gives what a file's path leads to, and the folder that must be made first, as that of a unit's first drop-in; empty where it is
// there.
func (f *Folder) place(ctx context.Context, file, want string) (target, folder string, err error) {
	target, err = host.Resolve(ctx, f.Host, file)
	if want != absent || !errors.Is(err, fs.ErrNotExist) {
		return target, "", err
	}
	folder, err = host.Resolve(ctx, f.Host, path.Dir(file))
	return path.Join(folder, path.Base(file)), folder, err
}

func (f *Folder) edited(s sidecar) executor.Outcome {
	o := executor.Outcome{"path": s.Path, "before": s.Before, "after": s.After}
	if s.Before != absent {
		o["saved"] = f.Saved(s.Path)
	}
	if s.Target != s.Path {
		o["target"] = s.Target
	}
	return o
}

func changed(h host.Host, file string) error {
	return &executor.Refusal{
		Reason: fmt.Sprintf("%s on %s is not as it was when the plan was made", file, h.Name()),
		Remedy: "look at it and make a new plan; nothing was changed in it",
	}
}

func foreign(h host.Host, file string) error {
	return &executor.Refusal{
		Reason: fmt.Sprintf("somebody else changed %s on %s after this run had edited it", file, h.Name()),
		Remedy: "`restorectl revert` takes this run's edit out again and keeps theirs",
	}
}
