package host

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/ssh/knownhosts"
)

// knownHostsLine is the line that makes the machine known, with its name hashed or not.
func (s *Stranger) knownHostsLine(hashed bool) string {
	name := knownhosts.Normalize(s.knownAs)
	if hashed {
		name = knownhosts.HashHostname(name)
	}
	return knownhosts.Line([]string{name}, s.key)
}

// Trust adds the keys to their known_hosts files, which are made where they are not there. Names are hashed where HashKnownHosts says so or the
// file has hashed ones. Nothing that is there is changed.
func Trust(strangers []Stranger) error {
	for i := range strangers {
		if err := appendKnown(&strangers[i]); err != nil {
			return fmt.Errorf("the key of %s was not added to the known hosts: %w", strangers[i].Host, err)
		}
	}
	return nil
}

// hashes says whether names are hashed in a known_hosts file.
func hashes(text []byte) bool {
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(strings.TrimSpace(line), "|1|") {
			return true
		}
	}
	return false
}

// appendKnown adds a line to a known_hosts file.
func appendKnown(s *Stranger) (err error) {
	text, err := os.ReadFile(s.File)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(s.File), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(s.File, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	line := s.knownHostsLine(s.hash || hashes(text)) + "\n"
	if len(text) > 0 && !strings.HasSuffix(string(text), "\n") {
		line = "\n" + line
	}
	if _, err := f.WriteString(line); err != nil {
		return err
	}
	return f.Sync()
}
