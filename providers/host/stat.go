package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The functions on files run GNU coreutils on the host with root's rights. Paths must be absolute. A file that is not there is
// an error that errors.Is fs.ErrNotExist.

// StatFormat prints type and permissions in hex, size, names and numbers of owner and group, and the device.
const StatFormat = `%f %s %U %u %G %g %d`

// FindFormat prints type, permissions, size, owner and group, device and time of writing of what find comes across, and its path.
const FindFormat = `%y %m %s %u:%g %D %T@ %p\0`

// What they print. A name may hold blanks, as that of a domain's group does ("domain users"), but no colon.
var (
	statLine  = regexp.MustCompile(`^([0-9a-f]+) ([0-9]+) (.+?) ([0-9]+) (.+?) ([0-9]+) ([0-9]+)$`)
	findEntry = regexp.MustCompile(`(?s)^(\S) ([0-7]+) ([0-9]+) ([^:]+):(.+?) ([0-9]+) (-?[0-9]+)[0-9.]* (/.*)$`)
)

// Stat describes the file that a path leads to, through symbolic links.
func Stat(ctx context.Context, h Host, name string) (FileInfo, error) {
	return stat(ctx, h, name, "stat", "-L", "--printf="+StatFormat, "--")
}

// Lstat describes what stands at a path, a symbolic link itself where it is one.
func Lstat(ctx context.Context, h Host, name string) (FileInfo, error) {
	return stat(ctx, h, name, "stat", "--printf="+StatFormat, "--")
}

func stat(ctx context.Context, h Host, name string, words ...string) (FileInfo, error) {
	out, err := fileCommand(ctx, h, name, append(words, name)...)
	if err != nil {
		return FileInfo{}, err
	}
	f := statLine.FindStringSubmatch(string(out))
	if f == nil {
		return FileInfo{}, fmt.Errorf("stat of %s on %s printed %q", name, h.Name(), out)
	}
	raw, err1 := strconv.ParseUint(f[1], 16, 32)
	size, err2 := strconv.ParseInt(f[2], 10, 64)
	if err := errors.Join(err1, err2); err != nil {
		return FileInfo{}, fmt.Errorf("stat of %s on %s: %w", name, h.Name(), err)
	}
	return FileInfo{Path: name, Size: size, Mode: UnixMode(uint32(raw)), Owner: nameOr(f[3], f[4]), Group: nameOr(f[5], f[6]), Device: f[7]}, nil
}

// nameOr is the name, or the number where stat knows no name.
func nameOr(name, number string) string {
	if name == "UNKNOWN" {
		return number
	}
	return name
}

// UnixMode translates a raw mode of stat(2).
func UnixMode(raw uint32) fs.FileMode {
	mode := fs.FileMode(raw & 0o777)
	kinds := map[uint32]fs.FileMode{0o040000: fs.ModeDir, 0o120000: fs.ModeSymlink, 0o010000: fs.ModeNamedPipe, 0o140000: fs.ModeSocket,
		0o060000: fs.ModeDevice, 0o020000: fs.ModeDevice | fs.ModeCharDevice}
	mode |= kinds[raw&0o170000]
	for bit, special := range map[uint32]fs.FileMode{0o4000: fs.ModeSetuid, 0o2000: fs.ModeSetgid, 0o1000: fs.ModeSticky} {
		if raw&bit != 0 {
			mode |= special
		}
	}
	return mode
}

// Octal writes the permission bits as chmod takes them.
func Octal(mode fs.FileMode) string {
	bits := uint32(mode.Perm())
	for bit, special := range map[uint32]fs.FileMode{0o4000: fs.ModeSetuid, 0o2000: fs.ModeSetgid, 0o1000: fs.ModeSticky} {
		if mode&special != 0 {
			bits |= bit
		}
	}
	return fmt.Sprintf("%04o", bits)
}

// ReadDir describes what is in a folder, symbolic links themselves, sorted by path.
func ReadDir(ctx context.Context, h Host, name string) ([]FileInfo, error) {
	info, err := Stat(ctx, h, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode.IsDir() {
		return nil, fmt.Errorf("%s on %s is not a folder", name, h.Name())
	}
	// The slash makes find look into a folder that a link leads to.
	out, err := fileCommand(ctx, h, name, "find", strings.TrimSuffix(name, "/")+"/", "-mindepth", "1", "-maxdepth", "1", "-printf", FindFormat)
	if err != nil {
		return nil, err
	}
	var infos []FileInfo
	for entry := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		if entry == "" {
			continue
		}
		info, err := parseFind(entry)
		if err != nil {
			return nil, fmt.Errorf("listing of %s on %s: %w", name, h.Name(), err)
		}
		infos = append(infos, info)
	}
	slices.SortFunc(infos, func(a, b FileInfo) int { return strings.Compare(a.Path, b.Path) })
	return infos, nil
}

func parseFind(entry string) (FileInfo, error) {
	f := findEntry.FindStringSubmatch(entry)
	if f == nil {
		return FileInfo{}, fmt.Errorf("find printed %q", entry)
	}
	kinds := map[string]uint32{"d": 0o040000, "l": 0o120000, "p": 0o010000, "s": 0o140000, "b": 0o060000, "c": 0o020000}
	perm, err1 := strconv.ParseUint(f[2], 8, 32)
	size, err2 := strconv.ParseInt(f[3], 10, 64)
	written, err3 := strconv.ParseInt(f[7], 10, 64)
	if err := errors.Join(err1, err2, err3); err != nil {
		return FileInfo{}, err
	}
	return FileInfo{Path: path.Clean(f[8]), Modified: time.Unix(written, 0).UTC(), Size: size, Mode: UnixMode(uint32(perm) | kinds[f[1]]), Owner: f[4], Group: f[5], Device: f[6]}, nil
}

// Resolve gives the path that a path leads to when all symbolic links in it are followed. The last part need not be there.
func Resolve(ctx context.Context, h Host, name string) (string, error) {
	out, err := fileCommand(ctx, h, name, "readlink", "-f", "-n", "--", name)
	switch exit := (*ExitError)(nil); {
	case errors.As(err, &exit) && silent(exit, "readlink"):
		return "", fmt.Errorf("%s on %s leads nowhere: a folder in it is missing or a link goes in circles: %w", name, h.Name(), fs.ErrNotExist)
	case err != nil:
		return "", err
	}
	return string(out), nil
}

// fileCommand runs a command about a file and tells a missing file apart from other failures.
func fileCommand(ctx context.Context, h Host, name string, args ...string) ([]byte, error) {
	if !path.IsAbs(name) {
		return nil, fmt.Errorf("%q is not an absolute path", name)
	}
	res, err := h.Run(ctx, fileRun(args...))
	return res.Stdout, Missing(name, err)
}

func fileRun(args ...string) Command {
	return Command{Args: append([]string{"env", localeC}, args...), Root: true}
}

// Missing makes the error of a command that speaks English (env LC_ALL=C) recognisable as that of a file, or a process of /proc, that is
// not there. Only what the program itself says counts: a login shell and sudo may miss files of their own at every command.
func Missing(name string, err error) error {
	exit := (*ExitError)(nil)
	if !errors.As(err, &exit) || exit.Code == 127 || len(exit.Args) < 3 {
		return err
	}
	program := exit.Args[2] + ": "
	for line := range strings.Lines(string(exit.Stderr)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, program) && (strings.HasSuffix(line, "No such file or directory") || strings.HasSuffix(line, "No such process")) {
			return fmt.Errorf("%s on %s: %w", name, exit.Host, fs.ErrNotExist)
		}
	}
	return err
}

// silent says whether a program failed without a word, whatever a login shell or sudo ("unable to resolve host") said beside it.
func silent(e *ExitError, program string) bool { return !strings.Contains(string(e.Stderr), program) }
