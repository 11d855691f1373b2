package flags

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/providers/host"
)

// systemd is a unit with the flags in its command line, in the unit's file or in a drop-in. Where the configuration names a drop-in of
// its own, the edit goes there and the unit's file is left alone. What is written counts after daemon-reload, which belongs to the edit
// and to its undo.
type systemd struct{ c config.Flags }

// unitOf is what systemd says of a unit.
type unitOf struct {
	name, fragment string
	dropIns        []string
	// command is the command line that it has loaded, words joined by blanks.
	command string
}

func (s systemd) ask(ctx context.Context, h host.Host) (unitOf, error) {
	res, err := h.Run(ctx, host.Command{Root: true, Args: []string{"env", "LC_ALL=C", "systemctl", "show", "--no-pager",
		"--property=Id,FragmentPath,DropInPaths,ExecStart", s.c.Unit}})
	if err != nil {
		return unitOf{}, fmt.Errorf("can't ask systemd for %s: %w", s.c.Unit, err)
	}
	var u unitOf
	for line := range strings.Lines(string(res.Stdout)) {
		key, value, _ := strings.Cut(strings.TrimRight(line, "\r\n"), "=")
		switch key {
		case "Id":
			u.name = value
		case "FragmentPath":
			u.fragment = value
		case "DropInPaths":
			u.dropIns = strings.Fields(value)
		case "ExecStart":
			if _, rest, ok := strings.Cut(value, "argv[]="); ok {
				u.command, _, _ = strings.Cut(rest, " ; ")
			}
		}
	}
	if u.fragment == "" {
		return u, &unreadableError{fmt.Errorf("systemd on %s has no file for the unit %s", h.Name(), s.c.Unit)}
	}
	return u, nil
}

// path is the drop-in of the configuration, or the file in which the command line stands.
func (s systemd) path(ctx context.Context, h host.Host) (string, error) {
	if s.c.DropIn != "" {
		return s.c.DropIn, nil
	}
	f, err := s.files(ctx, h, "")
	if err != nil {
		return "", err
	}
	command, err := f.effective()
	if err != nil {
		return "", &unreadableError{err}
	}
	return f.files[command.file].path, nil
}

func (s systemd) form(ctx context.Context, h host.Host, path string) (form, error) {
	return s.files(ctx, h, path)
}

// files reads the unit's files in the order in which they count. The one at edited, which may not be there, is among them.
func (s systemd) files(ctx context.Context, h host.Host, edited string) (*unitForm, error) {
	u, err := s.ask(ctx, h)
	if err != nil {
		return nil, err
	}
	paths := append([]string{u.fragment}, u.dropIns...)
	if edited != "" && !slices.Contains(paths, edited) {
		paths = append(paths, edited)
		// Drop-ins count by their names, whatever folder they are in.
		slices.SortStableFunc(paths[1:], func(a, b string) int { return strings.Compare(path.Base(a), path.Base(b)) })
	}
	f := &unitForm{name: u.name, edited: slices.Index(paths, edited)}
	for _, p := range paths {
		text, err := written(ctx, h, p)
		if errors.Is(err, host.ErrNotRegular) {
			text, err = nil, nil // A drop-in that was masked leads to /dev/null.
		}
		if err != nil {
			return nil, err
		}
		f.files = append(f.files, parseUnitFile(p, text))
	}
	res, err := h.Run(ctx, host.Command{Args: []string{"uname", "-n"}})
	if err != nil {
		return nil, err
	}
	f.host = strings.TrimSpace(string(res.Stdout))
	return f, nil
}

func (s systemd) load(ctx context.Context, h host.Host) error {
	if _, err := h.Run(ctx, host.Command{Args: []string{"systemctl", "daemon-reload"}, Root: true}); err != nil {
		return fmt.Errorf("the unit's files are written, but systemd did not load them: %w", err)
	}
	return nil
}

// loaded compares the command line that systemd has with that of the files.
func (s systemd) loaded(ctx context.Context, h host.Host, now page) (bool, error) {
	u, err := s.ask(ctx, h)
	if err != nil {
		return false, err
	}
	c, ok := now.(*commandLine)
	return ok && u.command == strings.Join(c.loaded, " "), nil
}
