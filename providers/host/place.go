package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"
)

// Expand replaces a leading ~/ by the home folder of the connection's user on the host.
func Expand(ctx context.Context, h Host, name string) (string, error) {
	rest, ok := strings.CutPrefix(name, "~/")
	if !ok {
		return name, nil
	}
	res, err := h.Run(ctx, Command{Args: []string{"printenv", "HOME"}})
	if err != nil {
		return "", fmt.Errorf("can't tell the home folder of the connection's user: %w", err)
	}
	home := strings.TrimSuffix(string(res.Stdout), "\n")
	if !path.IsAbs(home) {
		return "", fmt.Errorf("the home folder of the connection's user on %s is %q; write %s as an absolute path", h.Name(), home, name)
	}
	return path.Join(home, rest), nil
}

// FreeBytes is how much of the filesystem that holds a path is free for its users, in bytes. Where the path itself is not there
// the nearest folder above it counts.
func FreeBytes(ctx context.Context, h Host, name string) (int64, error) {
	near, err := nearest(ctx, h, name)
	if err != nil {
		return 0, err
	}
	out, err := fileCommand(ctx, h, near, "df", "--output=avail", "-B1", "--", near)
	if err != nil {
		return 0, err
	}
	lines := strings.Fields(string(out))
	if len(lines) == 0 {
		return 0, fmt.Errorf("df of %s on %s printed nothing", name, h.Name())
	}
	free, err := strconv.ParseInt(lines[len(lines)-1], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("df of %s on %s: %w", name, h.Name(), err)
	}
	return free, nil
}

// SameFilesystem says whether two paths lie on one filesystem. Where a path is not there the nearest folder above it counts.
func SameFilesystem(ctx context.Context, h Host, a, b string) (bool, error) {
	var devices [2]string
	for i, name := range []string{a, b} {
		near, err := nearest(ctx, h, name)
		if err != nil {
			return false, err
		}
		info, err := Stat(ctx, h, near)
		if err != nil {
			return false, err
		}
		devices[i] = info.Device
	}
	return devices[0] == devices[1], nil
}

// nearest is the path, or the first folder above it that is there.
func nearest(ctx context.Context, h Host, name string) (string, error) {
	for {
		_, err := Stat(ctx, h, name)
		if err == nil || !errors.Is(err, fs.ErrNotExist) || name == "/" {
			return name, err
		}
		name = path.Dir(name)
	}
}

// IsMountpoint says whether a filesystem is mounted at a path, which then can't be moved.
func IsMountpoint(ctx context.Context, h Host, name string) (bool, error) {
	_, err := fileCommand(ctx, h, name, "mountpoint", "-q", "--", name)
	exit := (*ExitError)(nil)
	if errors.As(err, &exit) && (exit.Code == 1 || exit.Code == 32) && silent(exit, "mountpoint") {
		// Not a mount point, or not there at all.
		_, err := Stat(ctx, h, name)
		return false, err
	}
	return err == nil, err
}

// Clock is the time on the host, as it was about when the answer came.
func Clock(ctx context.Context, h Host) (time.Time, error) {
	res, err := h.Run(ctx, Command{Args: []string{"date", "+%s"}})
	if err != nil {
		return time.Time{}, err
	}
	seconds, err := strconv.ParseInt(strings.TrimSpace(string(res.Stdout)), 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("date on %s printed %q", h.Name(), res.Stdout)
	}
	return time.Unix(seconds, 0), nil
}
