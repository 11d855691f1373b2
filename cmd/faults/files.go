package main

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

const (
	stateFolder = "var/lib/aurora/scheduler"
	runFolders  = stateFolder + "/.restorectl"
)

// changing are the places on a host that change by themselves: what a scheduler writes, what the host keeps while it is up, and what
// the sandbox's faults put there.
var changing = []string{stateFolder + "/db", runFolders, "var/log", "var/lib/sandbox", "run", "bin"}

// written is what a scheduler names the backups that it writes.
var written = regexp.MustCompile(`/backups/(temp_)?scheduler-backup-[0-9-]+$`)

// files gives every file, folder and link of the hosts, with its mode and what is in it, but for what changes by itself.
func (r *run) files() (map[string]string, error) {
	found := map[string]string{}
	for _, h := range r.cluster.Info().Hosts {
		err := filepath.WalkDir(h.Root, func(path string, e fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			below := strings.TrimPrefix(path, h.Root+"/")
			switch {
			case e.IsDir() && slices.Contains(changing, below):
				return fs.SkipDir
			case written.MatchString(path) && filepath.Base(path) != backupName:
				return nil
			}
			found[h.Name+"/"+below], err = described(path, e)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

func described(path string, e fs.DirEntry) (string, error) {
	info, err := e.Info()
	if err != nil {
		return "", err
	}
	switch {
	case e.Type().IsRegular():
		text, err := os.ReadFile(filepath.Clean(path))
		return fmt.Sprintf("%s %x", info.Mode(), sha256.Sum256(text)), err
	case e.Type()&fs.ModeSymlink != 0:
		target, err := os.Readlink(path)
		return "link to " + target, err
	}
	return info.Mode().String(), nil
}
