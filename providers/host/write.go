package host

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
)

// WriteFile replaces a file, or makes it, in one instant: who looks sees the old content or the new one, whole, even after a
// power cut. The new content is written into a file beside it with owner, group and mode as given, synced, and renamed; then the
// folder is synced. An empty owner or group, or a zero mode, is taken from the file that is replaced, else it is root's and
// 0644; access lists and other attributes are taken from it too.
//
// A symbolic link is not replaced: it stays, and what it leads to is replaced.
func WriteFile(ctx context.Context, h Host, name string, content []byte, as FileInfo) error {
	return Send(ctx, h, bytes.NewReader(content), name, "", as)
}

// Send writes what r holds into a file on the host, as WriteFile does. The file only appears when what arrived has the given
// SHA-256; an empty one accepts what r gave.
func Send(ctx context.Context, h Host, r io.Reader, name, digest string, as FileInfo) error {
	target, err := Resolve(ctx, h, name)
	if err != nil {
		return err
	}
	before, err := Stat(ctx, h, target)
	there := err == nil
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	case there && !before.Mode.IsRegular():
		return fmt.Errorf("%s on %s is not a regular file but %s; it is not replaced", name, h.Name(), before.Mode)
	}
	temp, sum := leftover(target), sha256.New()
	// Made empty and closed to others first: it may hold secrets. install takes away what is in the way, links included.
	if _, err := fileCommand(ctx, h, temp, "install", "-m", "0600", "-T", "--", "/dev/null", temp); err != nil {
		return err
	}
	if err := fill(ctx, h, temp, io.TeeReader(r, sum)); err != nil {
		return err
	}
	if err := attributes(ctx, h, temp, target, there, before, as); err != nil {
		return err
	}
	if _, err := fileCommand(ctx, h, temp, "sync", "--", temp); err != nil {
		return err
	}
	got := hex.EncodeToString(sum.Sum(nil))
	if digest != "" && got != digest {
		return fmt.Errorf("what was to be sent to %s on %s has the SHA-256 %s, not %s as expected; it was not put in place", name, h.Name(), got, digest)
	}
	if err := arrived(ctx, h, temp, name, got); err != nil {
		return err
	}
	return rename(ctx, h, temp, target)
}

// CopyFile copies a file on the host onto another, in one instant as WriteFile does, with its owner, mode, times and all other
// attributes, but with the given permissions. The copy must have the given SHA-256.
func CopyFile(ctx context.Context, h Host, from, to, digest string, mode fs.FileMode) error {
	target, err := Resolve(ctx, h, to)
	if err != nil {
		return err
	}
	temp := leftover(target)
	for _, args := range [][]string{
		{"cp", "--remove-destination", "--preserve=all", "--", from, temp},
		{"chmod", "--", Octal(mode), temp},
		{"sync", "--", temp},
	} {
		if _, err := fileCommand(ctx, h, from, args...); err != nil {
			return err
		}
	}
	if err := arrived(ctx, h, temp, to, digest); err != nil {
		return err
	}
	return rename(ctx, h, temp, target)
}

// Sweep removes what a WriteFile that was cut off may have left beside a file.
func Sweep(ctx context.Context, h Host, name string) error {
	target, err := Resolve(ctx, h, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = fileCommand(ctx, h, target, "rm", "-f", "--", leftover(target))
	return err
}

// leftover is the file that becomes the new one. Its name is always the same, so that a second try takes the place of what a
// first one left.
func leftover(target string) string {
	return path.Join(path.Dir(target), "."+path.Base(target)+".restorectl")
}

// Append puts content behind what a file holds, and returns when it is on the disk. The file must be there. Where the answer is lost, nothing,
// all of it or a part may have been written.
func Append(ctx context.Context, h Host, name string, content []byte) error {
	c := fileRun("dd", "of="+name, "bs=64k", "iflag=fullblock", "oflag=append,nofollow", "conv=notrunc,nocreat,fsync", "status=none")
	c.Stdin = bytes.NewReader(content)
	_, err := h.Run(ctx, c)
	return Missing(name, err)
}

// fill streams content into an existing file.
func fill(ctx context.Context, h Host, temp string, r io.Reader) error {
	c := fileRun("dd", "of="+temp, "bs=64k", "iflag=fullblock", "oflag=nofollow", "conv=notrunc,nocreat,fsync", "status=none")
	c.Stdin = r
	_, err := h.Run(ctx, c)
	return err
}

// attributes gives the new file its owner, group and mode.
func attributes(ctx context.Context, h Host, temp, target string, there bool, before, as FileInfo) error {
	if there {
		if _, err := fileCommand(ctx, h, target, "cp", "--attributes-only", "--preserve=all", "--", target, temp); err != nil {
			return err
		}
		as.Owner, as.Group = cmp.Or(as.Owner, before.Owner), cmp.Or(as.Group, before.Group)
		if as.Mode == 0 {
			as.Mode = before.Mode // Zero again where nobody may read the file.
		}
	} else if as.Mode == 0 {
		as.Mode = 0o644
	}
	now, err := Stat(ctx, h, temp)
	if err != nil {
		return err
	}
	as.Owner, as.Group = cmp.Or(as.Owner, now.Owner), cmp.Or(as.Group, now.Group)
	if now.Owner != as.Owner || now.Group != as.Group {
		if _, err := fileCommand(ctx, h, temp, "chown", "--", as.Owner+":"+as.Group, temp); err != nil {
			return err
		}
	}
	// Giving a file away clears some bits of its mode, so the mode comes last.
	if _, err := fileCommand(ctx, h, temp, "chmod", "--", Octal(as.Mode), temp); err != nil {
		return err
	}
	// It was just written, whatever times were copied.
	_, err = fileCommand(ctx, h, temp, "touch", "--", temp)
	return err
}

// arrived checks that the new file holds what it should.
func arrived(ctx context.Context, h Host, temp, name, digest string) error {
	got, err := Digest(ctx, h, temp)
	if err != nil {
		return err
	}
	if got != digest {
		return fmt.Errorf("the new %s on %s has the SHA-256 %s, not %s as it should; it was not put in place", name, h.Name(), got, digest)
	}
	return nil
}

// rename puts the new file in place, for good.
func rename(ctx context.Context, h Host, temp, target string) error {
	if _, err := fileCommand(ctx, h, temp, "mv", "-f", "-T", "--", temp, target); err != nil {
		return err
	}
	return syncFolder(ctx, h, path.Dir(target))
}

// syncFolder brings the names in a folder to the disk.
func syncFolder(ctx context.Context, h Host, folder string) error {
	_, err := fileCommand(ctx, h, folder, "sync", "--", folder)
	return err
}
