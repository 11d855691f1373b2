package run

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"strconv"
	"strings"

	"github.com/restorectl/restorectl/providers/host"
)

// savedFormat is the version of the sidecars that this package writes.
const savedFormat = 1

// sidecar is saved/NAME.json: what became of an edited file.
type sidecar struct {
	Format int `json:"format"`
	// Path is the file as the plan names it, Target what it led to through symbolic links.
	Path   string `json:"path"`
	Target string `json:"target"`
	// Folder is the folder of the target where the edit had to make it.
	Folder string `json:"folder,omitempty"`
	// Before is the original's SHA-256, empty where there was no file; After is the edited file's.
	Before string `json:"before"`
	After  string `json:"after"`
	// Mode is octal. It and the owners are the original's.
	Mode  string `json:"mode,omitempty"`
	Owner string `json:"owner,omitempty"`
	Group string `json:"group,omitempty"`
	// Undone is the SHA-256 that the file gets when the edit is taken out of what somebody else made of it; it is written
	// before the file is.
	Undone string `json:"undone,omitempty"`
	// Restored says that the edit was undone; Kept what of others was kept then.
	Restored bool   `json:"restored,omitempty"`
	Kept     string `json:"kept,omitempty"`
}

// absent stands for the digest of a file that is not there.
const absent = ""

// Standing is how an edited file stands.
type Standing string

// The standings.
const (
	// Untouched: the file is as it was before the run, as far as the run knows.
	Untouched Standing = "untouched"
	// Begun: the file is as it was before the run, which began to edit it; unfinished work may lie beside it.
	Begun Standing = "begun"
	// Edited: the file is as the run's edit left it.
	Edited Standing = "edited"
	// Foreign: somebody else changed the file after the run's edit.
	Foreign Standing = "foreign"
	// Restored: the run's edit was undone.
	Restored Standing = "restored"
)

// Standing says how a file stands towards this run's edit of it.
func (f *Folder) Standing(ctx context.Context, file string) (Standing, error) {
	s, there, err := f.sidecar(ctx, file)
	if err != nil || !there {
		return Untouched, err
	}
	standing, _, err := f.standing(ctx, s)
	if standing == Untouched {
		standing = Begun
	}
	return standing, err
}

// standing also gives the file's present digest.
func (f *Folder) standing(ctx context.Context, s sidecar) (Standing, string, error) {
	now, err := digest(ctx, f.Host, s.Target)
	switch {
	case err != nil:
		return "", "", err
	case s.Restored:
		return Restored, now, nil
	case now == s.After:
		return Edited, now, nil
	case now == s.Before:
		return Untouched, now, nil
	}
	return Foreign, now, nil
}

// Saved is the path of the saved original of a file. It holds secrets where the file does.
func (f *Folder) Saved(file string) string { return f.Path("saved", savedName(file)) }

// Original reads the saved original of a file that this run edited; fs.ErrNotExist says that there was no file, or no edit.
func (f *Folder) Original(ctx context.Context, file string) ([]byte, error) {
	content, _, err := host.ReadFile(ctx, f.Host, f.Saved(file))
	return content, err
}

// savedName makes one name of a path.
func savedName(file string) string { return url.PathEscape(strings.TrimPrefix(file, "/")) }

func (f *Folder) sidecar(ctx context.Context, file string) (sidecar, bool, error) {
	var s sidecar
	name := f.Saved(file) + ".json"
	switch err := readJSON(ctx, f.Host, name, &s); {
	case errors.Is(err, fs.ErrNotExist):
		return s, false, nil
	case err != nil:
		return s, false, err
	case s.Format != savedFormat:
		return s, false, fmt.Errorf("%s on %s has format %d, this restorectl knows %d; use the release that began that run", name, f.Host.Name(), s.Format, savedFormat)
	}
	return s, true, nil
}

func (f *Folder) note(ctx context.Context, s sidecar) error {
	return writeJSON(ctx, f.Host, f.Saved(s.Path)+".json", s)
}

// sameAttributes says whether a file has the original's owner, group and mode.
func (s *sidecar) sameAttributes(info host.FileInfo) bool {
	return info.Owner == s.Owner && info.Group == s.Group && host.Octal(info.Mode) == s.Mode
}

// permissions are the original's.
func (s *sidecar) permissions() (fs.FileMode, error) {
	bits, err := strconv.ParseUint(s.Mode, 8, 12)
	if err != nil {
		return 0, fmt.Errorf("the permissions of the original of %s are written as %q: %w", s.Path, s.Mode, err)
	}
	return host.UnixMode(uint32(bits)), nil
}

// digest is a file's SHA-256, absent where there is none.
func digest(ctx context.Context, h host.Host, file string) (string, error) {
	d, err := host.Digest(ctx, h, file)
	if errors.Is(err, fs.ErrNotExist) {
		return absent, nil
	}
	return d, err
}
