package flags

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/host"
)

// Observe reads the flags that a scheduler gets when it is started, from where they are written on its host. Values that hold secrets
// are masked. Settings that can't be understood are told in Problem; an error is one of reaching the host.
func Observe(ctx context.Context, h host.Host, c config.Flags) (planner.Settings, error) {
	s := planner.Settings{Kind: c.Kind}
	k, err := choose(c)
	if err != nil {
		return s, err
	}
	now, err := observe(ctx, h, k, &s)
	exit, unreadable := (*host.ExitError)(nil), (*unreadableError)(nil)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s.Problem = err.Error() + `: name the right file in the block "flags"`
		return s, nil
	case errors.As(err, &unreadable), errors.As(err, &exit), errors.Is(err, host.ErrNotRegular):
		s.Problem = err.Error()
		return s, nil
	case err != nil:
		return s, err
	}
	for _, f := range now.all() {
		found := planner.Flag{Name: f.name, Where: f.where()}
		found.Value, found.Secret = Mask(f.name, f.value)
		s.Flags = append(s.Flags, found)
	}
	return s, nil
}

// unreadableError says what is wrong with what is written.
type unreadableError struct{ error }

func (e *unreadableError) Unwrap() error { return e.error }

// open reads the file that an edit would change, nil where it is not there, and how flags are written in it.
func open(ctx context.Context, h host.Host, k kind) (path string, f form, text []byte, err error) {
	if path, err = k.path(ctx, h); err != nil {
		return path, nil, nil, err
	}
	if f, err = k.form(ctx, h, path); err != nil {
		return path, nil, nil, err
	}
	text, err = written(ctx, h, path)
	return path, f, text, err
}

// observe reads the text of a kind, and notes which it is.
func observe(ctx context.Context, h host.Host, k kind, s *planner.Settings) (page, error) {
	path, f, text, err := open(ctx, h, k)
	s.Path = path
	if err != nil {
		return nil, err
	}
	_, loads := k.(loader)
	if text == nil && !loads {
		return nil, fmt.Errorf("%s on %s: %w", s.Path, h.Name(), fs.ErrNotExist)
	}
	if text != nil {
		s.Digest = host.DigestOf(text)
	}
	now, err := f.read(text)
	if err != nil {
		return nil, &unreadableError{err}
	}
	if there, err := isLoaded(ctx, h, k, now); err != nil || there {
		return now, err
	}
	return nil, &unreadableError{fmt.Errorf("systemd has loaded another command for the unit than its files hold now: look why, then `systemctl daemon-reload`")}
}

// Refusal says why edits can't be made in what is written on the host; empty where they can.
func Refusal(ctx context.Context, h host.Host, c config.Flags, edits []planner.FlagEdit) (string, error) {
	k, err := choose(c)
	if err != nil {
		return "", err
	}
	_, f, text, err := open(ctx, h, k)
	if err != nil {
		return "", err
	}
	if _, err := edited(f, text, edits); err != nil {
		return err.Error(), nil //nolint:nilerr // It is the answer.
	}
	return "", nil
}

// isLoaded says whether what is written counts; a kind that needs no loading always does.
func isLoaded(ctx context.Context, h host.Host, k kind, now page) (bool, error) {
	if l, ok := k.(loader); ok {
		return l.loaded(ctx, h, now)
	}
	return true, nil
}
