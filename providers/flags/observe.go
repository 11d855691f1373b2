package flags

import (
	"context"
	"errors"
	"io/fs"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/host"
)

// Observe reads the flags that a scheduler gets when it is started, from the start script and the settings on its host. Values
// that hold secrets are masked. Settings that can't be understood are told in Problem; an error is one of reaching the host.
func Observe(ctx context.Context, h host.Host, c config.Flags) (planner.Settings, error) {
	s := planner.Settings{Kind: c.Kind}
	var err error
	if s.Path, err = host.Expand(ctx, h, c.Settings); err != nil {
		return s, err
	}
	f := Files{Path: s.Path}
	if f.Settings, err = file(ctx, h, s.Path); err == nil {
		s.Digest = host.DigestOf(f.Settings)
		f.Script, err = script(ctx, h, c)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s.Problem = err.Error() + ": name the file in the block flags"
		return s, nil
	case err != nil:
		return s, err
	}
	l, err := read(f.Script, f.Settings, f.Path)
	if err != nil {
		s.Problem = err.Error()
		return s, nil //nolint:nilerr // The settings say it themselves.
	}
	for _, f := range l.flags {
		found := planner.Flag{Name: f.name, Where: f.where()}
		found.Value, found.Secret = Mask(f.name, f.value)
		s.Flags = append(s.Flags, found)
	}
	return s, nil
}

// script reads the start script.
func script(ctx context.Context, h host.Host, c config.Flags) ([]byte, error) {
	path, err := host.Expand(ctx, h, c.StartScript)
	if err != nil {
		return nil, err
	}
	return file(ctx, h, path)
}

func file(ctx context.Context, h host.Host, path string) ([]byte, error) {
	content, _, err := host.ReadFile(ctx, h, path)
	return content, err
}
