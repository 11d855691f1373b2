//go:build linux

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/restorectl/restorectl/providers/lab"
)

// TestLabGuardedHosts runs the whole job where every step asks for something: a bastion is on the way, sshd wants a certificate, whose key an
// agent holds, sudo wants a password, and speaks German.
func TestLabGuardedHosts(t *testing.T) {
	c := lab.NewCluster(t, lab.Options{Backup: labBackup, Damage: 3})
	home := c.Guard(t)
	for _, h := range c.Hosts {
		if err := h.Speak("de_DE.UTF-8"); err != nil {
			t.Fatal(err)
		}
	}
	password := filepath.Join(home, "password")
	if err := os.WriteFile(password, []byte(lab.SudoPassword+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HOME", home)
	t.Setenv("SSH_AUTH_SOCK", c.Agent(t, home))
	plan, before := filepath.Join(c.Dir, "restore.plan"), labFiles(t, c)
	file := labChanged(t, c, `config_file = "${var.lab}/ssh_config"`, "become = \"sudo-password\"\n    become_password_file = \"~/password\"")
	text := labPlan(t, c, file, plan) + labRun(t, "apply", plan) + labRun(t, "revert", plan)
	demandNormalService(t, c, before)
	for _, name := range append(written(t, c.Dir, "*.journal"), plan) {
		if content, err := os.ReadFile(name); err != nil || strings.Contains(string(content), lab.SudoPassword) {
			t.Errorf("%s holds the password: %v", name, err)
		}
	}
	if strings.Contains(text, lab.SudoPassword) {
		t.Error("the password was said")
	}
	if t.Failed() {
		t.Log(text)
	}
}
