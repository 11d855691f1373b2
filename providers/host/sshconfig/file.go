package sshconfig

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// maxDepth is how deep files may include each other, as in OpenSSH (readconf.c, READCONF_MAX_DEPTH).
const maxDepth = 16

// origin says whose a file is.
type origin struct {
	// folder is where relative names of an Include lie.
	folder string
	// user says that it is the operator's, whose names may begin with ~/.
	user bool
	// missing says that the file need not be there, unreadable that it need not be readable.
	missing, unreadable bool
}

// systemOrigin is that of the file for all users, which OpenSSH leaves out where the operator may not read it.
func systemOrigin(file string) origin {
	return origin{folder: filepath.Dir(file), missing: true, unreadable: true}
}

// file reads one file, inside a section of the file that includes it.
func (r *reader) file(name string, from origin, outer section, depth int) error {
	text, err := os.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) && from.missing, errors.Is(err, fs.ErrPermission) && from.unreadable:
		return nil
	case err != nil && depth > 0:
		return err
	case err != nil:
		return fmt.Errorf("can't read the SSH configuration: %w", err)
	case depth > maxDepth:
		return fmt.Errorf("%s: its files include each other more than %d deep", name, maxDepth)
	}
	current := outer
	number := 0
	for text := range strings.Lines(string(text)) {
		number++
		l, err := parseLine(text)
		if l.where = fmt.Sprintf("%s:%d", name, number); err == nil && l.keyword != "" {
			err = r.line(l, from, outer, &current, depth)
		}
		if err != nil {
			return located(l.where, err)
		}
	}
	return nil
}

// locatedError is an error that says already in which line it is.
type locatedError struct{ error }

func (e locatedError) Unwrap() error { return e.error }

func located(where string, err error) error {
	if already := (locatedError{}); errors.As(err, &already) {
		return err
	}
	return locatedError{fmt.Errorf("the SSH configuration, %s: %w", where, err)}
}

// line does what a line says.
func (r *reader) line(l line, from origin, outer section, current *section, depth int) error {
	switch l.keyword {
	case "host":
		*current = outer.and(r.hosts(l.words))
	case "match":
		chosen, err := r.match(l.words)
		if err != nil {
			return err
		}
		*current = outer.and(chosen)
	case "include":
		return r.include(l.words, from, *current, depth)
	default:
		return r.set(l, *current)
	}
	return nil
}

// include reads the files that an Include names.
func (r *reader) include(patterns []string, from origin, current section, depth int) error {
	from.missing, from.unreadable = true, false
	for _, p := range patterns {
		rest, home := strings.CutPrefix(p, "~/")
		switch {
		case home && from.user:
			p = r.home(rest)
		case strings.HasPrefix(p, "~"), strings.Contains(p, "%"), strings.Contains(p, "${"):
			return fmt.Errorf("the name %q of an Include is not understood", p)
		case !filepath.IsAbs(p):
			p = filepath.Join(from.folder, p)
		}
		names, err := filepath.Glob(p)
		if err != nil {
			return fmt.Errorf("the name %q of an Include: %w", p, err)
		}
		for _, name := range names {
			if err := r.file(name, from, current, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// home is a name below the operator's home folder.
func (r *reader) home(name string) string { return filepath.Join(r.query.Home, name) }
