package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/providers/host"
)

// Restore undoes this run's edit of a file. A file that is as the edit left it becomes the saved original again, byte for byte,
// with its owner, mode and times; one that the edit made is removed. Where somebody else changed the file meanwhile, undo gets
// its present content and gives it without the edit: theirs is kept, and reported in executor.OutcomeKept. Outcome["restored"] is the
// SHA-256 that the file has now. Cut off anywhere and called again Restore goes on; called after it was done, or where this run
// did not edit the file, it changes nothing.
func (f *Folder) Restore(ctx context.Context, file string, undo func(current []byte) ([]byte, error)) (executor.Outcome, error) {
	s, begun, err := f.sidecar(ctx, file)
	if err != nil {
		return nil, err
	}
	if !begun {
		// An edit that was cut off may have left its unfinished work.
		return executor.Outcome{"path": file}, host.Sweep(ctx, f.Host, file)
	}
	standing, now, err := f.standing(ctx, s)
	if err != nil {
		return nil, err
	}
	switch standing {
	case Restored:
		return f.restored(s, now), nil
	case Untouched, Begun:
	case Edited:
		err = f.putBack(ctx, &s)
	case Foreign:
		err = f.takeOut(ctx, &s, now, undo)
	}
	if err != nil {
		return nil, err
	}
	if err := host.Sweep(ctx, f.Host, s.Target); err != nil {
		return nil, err
	}
	if s.Folder != "" {
		if err := host.RemoveEmptyFolder(ctx, f.Host, s.Folder); err != nil {
			return nil, err
		}
	}
	if err := f.follow(ctx, &s); err != nil {
		return nil, err
	}
	s.Restored = true
	if err := f.note(ctx, s); err != nil {
		return nil, err
	}
	if now, err = digest(ctx, f.Host, s.Target); err != nil {
		return nil, err
	}
	return f.restored(s, now), nil
}

func (f *Folder) restored(s sidecar, now string) executor.Outcome {
	o := executor.Outcome{"path": s.Path, "restored": now}
	if s.Kept != "" {
		o[executor.OutcomeKept] = s.Kept
	}
	return o
}

// putBack brings the original back where nobody else changed the content.
func (f *Folder) putBack(ctx context.Context, s *sidecar) error {
	if s.Before == absent {
		return host.Remove(ctx, f.Host, s.Target)
	}
	info, err := host.Stat(ctx, f.Host, s.Target)
	if err != nil {
		return err
	}
	if s.sameAttributes(info) {
		mode, err := s.permissions()
		if err != nil {
			return err
		}
		return host.CopyFile(ctx, f.Host, f.Saved(s.Path), s.Target, s.Before, mode)
	}
	// The content is the edit's, the owner or mode somebody else's.
	s.Kept = fmt.Sprintf("owner and mode, which somebody else changed to %s:%s %s", info.Owner, info.Group, host.Octal(info.Mode))
	if err := f.note(ctx, *s); err != nil {
		return err
	}
	content, err := f.Original(ctx, s.Path)
	if err != nil {
		return err
	}
	return host.WriteFile(ctx, f.Host, s.Target, content, info)
}

// takeOut takes the edit out of what somebody else made of the file. What comes out is written down first, so that a second try
// knows it again.
func (f *Folder) takeOut(ctx context.Context, s *sidecar, now string, undo func([]byte) ([]byte, error)) error {
	if now == absent {
		s.Kept = "that somebody else removed the file; the original is " + f.Saved(s.Path)
		return f.note(ctx, *s)
	}
	if now == s.Undone {
		return nil
	}
	content, info, err := host.ReadFile(ctx, f.Host, s.Target)
	if err != nil {
		return err
	}
	if undo == nil {
		return &executor.Refusal{
			Reason: fmt.Sprintf("somebody else changed %s on %s after this run had edited it", s.Path, f.Host.Name()),
			Remedy: fmt.Sprintf("undo the edit by hand; the original is %s", f.Saved(s.Path)),
		}
	}
	without, err := undo(content)
	if err != nil {
		return fmt.Errorf("somebody else changed %s on %s after this run had edited it, and the edit can't be taken out: %w; do it by hand, the original is %s",
			s.Path, f.Host.Name(), err, f.Saved(s.Path))
	}
	s.Undone = host.DigestOf(without)
	s.Kept = "what somebody else changed in the file after the edit; the original is " + f.Saved(s.Path)
	if err := f.note(ctx, *s); err != nil {
		return err
	}
	if s.Undone == now {
		return nil
	}
	return host.WriteFile(ctx, f.Host, s.Target, without, info)
}

// follow reports where a symbolic link leads elsewhere now. The file that was edited was put back all the same.
func (f *Folder) follow(ctx context.Context, s *sidecar) error {
	leads, err := host.Resolve(ctx, f.Host, s.Path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if leads != s.Target && (leads != "" || s.Folder == "") {
		s.Kept = join(s.Kept, fmt.Sprintf("where %s leads to: %s instead of %s", s.Path, cmp.Or(leads, "nothing"), s.Target))
	}
	return nil
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}
