package flags

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/providers/host"
)

// kind is a way of writing flags, on hosts.
type kind interface {
	// path is the file that an edit changes on a host.
	path(ctx context.Context, h host.Host) (string, error)
	// form is how flags are written in that file, as far as other files of the host decide about it.
	form(ctx context.Context, h host.Host, path string) (form, error)
}

// loader is a kind whose files count only once they were loaded.
type loader interface {
	// load lets the present files count.
	load(ctx context.Context, h host.Host) error
	// loaded says whether they do.
	loaded(ctx context.Context, h host.Host, now page) (bool, error)
}

func choose(c config.Flags) (kind, error) {
	switch c.Kind {
	case config.FlagsDebian, config.FlagsRPM:
		return packages{c}, nil
	case config.FlagsSystemd:
		return systemd{c}, nil
	case config.FlagsArgFile:
		return argFile{c.Path}, nil
	}
	return nil, fmt.Errorf("there are no flags of kind %q", c.Kind)
}

// packages are hosts on which Aurora's packages are installed.
type packages struct{ c config.Flags }

func (p packages) path(ctx context.Context, h host.Host) (string, error) {
	return host.Expand(ctx, h, p.c.Settings)
}

func (p packages) form(ctx context.Context, h host.Host, path string) (form, error) {
	name, err := host.Expand(ctx, h, p.c.StartScript)
	if err != nil {
		return nil, err
	}
	script, _, err := host.ReadFile(ctx, h, name)
	if err != nil {
		return nil, err
	}
	return packaged{script: script, path: path}, nil
}

// written reads the file of an edit; nil says that there is none.
func written(ctx context.Context, h host.Host, path string) ([]byte, error) {
	text, _, err := host.ReadFile(ctx, h, path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return text, err
}
