package log

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/log/replica"
)

// A log in use changes while it is copied. A copy that is torn is made again, so many times, so far apart.
const (
	copies    = 4
	copyPause = 500 * time.Millisecond
)

// errMoved says that files of a log in use came or went while they were copied.
var errMoved = errors.New("it changed while it was copied")

// Copy copies the replica in the folder from of a host into the local folder to, which must be empty. A log in use is copied as it is at
// one moment: again, where the copy does not fit together.
func Copy(ctx context.Context, h host.Host, from, to string) error {
	for try := 1; ; try++ {
		err := copyOnce(ctx, h, from, to)
		if err == nil {
			// What does not fit together though nobody writes, or after so many copies, is damaged: that is for the reader to say.
			torn, err := torn(ctx, h, from, to)
			if !torn || try == copies {
				return err
			}
		}
		if try == copies || errors.Is(err, host.ErrUnreachable) || err != nil && !errors.Is(err, errMoved) {
			return err
		}
		if err := empty(to); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(copyPause):
		}
	}
}

// torn says that a copy can't be read, and that a process has the log open, so that another copy may do better.
func torn(ctx context.Context, h host.Host, from, to string) (bool, error) {
	if _, err := replica.Read(to, nil); !errors.Is(err, replica.ErrDamaged) {
		return false, nil
	}
	by, err := openedBy(ctx, h, from)
	return by != "", err
}

// copyOnce copies the files in the order in which a database depends on them, all by one command.
func copyOnce(ctx context.Context, h host.Host, from, to string) error {
	names, err := list(ctx, h, from)
	if err != nil || len(names) == 0 {
		return err
	}
	r, w := io.Pipe()
	failed := make(chan error, 1)
	go func() {
		_, err := h.Run(ctx, host.Command{Root: true, Stdout: w, Args: append([]string{
			"tar", "--create", "--format=gnu", "--directory=" + from, "--warning=no-file-changed", "--file=-", "--"}, names...)})
		failed <- err
		_ = w.CloseWithError(io.EOF) // What is missing shows in the archive.
	}()
	got, err := unpack(r, to)
	_ = r.CloseWithError(err) // A command that is still writing ends.
	ran := <-failed
	exit := (*host.ExitError)(nil)
	switch {
	case errors.Is(ran, host.ErrUnreachable), ctx.Err() != nil:
		return errors.Join(ran, ctx.Err())
	case ran != nil && !errors.As(ran, &exit):
		return ran
	case err == nil && got < len(names):
		// Files went away, or can't be read; the next listing tells which.
		return fmt.Errorf("%w: %d of its %d files could be read: %w", errMoved, got, len(names), ran)
	case err != nil:
		return fmt.Errorf("copying %s from %s: %w", from, h.Name(), err)
	}
	now, err := list(ctx, h, from)
	if err == nil && !slices.Equal(now, names) {
		return errMoved
	}
	return err
}

// list names the files of a log: tables first, which never change, then what says which tables count, and last what is appended to.
// The lock and the database's own diary say nothing of what is in it.
func list(ctx context.Context, h host.Host, dir string) ([]string, error) {
	entries, err := host.ReadDir(ctx, h, dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		switch name := path.Base(e.Path); {
		case !e.Mode.IsRegular(), name == "LOCK", name == "LOG", name == "LOG.old":
		default:
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		if c := rank(a) - rank(b); c != 0 {
			return c
		}
		return strings.Compare(a, b)
	})
	return names, nil
}

func rank(name string) int {
	switch {
	case strings.HasSuffix(name, ".log"):
		return 3
	case strings.HasPrefix(name, "MANIFEST-"):
		return 2
	case name == "CURRENT":
		return 1
	}
	return 0
}

// unpack writes the files of an archive into a folder and counts them.
func unpack(r io.Reader, dir string) (int, error) {
	in := tar.NewReader(r)
	for n := 0; ; n++ {
		header, err := in.Next()
		if errors.Is(err, io.EOF) {
			_, err = io.Copy(io.Discard, r)
			return n, err
		}
		if err != nil {
			return n, err
		}
		if err := write(filepath.Join(dir, filepath.Base(header.Name)), in); err != nil {
			return n, err
		}
	}
}

func write(name string, r io.Reader) (err error) {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	_, err = io.Copy(f, r)
	return err
}

// empty removes the files of a folder.
func empty(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
