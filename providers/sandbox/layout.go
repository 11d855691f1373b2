package sandbox

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/restorectl/restorectl/providers/backup"
	"github.com/restorectl/restorectl/providers/sandbox/hostsim"
)

// sudoPath is the sudo that does what the short one on the PATH leaves to it.
const sudoPath = "usr/lib/sandbox/sudo"

// hostLayout is what a host's files are made from.
type hostLayout struct {
	Installation
	Name    string
	Hosts   []namedAddress
	options *Options
	disk    Disk
}

type namedAddress struct{ Name, Address string }

// write makes the folder of a host. The program is a path of the binary that its commands are links to.
func (l *hostLayout) write(program string) error {
	for _, dir := range []string{"bin", "etc/aurora", "usr/share/aurora", filepath.Dir(sudoPath), logPath, backupsPath, "var/log", "run"} {
		if err := os.MkdirAll(filepath.Join(l.Root, dir), 0o755); err != nil { //nolint:gosec // As on a real host.
			return err
		}
	}
	for _, name := range commandNames() {
		at := filepath.Join(l.Root, "bin", name)
		if name == "sudo" {
			at = filepath.Join(l.Root, sudoPath)
		}
		if err := os.Symlink(program, at); err != nil {
			return err
		}
	}
	files, err := l.Files()
	if err != nil {
		return err
	}
	hosts, err := rendered("etc/hosts", hostsTemplate, l)
	if err != nil {
		return err
	}
	sudo, err := rendered("bin/sudo", sudoTemplate, l)
	if err != nil {
		return err
	}
	files = append(files, InstalledFile{"etc/hosts", hosts, 0o644}, InstalledFile{"etc/hostname", l.Name + "\n", 0o644}, InstalledFile{"bin/sudo", sudo, 0o755})
	for _, f := range files {
		if err := writeFile(filepath.Join(l.Root, f.Name), f.Text, f.Mode); err != nil {
			return err
		}
	}
	link := filepath.Join(l.Root, "etc/systemd/system/multi-user.target.wants", Unit+".service")
	if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil { //nolint:gosec // As on a real host.
		return err
	}
	return os.Symlink(filepath.Join(l.Root, unitPath), link)
}

func writeFile(path, text string, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // As on a real host.
		return err
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		return err
	}
	return os.Chmod(path, mode)
}

// layoutOf gives the layout of host n, counted from 1.
func layoutOf(o *Options, net network, n int, b *backup.Backup) *hostLayout {
	l := &hostLayout{Name: hostName(n), options: o, disk: Disk{Backup: b, File: o.Backup, Entries: o.Damage > 0, Damaged: n <= o.Damage}}
	l.Installation = Installation{
		Root: filepath.Join(o.Dir, l.Name), Address: net.host(n), Schedulers: o.Schedulers, ClusterName: o.ClusterName, ZooKeeper: net.zooKeeper(),
		User: hostsim.CurrentUser(), RestartSec: o.RestartSec, BasicAuth: o.BasicAuth,
		Arguments: "-ip=" + net.host(n) + " -hostname=" + net.host(n) +
			" -reconciliation_initial_delay=2secs -reconciliation_schedule_spread=1secs -native_log_write_timeout=30secs",
	}
	if o.SessionTimeout > 0 {
		l.Arguments += fmt.Sprintf(" -zk_session_timeout=%dms", o.SessionTimeout.Milliseconds())
	}
	for i := 1; i <= o.Schedulers; i++ {
		l.Hosts = append(l.Hosts, namedAddress{hostName(i), net.host(i)})
	}
	return l
}

func hostName(i int) string { return fmt.Sprintf("scheduler-%d", i) }

// placeProgram puts the program into the sandbox's folder, so that a new build of it, or its removal, does not change the hosts.
func placeProgram(from, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil { //nolint:gosec // As any folder of programs.
		return err
	}
	if os.Link(from, to) == nil {
		return nil
	}
	return CopyProgram(from, to)
}

// CopyProgram copies a program to where there is nothing yet, and makes the folder for it.
func CopyProgram(from, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil { //nolint:gosec // As any folder of programs.
		return err
	}
	return copyFile(from, to, 0o755)
}

// copyFile copies a file with its time to where there is none.
func copyFile(from, to string, mode os.FileMode) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }() // Only read.
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err := errors.Join(err, out.Close()); err != nil {
		return err
	}
	info, err := in.Stat()
	if err != nil {
		return err
	}
	return os.Chtimes(to, info.ModTime(), info.ModTime())
}
