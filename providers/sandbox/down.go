package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// termTime is how long a daemon may take to end a sandbox, killTime how long a killed process may take to be gone.
const (
	termTime = 30 * time.Second
	killTime = 10 * time.Second
)

// Down ends the sandbox of a folder and returns when nothing of it runs any more. It ends the daemon, and then whatever carries the
// folder's mark in its environment; nothing else. The files stay, or go where remove is set. ErrNone says that there is no sandbox.
func Down(ctx context.Context, dir string, remove bool) error {
	i, err := Load(dir)
	if err != nil {
		return err
	}
	if !i.Daemon {
		return fmt.Errorf("the sandbox in %s is part of process %d, which has to end it itself", i.Dir, i.PID)
	}
	if err := endDaemon(ctx, &i); err != nil {
		return err
	}
	if err := endLeftovers(ctx, i.Dir); err != nil {
		return err
	}
	if remove {
		return os.RemoveAll(i.Dir)
	}
	return i.remove()
}

// endDaemon ends the daemon, which may have died before.
func endDaemon(ctx context.Context, i *Info) error {
	since, ok := i.daemonAlive()
	if !ok {
		return nil
	}
	for _, s := range []struct {
		signal syscall.Signal
		wait   time.Duration
	}{{syscall.SIGTERM, termTime}, {syscall.SIGKILL, killTime}} {
		if err := syscall.Kill(i.PID, s.signal); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("the sandbox's daemon, process %d, can't be ended: %w", i.PID, err)
		}
		gone, err := poll(ctx, s.wait, func() bool { return started(i.PID) != since })
		if gone || err != nil {
			return err
		}
	}
	return fmt.Errorf("the sandbox's daemon, process %d, does not end", i.PID)
}

// daemonAlive says whether the process of sandbox.json is this sandbox's daemon, and when it was started.
func (i *Info) daemonAlive() (since string, ok bool) {
	since = started(i.PID)
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", i.PID))
	if since == "" || err != nil {
		return "", false
	}
	args := strings.Split(strings.TrimSuffix(string(line), "\x00"), "\x00")
	return since, len(args) == 3 && args[1] == daemonArgument && args[2] == i.Dir
}

// started tells when a process was started, in the kernel's ticks; empty for one that is gone, or only waits for its parent to notice.
func started(pid int) string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	// The program's name, in parentheses, may hold anything.
	f := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if len(f) < 20 || f[0] == "Z" || f[0] == "X" {
		return ""
	}
	return f[19]
}

// endLeftovers ends what still runs in a sandbox, as after the death of its daemon.
func endLeftovers(ctx context.Context, dir string) error {
	var left []int
	gone, err := poll(ctx, killTime, func() bool {
		left = leftovers(dir)
		for _, pid := range left {
			_ = syscall.Kill(pid, syscall.SIGKILL) // It may have ended.
		}
		return len(left) == 0
	})
	if err != nil || gone {
		return err
	}
	return fmt.Errorf("processes of the sandbox in %s do not end: %v", dir, left)
}

// leftovers are the processes that have the sandbox's folder in their environment.
func leftovers(dir string) []int {
	mark := []byte("\x00SANDBOX_DIR=" + dir + "\x00")
	files, _ := filepath.Glob("/proc/[0-9]*/environ") // The pattern is sound.
	var found []int
	for _, f := range files {
		env, err := os.ReadFile(f)
		if err != nil || !bytes.Contains(append([]byte{0}, env...), mark) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(f)))
		if err == nil && pid != os.Getpid() && started(pid) != "" {
			found = append(found, pid)
		}
	}
	return found
}

// poll waits until something holds; false says that it did not in time.
func poll(ctx context.Context, limit time.Duration, holds func() bool) (bool, error) {
	end := time.Now().Add(limit)
	for !holds() {
		if time.Now().After(end) {
			return false, nil
		}
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-time.After(pollEvery / 5):
		}
	}
	return true, nil
}
