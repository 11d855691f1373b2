package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/restorectl/restorectl/providers/aurora"
	"github.com/restorectl/restorectl/providers/backup"
	"github.com/restorectl/restorectl/providers/sandbox"
)

// evil is what a name must not be able to do: run a command, end a quotation, begin an option, drive a terminal, turn a text.
const (
	evil     = evilTool + " \x1b]0;pwned\a"
	evilTool = "-x $(touch pwned) `touch pwned`; touch pwned '\"\\ é\u202e%s *" // A program's name may hold no control characters.
)

// TestNamesAreNames does the whole job on a cluster in which everything that can be named is named so that a shell, a terminal or a format
// would do something about it.
func TestNamesAreNames(t *testing.T) {
	root := t.TempDir()
	dir, from := filepath.Join(root, "cluster"), filepath.Join(root, "scheduler-backup"+evil)
	taskID := evilBackup(t, from)
	program, err := hostProgram()
	if err != nil {
		t.Fatal(err)
	}
	c, err := sandbox.Up(t.Context(), sandbox.Options{Dir: dir, Damage: 3, Backup: from, Binary: program})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, h := range c.Info().Hosts {
		if err := os.WriteFile(filepath.Join(h.Root, "bin", "mesos"+evilTool), []byte("#!/bin/sh\nexec mesos-log \"$@\"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(h.Root, "etc/aurora/clusters.json"), filepath.Join(h.Root, "etc/aurora/clusters"+evil)); err != nil {
			t.Fatal(err)
		}
	}
	config := filepath.Join(dir, "restore.hcl")
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	quotes := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\x1b", `\u001b`, "\a", `\u0007`)
	quoted := quotes.Replace(evil)
	edited := strings.NewReplacer(
		`flags "debian" {`, "log {\n    tool = \"mesos"+quotes.Replace(evilTool)+"\"\n    run_folder = \"~/var/lib/aurora/scheduler/run"+quoted+"\"\n  }\n  flags \"debian\" {",
		"clusters.json", "clusters"+quoted,
		"gate = true", "gate = true\n  delete_tasks = [\""+strings.Replace(taskID, evil, quoted, 1)+"\"]",
	).Replace(string(text))
	lines := strings.Split(edited, "\n")
	for i, l := range lines {
		if strings.HasPrefix(l, "  name      = ") {
			lines[i] = `  name      = "scheduler-backup` + quoted + `"`
		}
	}
	if err := os.WriteFile(config, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	before := etcFiles(t, dir)
	plan := filepath.Join(dir, "restore.plan")
	for _, args := range [][]string{
		{"inspect", "backup", "--config", config, "scheduler-1:" + filepath.Join(dir, "scheduler-1/var/lib/aurora/scheduler/backups", filepath.Base(from))},
		{"backups", config}, {"plan", config}, {"show", plan}, {"apply", "--auto-approve", plan}, {"status", plan}, {"revert", "--auto-approve", plan},
	} {
		cmd := tool(t, args...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
		if i := bytes.IndexFunc(out, func(r rune) bool { return r != '\n' && r != '\t' && unicode.IsControl(r) }); i >= 0 {
			t.Errorf("%s writes what a terminal obeys: %q", args[0], out[max(0, i-60):min(len(out), i+20)])
		}
	}
	if diff := cmp.Diff(before, etcFiles(t, dir)); diff != "" {
		t.Errorf("the hosts' files differ from before (-before +now):\n%s", diff)
	}
	for _, where := range []string{root, "."} {
		if err := filepath.WalkDir(where, func(path string, e fs.DirEntry, err error) error {
			if err == nil && e.Name() == "pwned" {
				t.Errorf("a name was run as a command: %s", path)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// evilBackup writes a backup in which a task and its job have such names, and gives the task's id.
func evilBackup(t *testing.T, path string) string {
	t.Helper()
	f, err := os.Open("../../providers/backup/testdata/scheduler-backup-2026-11-20-09-15")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := backup.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	task := b.Snapshot.Tasks[0].AssignedTask
	task.TaskID = "task" + evil
	task.Task.Job.Name = "job" + evil
	text, err := aurora.Marshal(&b.Snapshot)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return task.TaskID
}

// etcFiles gives every file under the hosts' etc with its content.
func etcFiles(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	roots, err := filepath.Glob(filepath.Join(dir, "scheduler-*", "etc"))
	if err != nil {
		t.Fatal(err)
	}
	for _, root := range roots {
		err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
			if err != nil || !e.Type().IsRegular() {
				return err
			}
			text, err := os.ReadFile(path)
			out[path] = string(text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}
