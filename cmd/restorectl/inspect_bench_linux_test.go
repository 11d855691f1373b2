package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/restorectl/restorectl/providers/backup/backuptest"
	"github.com/restorectl/restorectl/providers/sandbox"
)

// BenchmarkInspectOverSSH inspects a backup that lies on a host of a sandbox, by the command that an operator gives, and tells the most
// memory that its process used. BENCH_SSH_TASKS says how many tasks the backup has, at a bit more than a kilobyte each.
func BenchmarkInspectOverSSH(b *testing.B) {
	tasks := 10000
	if text := os.Getenv("BENCH_SSH_TASKS"); text != "" {
		var err error
		if tasks, err = strconv.Atoi(text); err != nil {
			b.Fatal(err)
		}
	}
	dir := filepath.Join(b.TempDir(), "cluster")
	if code := run([]string{"sandbox", "up", dir}, strings.NewReader(""), io.Discard, os.Stderr); code != 0 {
		b.Fatal("the sandbox did not come up")
	}
	b.Cleanup(func() {
		if err := sandbox.Down(context.Background(), dir, false); err != nil {
			b.Error(err)
		}
	})
	const name = "large-backup"
	size := writeLarge(b, filepath.Join(dir, "scheduler-1", name), tasks)
	b.SetBytes(size)
	peak := int64(0)
	for b.Loop() {
		peak = max(peak, inspectRemote(b, dir, name, tasks))
	}
	b.ReportMetric(float64(peak)/1024, "peak-RSS-MiB")
	b.ReportMetric(float64(size)/1e6, "MB")
}

// writeLarge writes a backup and gives its size in bytes.
func writeLarge(b *testing.B, file string, tasks int) int64 {
	b.Helper()
	f, err := os.Create(file)
	if err != nil {
		b.Fatal(err)
	}
	w := bufio.NewWriter(f)
	err = backuptest.Generate(w, tasks)
	err = errors.Join(err, w.Flush(), f.Close())
	if err != nil {
		b.Fatal(err)
	}
	info, err := os.Stat(file)
	if err != nil {
		b.Fatal(err)
	}
	return info.Size()
}

// inspectRemote inspects the backup on scheduler-1 and gives the peak of the process's resident memory in KiB.
func inspectRemote(b *testing.B, dir, name string, tasks int) int64 {
	b.Helper()
	program, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(program, "inspect", "backup", "--config", filepath.Join(dir, "restore.hcl"), "scheduler-1:~/"+name)
	cmd.Env = append(os.Environ(), asRestorectl+"=1")
	var out, complaint strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	peak := int64(0)
	for {
		select {
		case err := <-ended:
			if want := fmt.Sprintf("%d tasks", tasks); err != nil || !strings.Contains(out.String(), want) || peak == 0 {
				b.Fatalf("%v, peak %d KiB, no %q in: %s%s", err, peak, want, out.String(), complaint.String())
			}
			return peak
		case <-time.After(20 * time.Millisecond):
			peak = max(peak, highWater(cmd.Process.Pid))
		}
	}
}

// highWater is the most memory that a process had resident so far, in KiB; 0 where it is over. What a parent is told of a child that
// ended would count the parent's own memory too, from before the child's program began.
func highWater(pid int) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if text, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			n, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(text), "kB")), 10, 64)
			if err == nil {
				return n
			}
		}
	}
	return 0
}
