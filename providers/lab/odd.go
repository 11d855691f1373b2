//go:build linux

package lab

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

// Late is how far the clock of odd hosts' last one is behind.
const Late = 10 * time.Minute

// oddLogins makes the sessions of who logs in on a host unusual.
func (c *Cluster) oddLogins(h *Host) error {
	if _, err := h.offline("sh", "-c", "echo 'session optional pam_umask.so umask=0077' >>/etc/pam.d/sshd"); err != nil {
		return err
	}
	switch h {
	case c.Hosts[0]:
		return h.Speak("de_DE.UTF-8")
	case c.Hosts[1]:
		return h.Speak("tr_TR.UTF-8")
	default:
		return h.beLate()
	}
}

// Speak makes a language that of everybody who logs in: de_DE.UTF-8 or tr_TR.UTF-8.
func (h *Host) Speak(locale string) error {
	return h.Write("/etc/default/locale", "LANG="+locale+"\n", 0o644)
}

// asOther are the words before runuser on a late host: libfaketime shares memory between a program and those that it starts, and fails where
// these are another user's.
const asOther = "#!/bin/sh\nexec env -u LD_PRELOAD -u FAKETIME_SHARED /usr/sbin/runuser \"$@\"\n"

// beLate puts the clock back for every program that runs in a session of root's. The kernel has one clock for all hosts: libfaketime stands
// between it and the programs.
func (h *Host) beLate() error {
	found, err := filepath.Glob(h.Path("/usr/lib/*/faketime/libfaketime.so.1"))
	if err != nil || len(found) != 1 {
		return fmt.Errorf("the base has %d libfaketime: %w", len(found), err)
	}
	if err := h.Write("/usr/local/sbin/runuser", asOther, 0o755); err != nil {
		return err
	}
	return h.Write("/etc/environment", fmt.Sprintf("LD_PRELOAD=%s\nFAKETIME=-%ds\nFAKETIME_DONT_FAKE_MONOTONIC=1\n",
		strings.TrimPrefix(found[0], h.Root), int(Late.Seconds())), 0o644)
}
