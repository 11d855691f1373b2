//go:build linux

package lab

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"syscall"
)

// Files gives what is in the files of a folder of the host, by their paths: digest, mode and owner, or where a symbolic link leads.
func (h *Host) Files(folder string) (map[string]string, error) {
	root, err := os.OpenRoot(h.Root)
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }() // Only read.
	found := map[string]string{}
	err = fs.WalkDir(root.FS(), strings.Trim(folder, "/"), func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		said := info.Mode().String() + " " + owner(info)
		switch {
		case info.Mode().IsRegular():
			content, err := root.ReadFile(name)
			if err != nil {
				return err
			}
			said += fmt.Sprintf(" %x", sha256.Sum256(content))
		case info.Mode()&fs.ModeSymlink != 0:
			target, err := root.Readlink(name)
			if err != nil {
				return err
			}
			said += " " + target
		}
		found["/"+name] = said
		return nil
	})
	return found, err
}

// Listing is all that Files says of a folder, a line for each file.
func (h *Host) Listing(folder string) (string, error) {
	files, err := h.Files(folder)
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintln(&text, name, files[name])
	}
	return text.String(), err
}

// owner is who owns a file, by numbers.
func owner(info fs.FileInfo) string {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return fmt.Sprintf("%d:%d", s.Uid, s.Gid)
	}
	return "?"
}
