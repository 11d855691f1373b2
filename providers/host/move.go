package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
)

// Move renames a file or a folder on its filesystem. It never copies and never overwrites: a target that is there, or lies on
// another filesystem, is an error, and nothing was changed. Both folders are synced.
func Move(ctx context.Context, h Host, from, to string) error {
	source, err := Lstat(ctx, h, from)
	if err != nil {
		return err
	}
	switch there, err := Exists(ctx, h, to); {
	case err != nil:
		return err
	case there:
		return fmt.Errorf("%s is not moved to %s on %s: %w", from, to, h.Name(), fs.ErrExist)
	}
	folder, err := Stat(ctx, h, path.Dir(to))
	if err != nil {
		return err
	}
	if folder.Device != source.Device {
		return fmt.Errorf("%s is not moved to %s on %s: they lie on different filesystems, or it is a mount point", from, to, h.Name())
	}
	if _, err := fileCommand(ctx, h, from, "mv", "-n", "-T", "--", from, to); err != nil {
		return err
	}
	// mv -n may do nothing, and say nothing of it.
	switch still, err := Exists(ctx, h, from); {
	case err != nil:
		return err
	case still:
		return fmt.Errorf("%s was not moved to %s on %s: %w", from, to, h.Name(), fs.ErrExist)
	}
	if err := syncFolder(ctx, h, path.Dir(to)); err != nil {
		return err
	}
	return syncFolder(ctx, h, path.Dir(from))
}

// Remove removes a single file or symbolic link; one that is not there is no error. It refuses folders.
func Remove(ctx context.Context, h Host, name string) error {
	info, err := Lstat(ctx, h, name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode.IsDir():
		return fmt.Errorf("%s on %s is a folder; it is not removed", name, h.Name())
	}
	if _, err := fileCommand(ctx, h, name, "rm", "-f", "--", name); err != nil {
		return err
	}
	return syncFolder(ctx, h, path.Dir(name))
}

// RemoveEmptyFolder removes a folder where nothing is in it; one that is not there, or holds something, is no error.
func RemoveEmptyFolder(ctx context.Context, h Host, name string) error {
	_, err := fileCommand(ctx, h, name, "rmdir", "--ignore-fail-on-non-empty", "--", name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return syncFolder(ctx, h, path.Dir(name))
}

// MakeFolder makes a folder, and those above it that are missing. Mode, owner and group are those of the last one, set also where
// it is there already; an empty owner or group leaves them as they are.
func MakeFolder(ctx context.Context, h Host, name string, as FileInfo) error {
	commands := [][]string{{"mkdir", "-p", "-m", Octal(as.Mode), "--", name}}
	if as.Owner != "" || as.Group != "" {
		commands = append(commands, []string{"chown", "--", as.Owner + group(as.Group), name})
	}
	commands = append(commands, []string{"chmod", "--", Octal(as.Mode), name}, []string{"sync", "--", path.Dir(name)})
	for _, args := range commands {
		if _, err := fileCommand(ctx, h, name, args...); err != nil {
			return err
		}
	}
	return nil
}

func group(name string) string {
	if name == "" {
		return ""
	}
	return ":" + name
}
